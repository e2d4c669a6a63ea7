"""The vault of this installation: opened once at start-up, used wherever a personal number is written or shown."""

from __future__ import annotations

from trace.core.vault import Vault

_open: list[Vault] = []


def open_vault(secret: str) -> None:
    """Derive the keys of this installation."""
    _open[:] = [Vault(secret)]


def vault() -> Vault:
    """The open vault."""
    return _open[0]
