"""HTML doors of imports: choose and upload, look at what the check found, import, undo."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.errors import Invalid, NotFound
from trace.core.text import Message
from trace.imports import queries, rules, services, workbooks
from trace.imports.jobs import gauge_of
from trace.imports.kinds import KINDS
from trace.imports.sheets import MAX_BYTES, read_table
from trace.web.access import access, current_actor
from trace.web.forms import done, form_view
from trace.web.paging import page_by_id
from trace.web.sheets import attachment

bp = Blueprint("imports", __name__, url_prefix="/imports")
MAY = (Permission.PARTY_REGISTER, Permission.PLOT_REGISTER, Permission.PESTICIDE_LOAD)


def _overview(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    kinds = {key: kind for key, kind in KINDS.items() if actor.can(kind.permission)}
    return render_template(
        "imports/overview.html", kinds=kinds, all_kinds=KINDS, kinds_options=[(key, _(kind.label), _(kind.note)) for key, kind in kinds.items()], values=values, errors=errors, states=rules.RUN_STATES, tones=rules.TONES,
        page=page_by_id(queries.visible_runs(actor).order_by(), queries.ImportRun.id),
    )  # fmt: skip


@bp.get("")
@access(*MAY)
def overview() -> ResponseReturnValue:
    """What can be imported, templates, and what was imported before."""
    return _overview({"kind": request.args.get("kind", "")}, {})


@bp.get("/templates/<kind>.xlsx")
@access(*MAY)
def template(kind: str) -> Response:
    """The empty workbook of a kind."""
    if kind not in KINDS:
        raise NotFound()
    return attachment(workbooks.template(KINDS[kind]), f"导入模板-{kind}.xlsx")


@bp.post("")
@access(*MAY)
@form_view(_overview)
def receive() -> ResponseReturnValue:
    """Take a file; a short one is checked at once, a long one in the background."""
    given = request.files.get("file")
    if given is None or not given.filename:
        raise Invalid("请选择要导入的文件。", field="file", code="FILE_MISSING")
    actor = current_actor()
    data = given.stream.read(MAX_BYTES + 1)
    given.close()
    run = services.receive(actor, request.form.get("kind", ""), given.filename, data)
    if run.rows > rules.AT_ONCE:
        services.hand_over(actor, run.code, "imports.check")
    else:
        services.check(actor, run)
    return redirect(url_for("imports.show", code=run.code))


@bp.get("/<code>")
@access(*MAY)
def show(code: str) -> ResponseReturnValue:
    """One import: how far it is, what is wrong, what it made."""
    return _page({}, {}, code)


def _page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    run, work = queries.get_run(actor, code), None
    if run.state in ("received", "checked"):
        work = queries.work_on(run)
    broken = work.error if work is not None and work.state == "failed" and not run.message else ""
    return render_template(
        "imports/run.html", run=run, kind=KINDS[run.kind], mine=run.user_id == actor.user_id, states=rules.RUN_STATES, tones=rules.TONES,
        mistakes=[{**item, "message": _said(item)} for item in run.report], message=_said(run.message) if run.message else None,
        waiting=queries.is_waiting(run), broken=broken, gauge=gauge_of(run.code).read(), twin=queries.twin(run), made=queries.made_by(run), errors=errors, values=values,
        shown=rules.SHOWN_MISTAKES,
    )  # fmt: skip


@bp.post("/<code>/apply")
@access(*MAY)
@form_view(_page)
def apply(code: str) -> ResponseReturnValue:
    """Import the checked file: all rows, or those that are right."""
    actor = current_actor()
    mode = request.form.get("mode", "all")
    run = queries.own_run(actor, code)
    if run.rows > rules.AT_ONCE:
        services.hand_over(actor, code, "imports.apply", mode=mode)
    else:
        done("已导入 %(count)s 行。", count=services.apply(actor, code, mode).good)
    return redirect(url_for("imports.show", code=code))


@bp.post("/<code>/check")
@access(*MAY)
@form_view(_page)
def check_again(code: str) -> ResponseReturnValue:
    """Check a file whose check was broken off."""
    run = queries.own_run(current_actor(), code)
    if run.state == "received":
        services.hand_over(current_actor(), code, "imports.check")
    return redirect(url_for("imports.show", code=code))


@bp.post("/<code>/stop")
@access(*MAY)
def stop(code: str) -> ResponseReturnValue:
    """Ask the worker to stop; nothing is written."""
    run = queries.own_run(current_actor(), code)
    gauge_of(run.code).ask_to_stop()
    done("正在停下，不会写入任何内容。")
    return redirect(url_for("imports.show", code=code))


@bp.post("/<code>/discard")
@access(*MAY)
@form_view(_page)
def discard(code: str) -> ResponseReturnValue:
    """Give the file up."""
    services.discard(current_actor(), code)
    done("已放弃，上传的文件已删除。")
    return redirect(url_for("imports.overview"))


@bp.post("/<code>/undo")
@access(*MAY)
@form_view(_page)
def undo(code: str) -> ResponseReturnValue:
    """Take back all that the import made."""
    services.undo(current_actor(), code)
    done("已撤销这次导入。")
    return redirect(url_for("imports.show", code=code))


@bp.get("/<code>/marked.xlsx")
@access(*MAY)
def marked(code: str) -> ResponseReturnValue:
    """One's own rows with what is wrong beside them."""
    run = queries.own_run(current_actor(), code)
    if run.data is None:
        raise NotFound("文件已按规定删除，请重新上传。")
    mistakes = services.mistakes_of(current_actor(), run)
    body = workbooks.marked(read_table(bytes(run.data)), KINDS[run.kind].columns(), mistakes)
    answer = attachment(body, f"{run.code}-改好再传.xlsx")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _said(item: dict[str, Any]) -> Message:
    return Message(item["template"], item["values"])
