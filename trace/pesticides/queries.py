"""Reading the pesticide tables: always the rows that count now."""

from __future__ import annotations

from typing import Any

from peewee import fn

from trace.core.errors import NotFound
from trace.pesticides import limits
from trace.pesticides.models import BannedActive, FoodPath, LabelScope, OrganicInput, PesticideProduct, ResidueLimit
from trace.pesticides.rules import Ban, LabelCode, Scope, clean_active
from trace.pesticides.words import ORGANIC_MODES
from trace.registry import queries as register
from trace.registry.models import Taxon


def in_force(model: Any) -> Any:
    """The rows of a table that no newer one has retired."""
    return model.select().where(model.retired_at.is_null())


def product_of(reg_no: str) -> PesticideProduct | None:
    """A product by its registration number, or nothing: the table may not know it."""
    return in_force(PesticideProduct).where(PesticideProduct.reg_no == reg_no).first()


def get_product(reg_no: str) -> PesticideProduct:
    """A product by its registration number."""
    found = product_of(reg_no)
    if found is None:
        raise NotFound("登记表里没有这个登记证号。")
    return found


def products() -> Any:
    """All products, by name."""
    return in_force(PesticideProduct).order_by(PesticideProduct.name, PesticideProduct.id)


def search(text: str) -> Any:
    """Products by a piece of the name, pinyin initials, active or registration number; what is registered longest comes first."""
    typed = text.strip()
    query = products()
    if typed:
        query = query.where(
            PesticideProduct.name.contains(typed)
            | PesticideProduct.initials.contains(typed.lower())
            | PesticideProduct.reg_no.contains(typed.upper())
            | PesticideProduct.actives.contains(typed)
        )
    return query


def by_label(code: LabelCode) -> list[PesticideProduct]:
    """The products a bottle's code may mean: class and last six digits of the registration agree."""
    if not code.prefix:
        return []
    number = fn.REPLACE(PesticideProduct.reg_no, "-", "")
    return list(products().where(number.endswith(code.tail), PesticideProduct.reg_no.startswith(code.prefix)).limit(20))


def scope_rows(reg_no: str) -> list[LabelScope]:
    """The lines of a label as loaded."""
    return list(in_force(LabelScope).where(LabelScope.reg_no == reg_no).order_by(LabelScope.id))


def scopes_of(reg_no: str) -> list[Scope]:
    """The lines of a label as the rules read them."""
    return [as_scope(row) for row in scope_rows(reg_no)]


def scopes_of_many(reg_nos: list[str]) -> dict[str, list[Scope]]:
    """The lines of several labels in one reading."""
    found: dict[str, list[Scope]] = {number: [] for number in reg_nos}
    for row in in_force(LabelScope).where(LabelScope.reg_no.in_(reg_nos or [""])).order_by(LabelScope.id):
        found[row.reg_no].append(as_scope(row))
    return found


def as_scope(row: LabelScope) -> Scope:
    """A loaded line as the rules read it."""
    return Scope(
        row.site, row.site_kind, row.pest, row.dose_low, row.dose_high, row.dose_unit, row.method, row.phi_days, row.max_times,
        row.interval_days,
    )  # fmt: skip


def names_of(taxon: Taxon) -> list[str]:
    """The names under which a label may mean a tree."""
    return [taxon.name_zh, *(name for name in taxon.other_names.split(";") if name)]


def bans() -> list[Ban]:
    """All bans."""
    return [Ban(row.active, row.scope, row.since) for row in in_force(BannedActive)]


def pests_of(taxon: Taxon) -> list[str]:
    """Pests that labels for this tree name: what the pick-list offers."""
    own = LabelScope.site.in_(names_of(taxon)) | (LabelScope.site_kind == "forest_site")
    rows = in_force(LabelScope).where(own).select(LabelScope.pest).distinct().order_by(LabelScope.pest)
    return [pest for (pest,) in rows.tuples() if pest]


def organic_allowed(management: str, *, kind: str, names: list[str], biological: bool = False) -> bool:
    """May an organic plot take it: a biological product, or one all of whose names stand on the loaded list. Other plots may take anything."""
    if management not in ORGANIC_MODES or biological:
        return True
    wanted = {clean_active(name) for name in names if name}
    return bool(wanted) and wanted <= organic_names(kind)


def organic_names(kind: str) -> set[str]:
    """The loaded list of what organic production may use, as names are compared."""
    rows = in_force(OrganicInput).where(OrganicInput.kind == kind).select(OrganicInput.name).tuples()
    return {clean_active(name) for (name,) in rows}


def limit_for(taxon: Taxon, part: str, active: str) -> limits.LimitAnswer:
    """The residue limit of an active in a part of a tree; “无对应限量” where the standard has none, which is no pass."""
    name = clean_active(active)
    path = in_force(FoodPath).where(FoodPath.taxon == taxon, FoodPath.part == part).first()
    rows = in_force(ResidueLimit).where(ResidueLimit.active == name)
    known = [limits.Limit(row.food_path, row.active, row.ng_kg, row.std_version) for row in rows]
    return limits.find_limit(known, path.food_path if path else None, name)


def counts() -> dict[str, int]:
    """How many rows of each table count now."""
    tables = {
        "products": PesticideProduct, "scopes": LabelScope, "bans": BannedActive, "limits": ResidueLimit, "paths": FoodPath,
        "organic": OrganicInput,
    }  # fmt: skip
    return {key: in_force(model).count() for key, model in tables.items()}


def rows_of(table: str, text: str) -> tuple[Any, Any]:
    """The rows of a table narrowed by a word, and the column they are paged by."""
    by_text: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "scopes": (LabelScope, (LabelScope.reg_no, LabelScope.site, LabelScope.pest)),
        "bans": (BannedActive, (BannedActive.active, BannedActive.doc_no)),
        "limits": (ResidueLimit, (ResidueLimit.active, ResidueLimit.food_path)),
        "paths": (FoodPath, (FoodPath.food_path,)),
        "organic": (OrganicInput, (OrganicInput.name,)),
    }
    if table not in by_text:
        return search(text).order_by(), PesticideProduct.id
    model, columns = by_text[table]
    query = in_force(model)
    if model is FoodPath:
        query = query.select(FoodPath, Taxon).join(Taxon)
    if text:
        found = columns[0].contains(text)
        for column in columns[1:]:
            found = found | column.contains(text)
        query = query.where(found)
    return query, model.id


def taxon_named(word: str) -> Taxon | None:
    """A taxon by any of its names or its key."""
    return next((taxon for taxon in register.taxa() if word in (taxon.key, *names_of(taxon))), None)
