"""HTML doors of layouts: templates with their versions, the editor with its preview, forbidden words."""

from __future__ import annotations

import base64
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.layouts import queries, services
from trace.layouts.preview import preview_png
from trace.layouts.rules import KINDS, MEDIA
from trace.layouts.schemas import TemplateSchema, WordSchema
from trace.registry.title_rules import TITLE_KINDS
from trace.web.access import access, current_actor, settings
from trace.web.forms import done, form_errors, form_values, form_view, load

bp = Blueprint("layouts", __name__, url_prefix="/labels/templates")
MAY_SEE = (Permission.LABEL_TEMPLATE, Permission.LABEL_READ)


@bp.get("")
@access(*MAY_SEE)
def overview() -> ResponseReturnValue:
    """Every kind of label with the version in use and those before it."""
    return render_template(
        "layouts/overview.html", kinds=KINDS, versions={kind: queries.versions(kind) for kind in KINDS}
    )


@bp.get("/<kind>/new")
@access(Permission.LABEL_TEMPLATE)
def new_template(kind: str) -> ResponseReturnValue:
    """The editor, begun with the version in use."""
    current = queries.current(_known(kind))
    return _editor({"name": current.name, "body": current.body, "medium": KINDS[kind].media[0]}, {}, kind)


@bp.post("/<kind>/new")
@access(Permission.LABEL_TEMPLATE)
@form_view(lambda values, errors, kind: _editor(values, errors, kind))
def save_template(kind: str) -> ResponseReturnValue:
    """Look at it first, or keep it as a new version."""
    body = load(TemplateSchema(), form_values())
    if body["act"] == "preview":
        try:
            services.checked_body(_known(kind), body["body"])
        except Invalid as error:
            return _editor(form_values(), form_errors(error), kind), 422
        return _editor(form_values(), {}, kind)
    made = services.save_template(current_actor(), _known(kind), body["name"], body["body"], body["note"])
    done("模板 %(code)s 已保存，以后制的标签用它；已制的标签不变。", code=made.code)
    return redirect(url_for("layouts.show_template", code=made.code))


def _editor(values: dict[str, Any], errors: dict[str, str], kind: str) -> str:
    what = KINDS[_known(kind)]
    medium = values.get("medium", "")
    medium = medium if medium in what.media else what.media[0]
    picture = ""
    if not errors:
        try:
            picture = _picture(kind, values.get("body", ""), medium)
        except (RuleBroken, Invalid) as error:
            errors = form_errors(error)
    return render_template(
        "layouts/editor.html", kind=kind, what=what, values={**values, "medium": medium}, errors=errors, picture=picture,
        media=[(name, _(MEDIA[name].label)) for name in what.media],
    )  # fmt: skip


@bp.get("/versions/<code>")
@access(*MAY_SEE)
def show_template(code: str) -> ResponseReturnValue:
    """One version and how it looks."""
    found = queries.by_code(code)
    what = KINDS[found.kind]
    medium = request.args.get("medium", "")
    medium = medium if medium in what.media else what.media[0]
    picture, problem = "", ""
    try:
        picture = _picture(found.kind, found.body, medium)
    except (RuleBroken, Invalid) as error:
        problem = next(iter(form_errors(error).values()))
    return render_template(
        "layouts/template.html", found=found, what=what, medium=medium, picture=picture, problem=problem, current=queries.current(found.kind),
        media=[(name, _(MEDIA[name].label)) for name in what.media],
    )  # fmt: skip


@bp.post("/versions/<code>/use")
@access(Permission.LABEL_TEMPLATE)
def switch_template(code: str) -> ResponseReturnValue:
    """Take a version out of use, or back."""
    found = services.switch_template(current_actor(), code, request.form.get("in_use") == "1")
    done("模板 %(code)s 已启用。" if found.in_use else "模板 %(code)s 已停用。", code=found.code)
    return redirect(url_for("layouts.show_template", code=code))


def _words(values: dict[str, Any], errors: dict[str, str]) -> str:
    titles = [(kind, _(TITLE_KINDS[kind])) for kind in services.MARK_TITLES]
    return render_template(
        "layouts/words.html",
        words=queries.words(),
        values=values,
        errors=errors,
        titles=titles,
        title_words=TITLE_KINDS,
    )


@bp.get("/words")
@access(*MAY_SEE)
def words() -> ResponseReturnValue:
    """Words that may not stand on a label."""
    return _words({"kind": "health"}, {})


@bp.post("/words")
@access(Permission.LABEL_TEMPLATE)
@form_view(_words)
def add_word() -> ResponseReturnValue:
    """Forbid a word."""
    body = load(WordSchema(), form_values())
    row = services.add_word(current_actor(), body["word"], body["kind"], body["title_kind"], body["source"])
    done("‘%(word)s’已列入禁用词。", word=row.word)
    return redirect(url_for("layouts.words"))


@bp.post("/words/switch")
@access(Permission.LABEL_TEMPLATE)
@form_view(_words)
def switch_word() -> ResponseReturnValue:
    """Allow a word, or forbid it again."""
    row = services.switch_word(current_actor(), request.form.get("word", ""), request.form.get("in_use") == "1")
    done("‘%(word)s’已列入禁用词。" if row.in_use else "‘%(word)s’已停用，可以使用。", word=row.word)
    return redirect(url_for("layouts.words"))


def _picture(kind: str, body: str, medium: str) -> str:
    return base64.b64encode(preview_png(kind, body, medium, settings().base_url)).decode()


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise NotFound()
    return kind
