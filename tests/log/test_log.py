"""The log grows by tiles, proves what it holds, names what was altered, and refuses to sign a changed tree."""

from __future__ import annotations

import hashlib
from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from peewee import OperationalError

from trace import audit
from trace.audit import checks as trail
from trace.audit.models import AuditEntry, LogPending
from trace.core import merkle, notes
from trace.core.errors import NotFound
from trace.db import db, is_postgres
from trace.log import checks, keeper, queries, services, tiles
from trace.log.models import LogCheckpoint, LogLeaf, LogTile
from trace.log.signer import Signer, TreeChanged

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def signer(tmp_path) -> Signer:
    return Signer(tmp_path, "trace.example.cn/log")


def write(count: int) -> None:
    with db.atomic():
        for n in range(count):
            audit.record_system("demo.load", f"T-{n}", n=n)


def grow_all(signer: Signer) -> None:
    while services.grow(signer):
        pass


def findings(signer: Signer) -> list[str]:
    return [item for check in (*trail.CHECKS, *checks.CHECKS) for item in check()] + list(checks.check_memory(signer))


def test_every_entry_gets_its_place_and_is_proved(signer):
    for batch in (3, 300, 1, 40):
        write(batch)
        grow_all(signer)
    leaves = [row.leaf for row in AuditEntry.select().order_by(AuditEntry.id)]
    assert len(leaves) == queries.tree_size() and not LogPending.select().exists()
    assert [len(tiles.tile(0, n)) // 32 for n in (0, 1)] == [256, len(leaves) - 256]
    assert tiles.tile(1, 0)[:32] == merkle.root(merkle.nodes_of([bytes.fromhex(leaf) for leaf in leaves[:256]]), 256)
    for number in (0, 2, 255, 256, len(leaves) - 1):
        proof = queries.inclusion(leaves[number])
        text = notes.open_note(proof.note, [signer.verifier]).text
        root = b64decode(text.split("\n")[2])
        assert merkle.is_included(bytes.fromhex(leaves[number]), proof.number, proof.size, proof.hashes, root)
    sizes = {row.size: bytes.fromhex(row.root) for row in LogCheckpoint.select()}
    newest = max(sizes)
    for old, root in sizes.items():
        assert merkle.is_consistent(old, newest, root, sizes[newest], queries.consistency(old, newest))
    assert findings(signer) == []


def test_growing_by_ones_or_at_once_gives_the_same_tree(signer, tmp_path):
    write(700)
    leaves = [bytes.fromhex(row.leaf) for row in AuditEntry.select().order_by(AuditEntry.id)]
    for size, leaf in enumerate(leaves):
        tiles.append([leaf], size)
    one_by_one = merkle.root(tiles.stored_nodes(), len(leaves))
    LogTile.delete().execute()
    tiles.append(leaves, 0)
    assert (
        merkle.root(tiles.stored_nodes(), len(leaves))
        == one_by_one
        == merkle.root(merkle.nodes_of(leaves), len(leaves))
    )


def loosen(table: str) -> None:
    """What an administrator of the database could do: take the guard off."""
    if is_postgres():
        db.execute_sql(f'ALTER TABLE "{table}" DISABLE TRIGGER ALL')
    else:
        db.execute_sql(f"DROP TRIGGER {table}_no_update")
        db.execute_sql(f"DROP TRIGGER {table}_no_delete")


def tighten(table: str) -> None:
    if is_postgres():
        db.execute_sql(f'ALTER TABLE "{table}" ENABLE TRIGGER ALL')
    else:
        for verb in ("update", "delete"):
            db.execute_sql(
                f'CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
            )


def test_an_altered_row_is_named_and_no_tree_on_it_is_signed(signer):
    write(20)
    grow_all(signer)
    row = AuditEntry.select().where(AuditEntry.subject == "T-7").get()
    original = bytes(row.body), row.leaf
    forged = original[0].replace(b'"n":7', b'"n":8')
    loosen("audit_entry")
    try:
        AuditEntry.update(detail={"n": 8}).where(AuditEntry.id == row.id).execute()
        assert any(f"audit_entry {row.id}: detail was altered" in item for item in findings(signer))
        new_leaf = hashlib.sha256(b"\x00" + forged).hexdigest()
        AuditEntry.update(body=forged, leaf=new_leaf).where(AuditEntry.id == row.id).execute()
        number = LogLeaf.get(LogLeaf.entry == row.id).number
        assert f"log_leaf {number}: the tile says otherwise" in findings(signer)
        LogTile.delete().execute()
        tiles.append([bytes.fromhex(item.leaf) for item in AuditEntry.select().order_by(AuditEntry.id)], 0)
        write(1)
        with pytest.raises(TreeChanged, match="does not begin with the"):
            grow_all(signer)
        assert any("does not begin with" in item for item in findings(signer))
    finally:
        AuditEntry.update(body=original[0], leaf=original[1]).where(AuditEntry.id == row.id).execute()
        tighten("audit_entry")


def test_a_restored_backup_is_not_signed(signer):
    write(5)
    grow_all(signer)
    size = queries.tree_size()
    signer._remember(size + 3, b"\x11" * 32)
    write(1)
    with pytest.raises(TreeChanged):
        services.grow(signer)


def test_a_crash_between_memory_and_checkpoint_heals(signer, monkeypatch):
    write(4)
    services.integrate()
    with monkeypatch.context() as broken:
        broken.setattr(LogCheckpoint, "create", lambda **_: (_ for _ in ()).throw(OSError("power cut")))
        with pytest.raises(OSError, match="power cut"):
            services.publish_checkpoint(signer)
    write(4)
    grow_all(signer)
    assert queries.latest_checkpoint().size == queries.tree_size()
    assert findings(signer) == []


def test_a_signed_log_is_left_alone(signer, monkeypatch):
    """The worker comes by twice a second: where nothing is new, nothing is written."""
    write(2)
    grow_all(signer)
    monkeypatch.setattr(services, "take_turn", lambda key: pytest.fail(f"wrote: {key}"))
    assert services.grow(signer) == 0


def test_the_log_keeps_its_name_and_key_when_the_address_changes(signer, tmp_path):
    write(2)
    grow_all(signer)
    moved = Signer(tmp_path, "another.example.cn/log")
    assert (moved.origin, moved.verifier) == (signer.origin, signer.verifier)
    assert findings(moved) == []


def test_what_waits_nowhere_is_named(signer):
    write(2)
    entry = AuditEntry.select().order_by(AuditEntry.id.desc()).first()
    LogPending.delete().where(LogPending.entry == entry.id).execute()
    assert f"audit_entry {entry.id}: neither waiting for its place in the log nor placed, or both" in findings(signer)


def test_the_worker_survives_a_changed_tree_and_a_busy_database(app, monkeypatch, capsys):
    for error in (TreeChanged("for the test"), OperationalError("database is locked")):
        monkeypatch.setattr(services, "grow", lambda signer, error=error: (_ for _ in ()).throw(error))
        assert [keeper.tend(), keeper.tend()] == [0, 0]
    told = capsys.readouterr().out
    assert told.count("log.stopped") == 1, "said once, not twice a second"
    assert told.count("log.busy") == 2


def test_a_foreign_signature_is_found(signer):
    write(2)
    grow_all(signer)
    checkpoint = queries.latest_checkpoint()
    forged = notes.sign(checkpoint.note.split("\n\n")[0] + "\n", signer.origin, Ed25519PrivateKey.generate())
    loosen("log_checkpoint")
    try:
        LogCheckpoint.update(note=forged).where(LogCheckpoint.id == checkpoint.id).execute()
        assert any("no signature of a known key" in item for item in checks.check_memory(signer))
    finally:
        tighten("log_checkpoint")


def test_what_is_not_there_is_not_proved(signer):
    write(1)
    with pytest.raises(NotFound):
        queries.inclusion(AuditEntry.select().first().leaf)
    grow_all(signer)
    with pytest.raises(NotFound):
        queries.inclusion("0" * 64)
    for old, size in ((0, 1), (2, 1), (1, 10_000)):
        with pytest.raises(NotFound):
            queries.consistency(old, size)
