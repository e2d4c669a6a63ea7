"""Data nobody on this project wrote: read from ``../shared/conformance`` or ``CONFORMANCE_DIR``, else the test is skipped."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def conformance():
    """A function from a relative name to the path of a conformance file; skips where it is absent."""
    folder = Path(os.environ.get("CONFORMANCE_DIR") or REPOSITORY.parent / "shared" / "conformance")

    def find(name: str) -> Path:
        if not (folder / name).exists():
            pytest.skip(f"conformance data {name} not found; set CONFORMANCE_DIR")
        return folder / name

    return find
