"""Invariants of scans."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import fn

from trace.labels.models import LabelRun
from trace.scan.models import Complaint, ComplaintReply, ScanDay, UnitScan


def check_scans_belong_to_their_run() -> Iterator[str]:
    """Every counted serial number lies in the block of its run."""
    strays = UnitScan.select(UnitScan.serial, LabelRun.no).join(LabelRun)
    outside = (UnitScan.serial < LabelRun.first_serial) | (UnitScan.serial >= LabelRun.first_serial + LabelRun.count)
    for serial, no in strays.where(outside).tuples():
        yield f"scan of serial {serial}: not in run {no}"


def check_days_hold_no_more_first_scans_than_labels() -> Iterator[str]:
    """A run's codes are opened for the first time at most once each."""
    opened = ScanDay.select(LabelRun.no, LabelRun.count, fn.SUM(ScanDay.first_opened)).join(LabelRun)
    for no, labels, first in opened.group_by(LabelRun.no, LabelRun.count).tuples():
        if first > labels:
            yield f"label run {no}: {first} first scans of {labels} labels"


def check_closed_complaints_have_an_answer() -> Iterator[str]:
    """A complaint is answered when and only when an answer to the consumer exists."""
    answers = ComplaintReply.select(ComplaintReply.complaint).where(ComplaintReply.closes == 1)
    wrong = (Complaint.state == "answered") & Complaint.id.not_in(answers) | (
        Complaint.state == "open"
    ) & Complaint.id.in_(answers)
    for row in Complaint.select(Complaint.receipt).where(wrong):
        yield f"complaint {row.receipt}: state and answers disagree"


CHECKS = (
    check_days_hold_no_more_first_scans_than_labels,
    check_closed_complaints_have_an_answer,
    check_scans_belong_to_their_run,
)
