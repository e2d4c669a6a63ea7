"""All invariants of all domains: run nightly, by ``check-data``, and at the end of every scenario test."""

from __future__ import annotations

from collections.abc import Iterator

from trace.alerts import checks as alerts
from trace.audit import checks as audit
from trace.field import checks as field
from trace.files import checks as files
from trace.forecast import checks as forecast
from trace.funds import checks as funds
from trace.gs1 import checks as gs1
from trace.labels import checks as labels
from trace.land import checks as land
from trace.log import checks as log
from trace.lots import checks as lots
from trace.nursery import checks as nursery
from trace.payments import checks as payments
from trace.pesticides import checks as pesticides
from trace.processing import checks as processing
from trace.programmes import checks as programmes
from trace.quality import checks as quality
from trace.recalls import checks as recalls
from trace.registry import checks as registry
from trace.scan import checks as scan
from trace.statements import checks as statements
from trace.supervision import checks as supervision
from trace.sync import checks as sync
from trace.targets import checks as targets

DOMAINS = {
    "audit": audit,
    "log": log,
    "files": files,
    "registry": registry,
    "land": land,
    "lots": lots,
    "nursery": nursery,
    "pesticides": pesticides,
    "field": field,
    "processing": processing,
    "quality": quality,
    "gs1": gs1,
    "labels": labels,
    "scan": scan,
    "recalls": recalls,
    "programmes": programmes,
    "funds": funds,
    "payments": payments,
    "targets": targets,
    "statements": statements,
    "forecast": forecast,
    "sync": sync,
    "supervision": supervision,
    "alerts": alerts,
}


def all_findings(only: str = "") -> Iterator[str]:
    """Every finding of every check, optionally of one domain."""
    for name, module in DOMAINS.items():
        if only in ("", name):
            for check in module.CHECKS:
                yield from check()
