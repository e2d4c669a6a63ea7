"""Imports point downwards only; the contracts stand in .importlinter."""

from __future__ import annotations

from importlinter.cli import lint_imports

from trace.settings import ROOT


def test_the_import_contracts_hold(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True) == 0
