"""The signer of this installation, opened at start-up."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import structlog

from trace.log import services
from trace.log.signer import Signer, TreeChanged

log = structlog.get_logger()
_open: list[Signer] = []


def open_signer(folder: Path, base_url: str) -> None:
    """Name the log after the public address; key and memory are made when first needed."""
    _open[:] = [Signer(folder, f"{urlsplit(base_url).netloc}/log")]


def signer() -> Signer:
    """The open signer."""
    return _open[0]


def tend() -> int:
    """Grow the log as far as it goes now; a tree that was changed is reported and left alone. Returns how many entries were placed."""
    try:
        return services.grow(signer())
    except TreeChanged as error:
        log.error("log.stopped", reason=str(error))
        return 0
