"""Invariants of scans."""

from __future__ import annotations

from collections.abc import Iterator

from trace.labels.models import LabelRun
from trace.scan.models import UnitScan


def check_scans_belong_to_their_run() -> Iterator[str]:
    """Every counted serial number lies in the block of its run."""
    strays = UnitScan.select(UnitScan.serial, LabelRun.no).join(LabelRun)
    outside = (UnitScan.serial < LabelRun.first_serial) | (UnitScan.serial >= LabelRun.first_serial + LabelRun.count)
    for serial, no in strays.where(outside).tuples():
        yield f"scan of serial {serial}: not in run {no}"


CHECKS = (check_scans_belong_to_their_run,)
