"""Spoken notes: short sound from a phone's own recorder, kept as it came. Pure.

The bytes are not decoded here; what they say of themselves is read and anything with a picture track is refused. They are served as sound, never
sniffed, under a policy that runs nothing.
"""

from __future__ import annotations

import re

MOST_BYTES = 1024 * 1024
"""A minute at 24 kbit/s is 180 kB; some recorders do not obey and use five times as much."""
HEAD = 4096
WEBM, OGG, MP4 = "audio/webm", "audio/ogg", "audio/mp4"
EXTENSIONS = {WEBM: "webm", OGG: "ogg", MP4: "m4a"}

_HANDLER = re.compile(rb"hdlr.{8}(....)", re.DOTALL)


def voice_mime(body: bytes) -> str:
    """The media type of a spoken note; empty for anything else."""
    head = body[:HEAD]
    if len(body) > MOST_BYTES:
        return ""
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return WEBM if b"A_OPUS" in head and b"V_" not in head else ""
    if head.startswith(b"OggS") and b"OpusHead" in head[:64]:
        return OGG
    if head[4:8] == b"ftyp":
        tracks = set(_HANDLER.findall(body))
        return MP4 if b"soun" in tracks and b"vide" not in tracks else ""
    return ""
