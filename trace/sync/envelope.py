"""Reading what a phone sends: bounded, strict, one operation at a time, so that one broken operation spoils no other. Pure."""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from trace.core.canonical import is_plain, plain_bytes, strict_loads
from trace.core.errors import Invalid, TooLarge
from trace.sync import rules

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_KIND = re.compile(r"[a-z_]{2,20}(\.[a-z_]{2,20})?")
_SHA = re.compile(r"[0-9a-f]{64}")
_FIELDS = {"id", "device", "seq", "kind", "schema", "author", "made_at", "after", "base", "body", "sig"}
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MAX_SEQ = 2**31 - 1
MAX_AFTER = 20
MAX_PHOTO = 10 * 1024 * 1024
MAX_FILE = 8 * 1024 * 1024
"""Of a queue saved as a file."""


@dataclass(frozen=True)
class Photo:
    """A picture an operation speaks of; its bytes come later."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Incoming:
    """One operation as it came. ``signed`` are the bytes under the signature, ``raw`` the whole operation in the same form."""

    id: str
    device: str
    seq: int
    kind: str
    schema: int
    author: str
    made_at: datetime
    after: tuple[str, ...]
    base: int | None
    body: dict[str, Any] = field(repr=False)
    photos: tuple[Photo, ...]
    sig: str
    signed: bytes = field(repr=False)
    raw: bytes = field(repr=False)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of what was signed."""
        return hashlib.sha256(self.signed).hexdigest()


@dataclass(frozen=True)
class Malformed:
    """Something in the list that is no operation; ``id`` as far as it can be read."""

    id: str


@dataclass(frozen=True)
class Envelope:
    """One exchange as asked for: who sends, what time the phone thinks it is, the operations in the order sent."""

    device: str | None
    sent_at: datetime | None
    since: int
    waiting: int | None
    ops: list[Incoming | Malformed]


def unpacked(body: bytes, packed: bool) -> bytes:
    """The JSON text, taken out of gzip where it was packed, never more than the limit: a bomb is stopped, not unfolded."""
    if len(body) > rules.MAX_BYTES:
        raise _too_large()
    if not packed:
        return body
    stream = zlib.decompressobj(wbits=31)
    try:
        text = stream.decompress(body, rules.MAX_BYTES + 1)
    except zlib.error as error:
        raise Invalid("压缩内容已损坏，请重新上传。", code="NOT_GZIP") from error
    if len(text) > rules.MAX_BYTES:
        raise _too_large()
    if not stream.eof or stream.unused_data:
        raise Invalid("压缩内容已损坏，请重新上传。", code="NOT_GZIP")
    return text


def read_envelope(text: bytes, most: int = rules.MAX_BYTES) -> Envelope:
    """The exchange; :class:`Invalid` or :class:`TooLarge` when the whole cannot be read. A file with ``most`` bytes may hold more operations."""
    value = strict_loads(text, most)
    if not isinstance(value, dict) or not isinstance(value.get("ops"), list):
        raise Invalid("内容格式不正确。", field="ops", code="ENVELOPE")
    if value.get("protocol") != rules.PROTOCOL:
        raise Invalid("不支持这个版本的上传方式，请更新程序。", field="protocol", code="PROTOCOL")
    if most == rules.MAX_BYTES and len(value["ops"]) > rules.MAX_OPS:
        raise TooLarge("一次最多上传 %(most)s 条记录。", code="TOO_MANY_OPS", field="ops", most=rules.MAX_OPS)
    device, sent_at = value.get("device"), value.get("sent_at")
    return Envelope(
        device=device if isinstance(device, str) else None,
        sent_at=_instant(sent_at) if isinstance(sent_at, str) else None,
        since=_count(value.get("receipts_since")) or 0,
        waiting=_count(value.get("waiting")),
        ops=[read_operation(item) for item in value["ops"]],
    )


def read_operation(item: Any) -> Incoming | Malformed:
    """One operation, or what is left of something that is none."""
    name = item.get("id") if isinstance(item, dict) else None
    try:
        return _operation(item)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Malformed(name[:36] if isinstance(name, str) else "")


def _operation(item: dict[str, Any]) -> Incoming:
    _require(item.keys() <= _FIELDS and isinstance(item["body"], dict))
    _require(is_plain(item))  # what every reader writes back alike
    bare = {key: value for key, value in item.items() if key != "sig"}
    after, base = item.get("after") or [], item.get("base")
    _require(isinstance(after, list) and len(after) <= MAX_AFTER)
    _require(base is None or _is_count(base))
    _require(_is_count(item["schema"]) and _is_count(item["seq"]) and 0 < item["seq"] <= MAX_SEQ)
    signed = plain_bytes(bare)
    raw = signed[:-1] + b',"sig":' + plain_bytes(item["sig"]) + b"}"  # of all fields "sig" sorts last
    _require(b"\\u0000" not in raw or not _has_nul(item))
    made_at = _instant(item["made_at"])
    _require(made_at is not None)
    return Incoming(
        id=_matching(_UUID, item["id"]), device=_matching(_UUID, item["device"]), seq=item["seq"], kind=_matching(_KIND, item["kind"]),
        schema=item["schema"], author=_text(item["author"], 40), made_at=made_at,  # type: ignore[arg-type]
        after=tuple(dict.fromkeys(_matching(_UUID, one) for one in after)), base=base,
        body=item["body"], photos=_photos(item["body"].get("photos") or []),
        sig=_text(item["sig"], 100), signed=signed, raw=raw,
    )  # fmt: skip


def _photos(items: list[dict[str, Any]]) -> tuple[Photo, ...]:
    _require(isinstance(items, list) and len(items) <= rules.MAX_PHOTOS)
    found = {}
    for item in items:
        _require(_is_count(item["size"]) and 0 < item["size"] <= MAX_PHOTO)
        found[_matching(_SHA, item["sha256"])] = item["size"]
    return tuple(Photo(sha, size) for sha, size in found.items())


def _has_nul(value: Any) -> bool:
    """Is there a zero byte in any text? No column can hold it."""
    if isinstance(value, dict):
        return any(map(_has_nul, value.values()))
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\x00" in value


def _instant(text: Any) -> datetime | None:
    found = datetime.fromisoformat(text)
    if (
        found.tzinfo is None
        or not _EARLIEST <= found <= _LATEST
        or abs(found.utcoffset() or timedelta(0)) > timedelta(hours=15)
    ):
        raise ValueError("not an instant of our time")
    return found.astimezone(UTC)


def _count(value: Any) -> int | None:
    return value if _is_count(value) else None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEQ


def _matching(pattern: re.Pattern[str], text: str) -> str:
    _require(pattern.fullmatch(text) is not None)
    return text


def _text(text: Any, most: int) -> str:
    _require(isinstance(text, str) and 0 < len(text) <= most)
    return text


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("malformed")


def _too_large() -> TooLarge:
    return TooLarge("一次上传的内容过大，请分几次上传。", code="TOO_LARGE")
