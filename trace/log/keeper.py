"""The signer of this installation, opened at start-up, and the worker's care for the log."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import structlog
from peewee import OperationalError

from trace.log import services
from trace.log.signer import Signer, TreeChanged

log = structlog.get_logger()
_open: list[Signer] = []
_told: set[str] = set()


def open_signer(folder: Path, base_url: str) -> None:
    """A new log is named after the public address; key and memory are made when first needed."""
    _told.clear()
    _open[:] = [Signer(folder, f"{urlsplit(base_url).netloc}/log")]


def signer() -> Signer:
    """The open signer."""
    return _open[0]


def tend() -> int:
    """Grow the log as far as it goes now; returns how many entries were placed.

    A tree that was changed is told once and left alone (docs/operations.md). A database that is busy is tried again next time: the worker
    has other work and must not fall over it.
    """
    try:
        return services.grow(signer())
    except TreeChanged as error:
        if str(error) not in _told:
            _told.add(str(error))
            log.error("log.stopped", reason=str(error))
    except OperationalError as error:
        log.warning("log.busy", reason=str(error))
    return 0
