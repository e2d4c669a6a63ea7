"""The register of an installation that is already in use comes through migration 0008 and back with everything it held."""

from __future__ import annotations

from datetime import date

import pytest

from tests.registry.numbers import uscc
from trace.db import db, migrate
from trace.invariants import all_findings
from trace.registry.initials import bring_up_to_date
from trace.registry.models import Membership, Party, PartyRole, Title
from trace.registry.vault import vault

pytestmark = pytest.mark.usefixtures("database")
COLUMNS = (
    "code, kind, name, uscc, belongs_to_id, phone, id_number_sealed, account_sealed, account_last4, nursery_m2, registered_at"
)  # fmt: skip


def fill() -> None:
    rows = (
        f"('P000001','cooperative','松岭合作社','{uscc()}',NULL,'0734-8712345','','','',0,'2023-01-10 17:00:00')",
        "('P000002','household','王某某',NULL,(SELECT id FROM party WHERE code='P000001'),'13800000000','','','',0,'2023-01-10 02:00:00')",
        "('P000003','nursery','松苗苗圃',NULL,NULL,'','','','',24000,'2023-01-10 02:00:00')",
    )
    for row in rows:
        db.execute_sql(f"INSERT INTO party ({COLUMNS}) VALUES {row}")
    db.execute_sql(
        "INSERT INTO title (party_id, kind, doc_no, issuer, valid_from) "
        "SELECT id, 'seed_licence', '1号', '县林业局', '2024-01-01' FROM party WHERE code = 'P000003'"
    )


def test_an_installation_in_use_comes_through():
    migrate.downgrade(db.obj, "0008_parties")
    fill()
    assert "0008_parties" in migrate.upgrade(db.obj)
    bring_up_to_date()
    coop, farmer, nursery = Party.select().order_by(Party.id)
    (row,) = Membership.select()
    assert (row.member_id, row.organisation_id, row.joined_on, row.left_on) == (
        farmer.id,
        coop.id,
        date(2023, 1, 10),
        None,
    )
    assert [(r.party_id, r.role) for r in PartyRole.select()] == [(nursery.id, "nursery")]
    assert (farmer.phone, vault().unseal(farmer.phone_sealed), farmer.version, farmer.number_warnings) == (
        "",
        "13800000000",
        1,
        [],
    )
    assert (coop.phone, coop.initials) == ("0734-8712345", "slhzs")
    assert Title.get().code == "ZS000001"
    assert (
        Title.create(party=nursery, kind="organic", doc_no="2", issuer="某", valid_from=date(2024, 1, 1)).code
        == "ZS000002"
    )
    assert list(all_findings("registry")) == []


def test_and_back_again():
    migrate.downgrade(db.obj, "0008_parties")
    fill()
    migrate.upgrade(db.obj)
    migrate.downgrade(db.obj, "0008_parties")
    assert db.execute_sql("SELECT code, kind FROM party ORDER BY id").fetchall() == [
        ("P000001", "cooperative"), ("P000002", "household"), ("P000003", "nursery"),
    ]  # fmt: skip
    assert db.execute_sql("SELECT doc_no FROM title").fetchall() == [("1号",)]
