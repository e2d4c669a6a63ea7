"""Reading an application's file: papers, defects, visits, teams, forms, frozen bundles, postings."""

from __future__ import annotations

from trace.accounts.models import User
from trace.core.errors import NotFound
from trace.files.models import StoredFile
from trace.funds import file_rules
from trace.funds.dossier import (
    ApplicationDocument,
    BoardPosting,
    Defect,
    EvidenceBundle,
    FieldForm,
    FieldTeam,
    SiteVisit,
)
from trace.funds.models import Application, Notice
from trace.funds.terms import terms_of
from trace.registry.models import Village


def documents_of(application: Application, *, struck: bool = False) -> list[ApplicationDocument]:
    """The papers of an application with their files, oldest first; those struck out only when asked for."""
    rows = ApplicationDocument.select(ApplicationDocument, StoredFile).join(StoredFile)
    rows = rows.where(ApplicationDocument.application == application.id)
    if not struck:
        rows = rows.where(ApplicationDocument.struck_at.is_null())
    return list(rows.order_by(ApplicationDocument.seq))


def get_document(application: Application, seq: int) -> ApplicationDocument:
    """One paper of an application the reader may see."""
    for document in documents_of(application, struck=True):
        if document.seq == seq:
            return document
    raise NotFound()


def required_materials(application: Application) -> list[str]:
    """The papers the notice of the programme asks for, by the names it gives them."""
    return [row["name"] for row in terms_of(application).materials if row["required"]]


def missing_materials(application: Application, documents: list[ApplicationDocument] | None = None) -> list[str]:
    """The required papers that are not there."""
    have = documents_of(application) if documents is None else documents
    return [name for name in required_materials(application) if not any(satisfies(one, name) for one in have)]


def satisfies(document: ApplicationDocument, name: str) -> bool:
    """Is this the paper a notice calls so? By its title, or by a kind of the same name."""
    label = file_rules.DOCUMENT_KINDS[document.kind].partition("（")[0]
    return document.title == name or any(part in name for part in label.split("、"))


def field_photos(application: Application, documents: list[ApplicationDocument]) -> list[ApplicationDocument]:
    """The photographs of the present round of verification."""
    return [row for row in documents if row.kind == "field_photo" and row.round == application.field_round]


def defects_of(application: Application) -> list[Defect]:
    """Everything ever found wanting, the last notice first, in the order it was named."""
    rows = Defect.select().where(Defect.application == application.id)
    return list(rows.order_by(Defect.round.desc(), Defect.seq))


def last_defects(application: Application) -> list[Defect]:
    """The one notice that goes with the last return."""
    found = defects_of(application)
    return [row for row in found if row.round == found[0].round] if found else []


def site_visit(application: Application) -> SiteVisit | None:
    """The township's last visit to the place."""
    return SiteVisit.select().where(SiteVisit.application == application.id).order_by(SiteVisit.id.desc()).first()


def team_of(application: Application) -> FieldTeam | None:
    """Who verifies the present round, both persons joined."""
    finance = User.alias()
    return (
        FieldTeam.select(FieldTeam, User, finance)
        .join(User, on=FieldTeam.forestry)
        .switch(FieldTeam)
        .join(finance, on=FieldTeam.finance)
        .where(FieldTeam.application == application.id, FieldTeam.round == application.field_round)
        .first()
    )


def form_of(application: Application) -> FieldForm | None:
    """The verification form of the present round."""
    return FieldForm.get_or_none(FieldForm.application == application.id, FieldForm.round == application.field_round)


def bundle_of(application: Application) -> EvidenceBundle | None:
    """The newest frozen bundle of the instalment in hand."""
    rows = EvidenceBundle.select().where(
        EvidenceBundle.application == application.id, EvidenceBundle.instalment == application.instalment
    )
    return rows.order_by(EvidenceBundle.number.desc()).first()


def bundles_of(application: Application) -> list[EvidenceBundle]:
    """Every bundle ever frozen, oldest first."""
    rows = EvidenceBundle.select().where(EvidenceBundle.application == application.id)
    return list(rows.order_by(EvidenceBundle.number))


def postings_of(notice: Notice) -> list[BoardPosting]:
    """The photographs of the boards a list hung on, villages and files joined."""
    rows = BoardPosting.select(BoardPosting, Village, StoredFile).join(Village).switch(BoardPosting).join(StoredFile)
    return list(rows.where(BoardPosting.notice == notice.id).order_by(Village.code, BoardPosting.seq))


def verifiers(role: str) -> list[User]:
    """The accounts that can be sent out for a role."""
    return [user for user in User.select().where(User.disabled == False).order_by(User.id) if role in user.roles]  # noqa: E712
