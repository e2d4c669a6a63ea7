"""The terms an application is judged by: those of the version it was first submitted under."""

from __future__ import annotations

from datetime import datetime

from trace.funds.claim_models import ApplicationTerms
from trace.funds.models import Application
from trace.programmes import queries as notices
from trace.programmes.models import ProgrammeVersion
from trace.programmes.terms import Terms


def pin(application: Application, at: datetime) -> None:
    """Keep the present version with an application that is submitted for the first time; a later change of the notice does not touch it."""
    if ApplicationTerms.select().where(ApplicationTerms.application == application.id).exists():
        return
    version = notices.version_row(application.programme, application.programme.version)
    ApplicationTerms.create(application=application, version=version, pinned_at=at)


def terms_of(application: Application) -> Terms:
    """The pinned terms of an application; a draft goes by what stands now."""
    row = (
        ProgrammeVersion.select()
        .join(ApplicationTerms, on=ApplicationTerms.version == ProgrammeVersion.id)
        .where(ApplicationTerms.application == application.id)
        .first()
    )
    return notices.present_terms(application.programme) if row is None else notices.terms_of_version(row)
