"""Looking at a drawn record: by somebody else, at the plot, with a position that proves it and photographs where it does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import Message
from trace.field.positions import Fix, distance_to
from trace.files.rules import Upload
from trace.files.services import keep
from trace.quality import queries, sampling, sampling_rules
from trace.quality.models import Inspection, InspectionPhoto, InspectionTask
from trace.quality.sampling_rules import VERDICTS

MOST_PHOTOS = 9


@dataclass(frozen=True)
class Found:
    """What an inspector says. ``reason``: why an earlier verdict is replaced."""

    verdict: str
    note: str = ""
    reason: str = ""
    fix: Fix | None = None


def record_inspection(actor: Actor, code: str, found: Found, photos: Sequence[Upload] = ()) -> Inspection:
    """Keep a verdict on a drawn record; a later one replaces it with a reason, and both stay readable.

    The inspector is neither the recorder nor of the parties concerned. 相符 and 不符 need a position within 15 m of error; 不符 needs a
    photograph; 不符, 无法核实 and a position far off need words.
    """
    with operation(actor, Permission.INSPECTION_RECORD) as op:
        return inspect_in(op, code, found, photos)


def inspect_in(op: audit.Operation, code: str, found: Found, photos: Sequence[Upload] = ()) -> Inspection:
    """The same inside an operation that is already open."""
    task = queries.lock_task(op.actor, code)
    require_independent(op.actor, task)
    distance = distance_to(task.plot, found.fix, business_date(op.at)) if found.fix else None
    before = queries.inspections_of(task)
    errors = _mistakes(task, found, distance, bool(before), len(photos))
    if errors:
        raise Invalid.of(errors)
    row = Inspection.create(
        task=task, version=len(before) + 1, verdict=found.verdict, note=found.note.strip(), reason=found.reason.strip() if before else "",
        lon=found.fix.lon if found.fix else None, lat=found.fix.lat if found.fix else None,
        accuracy_m=found.fix.accuracy_m if found.fix else None, distance_m=distance,
        is_evidence=found.fix is not None and sampling_rules.position_mistake(found.fix.accuracy_m) is None,
        inspector_id=op.actor.user_id, inspector_name=op.actor.display_name, recorded_at=op.at,
    )  # fmt: skip
    for seq, photo in enumerate(photos, 1):
        InspectionPhoto.create(inspection=row, seq=seq, file=keep(op, photo))
    task.state = "done"
    task.save(only=[InspectionTask.state])
    op.record(
        "inspection.record", task, record=task.record, verdict=row.verdict, version=row.version, distance_m=distance
    )
    return row


def require_independent(actor: Actor, task: InspectionTask) -> None:
    """Nobody inspects what he wrote down, nor what his own organisation picked, runs or looks after."""
    why = dependence(actor, task)
    if why:
        raise RuleBroken(why.template, code="NOT_INDEPENDENT", **why.values)


def dependence(actor: Actor, task: InspectionTask) -> Message | None:
    """Why this person may not inspect this record; None when nothing is against it."""
    if actor.user_id == task.recorder_id:
        return Message("这条记录是您登记的，请由其他人抽查。")
    plot = task.plot
    concerned = {
        task.party_id,
        plot.operator_id,
        plot.steward_id,
        task.party.belongs_to_id,
        plot.operator.belongs_to_id,
    } - {None}
    if actor.party_id in concerned:
        return Message("您所在的单位登记或经营这块地，请由其他人抽查。")
    return None


def _mistakes(task: InspectionTask, found: Found, distance: int | None, again: bool, photos: int) -> list[FieldError]:
    errors = []
    if found.verdict not in VERDICTS:
        errors.append(FieldError("verdict", "VERDICT_UNKNOWN", Message("请选择抽查结论。")))
    if again and not found.reason.strip():
        errors.append(FieldError("reason", "REASON_MISSING", Message("更正结论请填写原因，原结论仍可查。")))
    if found.verdict != "match" and not found.note.strip():
        errors.append(FieldError("note", "NOTE_MISSING", Message("请写明哪里不符，或为什么无法核实。")))
    if found.verdict == "mismatch" and not photos and not queries.photos_of(task):
        errors.append(FieldError("photos", "PHOTO_MISSING", Message("结论为不符的，请附现场照片。")))
    if photos > MOST_PHOTOS:
        errors.append(FieldError("photos", "TOO_MANY", Message("照片最多 %(most)s 张。", {"most": MOST_PHOTOS})))
    return errors + _place(found, distance)


def _place(found: Found, distance: int | None) -> list[FieldError]:
    if found.fix is None:
        if found.verdict == "unknown":
            return []
        return [FieldError("lon", "POSITION_MISSING", Message("请在现场定位，没有定位不能作抽查结论。"))]
    coarse = sampling_rules.position_mistake(found.fix.accuracy_m)
    if coarse and found.verdict != "unknown":
        return [FieldError("accuracy", "ACCURACY_LOW", coarse)]
    if distance is None:
        return [FieldError("lon", "NO_BOUNDARY", Message("地块没有边界，无法核对位置，请选“无法核实”。"))]
    if distance > sampling.current_rules()["note_far_m"] and not found.note.strip():
        text = Message("您距地块边界 %(m)s 米，请到地块查看，或写明原因。", {"m": distance})
        return [FieldError("note", "FAR_FROM_PLOT", text)]
    return []
