"""JSON doors of the exchange with phones (docs/adr/0008). Not for other programs: those use the doors of the records themselves."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from trace.accounts.sessions import current_device
from trace.core.actor import Permission
from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.errors import Forbidden, Invalid
from trace.quality import certificates
from trace.sync import photos, rules, services
from trace.sync.comparing import conflict_for
from trace.sync.envelope import read_envelope, unpacked
from trace.sync.pack import pack_for
from trace.sync.schemas import (
    SyncAnswerSchema,
    SyncConflictSchema,
    SyncPhotoSchema,
    SyncReceiptsSchema,
    SyncRequestSchema,
)
from trace.web.access import access, current_actor, settings
from trace.web.api import Blueprint
from trace.web.errors import problem
from trace.web.limits import limiter

bp = Blueprint("api-sync", __name__, description="手机离线记录")
PIECE_RANGE = re.compile(r"bytes (\d{1,9})-(\d{1,9})/(\d{1,9})")


def _who() -> str:
    """Limits count by phone, or by person where a courier's computer asks."""
    device = current_device()
    return f"device-{device.id}" if device else f"user-{g.actor.user_id}" if g.get("actor") else "nobody"


@bp.post("/sync")
@access(Permission.SYNC_SEND)
@limiter.limit("120 per minute", key_func=_who)
@bp.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": SyncRequestSchema}}},
    parameters=[{"in": "header", "name": "Content-Encoding", "schema": {"type": "string", "enum": ["gzip"]}}],
)
@bp.response(200, SyncAnswerSchema)
def sync() -> ResponseReturnValue:
    """Send what was recorded without signal; answers with one receipt per operation, in the order sent.

    At most 200 operations and 1 MiB (413). Each operation is judged by itself. 409 ID_REUSED when the only operation sent carries a used id
    with other contents. 401 TOKEN_EXPIRED: sign in again, keep everything. 403 DEVICE_REVOKED: wipe. 429 and 503 carry Retry-After.
    """
    packed = request.headers.get("Content-Encoding", "").lower() == "gzip"
    envelope = read_envelope(unpacked(request.stream.read(rules.MAX_BYTES + 1), packed))
    device = current_device()
    if device is not None and envelope.device != device.public_id:
        raise Forbidden("上传的设备与登录的设备不一致。", code="DEVICE_MISMATCH")
    done = services.receive(current_actor(), device, envelope)
    if len(done.receipts) == 1 and done.receipts[0].code == "ID_REUSED":
        return problem(409, rules.REFUSALS["ID_REUSED"], code="ID_REUSED", receipts=[done.receipts[0].as_json()])
    off = rules.is_off(done.skew_seconds)
    return jsonify({
        "protocol": rules.PROTOCOL, "server_time": done.at.isoformat(timespec="milliseconds"), "skew_seconds": done.skew_seconds,
        "clock_message": str(rules.skew_message(done.skew_seconds or 0)) if off else "",
        "receipts": [one.as_json() for one in done.receipts], "updates": [one.as_json() for one in done.updates],
        "cursor": done.cursor, "more": done.more, "last_seq": done.last_seq,
    })  # fmt: skip


@bp.get("/sync/receipts")
@access(Permission.SYNC_SEND)
@limiter.limit("120 per minute", key_func=_who)
@bp.doc(
    parameters=[{"in": "query", "name": "since", "schema": {"type": "integer"}, "description": "cursor; 0 for all"}]
)
@bp.response(200, SyncReceiptsSchema)
def receipts() -> ResponseReturnValue:
    """All receipts after a cursor: of this phone, or with a person's token of all the person's phones. For a phone that lost its memory."""
    since = request.args.get("since", 0, type=int)
    done = services.receipts_since(current_actor(), current_device(), max(0, since))
    return jsonify({
        "receipts": [one.as_json() for one in done.receipts], "cursor": done.cursor, "more": done.more, "last_seq": done.last_seq,
    })  # fmt: skip


@bp.get("/sync/pack")
@access(Permission.SYNC_SEND)
@limiter.limit("30 per minute", key_func=_who)
@bp.response(200)
def pack() -> ResponseReturnValue:
    """What a phone needs in the hills: plots, stands, products, ranges, windows, limits. Send If-None-Match; unchanged answers 304."""
    body = canonical_bytes(pack_for(current_actor()))
    answer = Response(body, mimetype="application/json")
    answer.set_etag(sha256_hex(body)[:32])
    return answer.make_conditional(request)


@bp.post("/sync/certificate-numbers")
@access(Permission.CERTIFICATE_ISSUE)
@limiter.limit("6 per minute", key_func=_who)
@bp.response(200)
def certificate_numbers() -> ResponseReturnValue:
    """More numbers for certificates issued without signal, when this phone has few left; they come with the pack."""
    return jsonify({"given": certificates.refill_numbers(current_actor(), _phone().public_id)})


@bp.get("/sync/conflicts/<op_id>")
@access(Permission.SYNC_SEND)
@limiter.limit("120 per minute", key_func=_who)
@bp.response(200, SyncConflictSchema)
def conflict(op_id: str) -> ResponseReturnValue:
    """What the phone wrote, what the office wrote and what both began from, field by field, for the person to choose."""
    found = conflict_for(current_actor(), op_id)
    names = [{"name": name, "label": gettext(label)} for name, label in found.fields]
    return jsonify({
        "operation": op_id, "record": found.conflict.record_code, "keep": found.conflict.keep, "fields": names, "base": found.conflict.base,
        "phone": found.conflict.phone, "office": found.conflict.office, "office_at": found.conflict.office_at.isoformat(timespec="seconds"),
    })  # fmt: skip


@bp.get("/sync/photos/<sha256>")
@access(Permission.SYNC_SEND)
@bp.response(200, SyncPhotoSchema)
def photo_state(sha256: str) -> ResponseReturnValue:
    """How many bytes of a picture of this phone are there: where to go on."""
    return jsonify(_photo(photos.photo_of(_phone(), sha256)))


@bp.put("/sync/photos/<sha256>")
@access(Permission.SYNC_SEND)
@limiter.limit("600 per minute", key_func=_who)
@bp.doc(
    requestBody={
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
    parameters=[
        {
            "in": "header",
            "name": "Content-Range",
            "required": True,
            "schema": {"type": "string"},
            "description": "bytes 0-262143/900000",
        }
    ],
)
@bp.response(200, SyncPhotoSchema)
def put_photo(sha256: str) -> ResponseReturnValue:
    """Send the next piece (at most 256 KiB) of a picture that an operation spoke of. 409 PHOTO_GAP: ask where to go on.

    When the last piece is there the picture is checked; 422 PHOTO_DIGEST: begin anew; state ``refused``: it is no picture, give it up.
    """
    found = PIECE_RANGE.fullmatch(request.headers.get("Content-Range", ""))
    piece = request.stream.read(rules.PIECE + 1)
    if found is None or int(found[2]) - int(found[1]) + 1 != len(piece):
        raise Invalid("照片分段不正确，请更新程序。", field="photo", code="CONTENT_RANGE")
    photo = photos.put_piece(
        current_actor(), _phone(), sha256, start=int(found[1]), total=int(found[3]), piece=piece, folder=settings().instance / "uploads"
    )  # fmt: skip
    return jsonify(_photo(photo))


def _phone() -> Any:
    device = current_device()
    if device is None:
        raise Forbidden("照片只能由手机上传。", code="DEVICE_ONLY")
    return device


def _photo(photo: Any) -> dict[str, Any]:
    return {"sha256": photo.sha256, "size": photo.size, "received": photo.received, "state": photo.state}
