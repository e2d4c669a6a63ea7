"""Invariants of the pesticide tables."""

from __future__ import annotations

from collections.abc import Iterator

from trace.pesticides.models import LabelScope, PesticideProduct
from trace.pesticides.queries import in_force


def check_every_label_has_its_product() -> Iterator[str]:
    """A line of a label belongs to a product that is loaded."""
    known = in_force(PesticideProduct).select(PesticideProduct.reg_no)
    for row in in_force(LabelScope).where(LabelScope.reg_no.not_in(known)):
        yield f"pesticide {row.reg_no}: label scope without product"


CHECKS = (check_every_label_has_its_product,)
