"""Recipes: a product that declares the taxa it is blended of. Without such a row two taxa never meet in one lot."""

from __future__ import annotations

from datetime import date

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid
from trace.db.counters import next_number
from trace.processing.recipe_models import Recipe, RecipeTaxon
from trace.registry import queries as register
from trace.registry.models import Process, Taxon


def declare_recipe(
    actor: Actor, name: str, *, process: str, product: str, taxa: list[str], document: str, valid_from: date
) -> Recipe:
    """Declare a blend: which process makes which product of which taxa (keys), by which document (a registered standard or filing)."""
    with operation(actor, Permission.RECIPE_DECLARE) as op:
        rows = list(Taxon.select().where(Taxon.key.in_(taxa)))
        if len(rows) < 2 or len(rows) != len(set(taxa)):
            raise Invalid("拼配要写明至少两个树种。", field="taxa", code="TAXA_FEW")
        made = register.get_product(product)
        if made.taxon_id not in {row.id for row in rows}:
            raise Invalid("产品的树种要在拼配的树种之中。", field="taxa", code="TAXON_OTHER")
        if not name.strip() or not document.strip():
            raise Invalid("请填写名称和依据文件。", field="document", code="MISSING")
        row = Recipe.create(
            code=f"PF-{next_number('recipe'):04d}", name=name.strip(), process=register.get_process(process), product=made,
            document=document.strip(), valid_from=valid_from, recorder_name=actor.display_name, recorded_at=op.at,
        )  # fmt: skip
        for taxon in rows:
            RecipeTaxon.create(recipe=row, taxon=taxon)
        op.record("recipe.declare", row, product=product, taxa=sorted(taxa), document=row.document)
        return row


def taxa_for(process: Process, products: list[int], on: date) -> frozenset[int]:
    """The taxa that a declared recipe lets meet in this process for one of these products (keys) on a day; none without a recipe."""
    rows = RecipeTaxon.select(RecipeTaxon.taxon).join(Recipe)
    mine = rows.where(
        Recipe.process == process, Recipe.product.in_(products), Recipe.in_use, Recipe.valid_from <= on
    )  # fmt: skip
    return frozenset(row[0] for row in mine.tuples())
