"""HTML doors of sync: what came from which phone, what waits, choosing between two versions."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.errors import Invalid, NotFound
from trace.files.doors import download, is_voice, play
from trace.sync import conflicts, queries, rules, services
from trace.sync.envelope import MAX_FILE
from trace.sync.kinds import label_of
from trace.sync.pages import compared, facts_of
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view
from trace.web.paging import page_by_id

bp = Blueprint("sync", __name__, url_prefix="/field/sync")


def _overview(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    status = request.args.get("status", "")
    query = queries.visible_operations(actor).order_by()
    if status in rules.TONES:
        query = query.where(queries.SyncOp.status == status, queries.SyncOp.discarded_at.is_null())
    return render_template(
        "sync/overview.html", page=page_by_id(query, queries.SyncOp.id), counts=queries.counts(actor), status=status, statuses=rules.Status,
        tones=rules.TONES, flags=rules.FLAGS, label_of=label_of, values=values, errors=errors,
    )  # fmt: skip


@bp.get("")
@access(Permission.SYNC_READ)
def overview() -> ResponseReturnValue:
    """What came from phones, newest first; conflicts and waiting ones counted on top."""
    return _overview({}, {})


@bp.post("/bring")
@access(Permission.SYNC_SEND)
@form_view(_overview)
def bring() -> ResponseReturnValue:
    """Take in the file that a phone wrote its queue into."""
    given = request.files.get("file")
    if given is None or not given.filename:
        raise Invalid("请选择手机导出的文件。", field="file", code="FILE_MISSING")
    with closing(given):
        taken = services.bring(current_actor(), given.stream.read(MAX_FILE + 1)).receipts
    good = sum(one.status in (rules.Status.CREATED, rules.Status.EXISTS) for one in taken)
    done("共 %(all)s 条，已入账 %(good)s 条，其余见下表或文件。", all=len(taken), good=good)
    return redirect(url_for("sync.overview"))


def _page(op_id: str, values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    row = queries.get_operation(actor, op_id)
    conflict = queries.conflict_of(row)
    return render_template(
        "sync/operation.html", row=row, statuses=rules.Status, tones=rules.TONES, flags=rules.FLAGS, label=label_of(row.kind),
        facts=facts_of(queries.raw_of(row)), attached=queries.attached_to(row), conflict=conflict, lines=compared(actor, conflict) if conflict else [], values=values, errors=errors,
    )  # fmt: skip


@bp.get("/<op_id>")
@access(Permission.SYNC_READ)
def show(op_id: str) -> ResponseReturnValue:
    """One operation: what was signed, its receipt, and where there is a conflict the three versions beside each other."""
    return _page(op_id, {}, {})


@bp.get("/<op_id>/attached/<sha256>")
@access(Permission.SYNC_READ)
def attached(op_id: str, sha256: str) -> Response:
    """A picture as a download, a spoken note to be heard."""
    row = queries.get_operation(current_actor(), op_id)
    found = next((one.file for one in queries.attached_to(row) if one.sha256 == sha256), None)
    if found is None:
        raise NotFound("这张照片或录音还没有传到，或不属于这条记录。")
    return play(found) if is_voice(found) else download(found)


@bp.get("/record/<code>")
@access(Permission.SYNC_READ)
def of_record(code: str) -> ResponseReturnValue:
    """From a record to what the phone signed."""
    return redirect(url_for("sync.show", op_id=queries.operation_of(current_actor(), code).op_id))


@bp.post("/<op_id>/resolve")
@access(Permission.SYNC_SEND)
@form_view(_page)
def resolve(op_id: str) -> ResponseReturnValue:
    """Choose what stands."""
    given = form_values()
    chosen = {name.removeprefix("field-"): side for name, side in given.items() if name.startswith("field-")}
    row = queries.get_operation(current_actor(), op_id)
    conflicts.resolve(current_actor(), row, given.get("keep", ""), chosen)
    done("已选定，两个版本都保留在案。")
    return redirect(url_for("sync.show", op_id=op_id))


@bp.post("/<op_id>/discard")
@access(Permission.SYNC_SEND)
@form_view(_page)
def discard(op_id: str) -> ResponseReturnValue:
    """Throw an operation away, for a reason."""
    row = queries.get_operation(current_actor(), op_id)
    conflicts.discard(current_actor(), row, form_values().get("reason", ""))
    done("已丢弃，签名的原件仍保留在案。")
    return redirect(url_for("sync.show", op_id=op_id))


@bp.post("/<op_id>/let-in")
@access(Permission.SYNC_SEND)
@form_view(_page)
def let_in(op_id: str) -> ResponseReturnValue:
    """Vouch for an operation of a revoked phone or a closed account."""
    services.let_in(current_actor(), op_id)
    done("已补入，并加上标记。")
    return redirect(url_for("sync.show", op_id=op_id))
