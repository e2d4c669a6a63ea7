"""Signed notes against published vectors; the key among them is a published test key."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trace.core.notes import BadNote, Verifier, open_note, sign, signature_line, verifier_of


@pytest.fixture(scope="module")
def vectors(conformance):
    return json.loads(conformance("note/signed_note.json").read_text(encoding="utf-8"))


def test_notes_to_accept(vectors):
    assert len(vectors["accept"]) == 5
    for item in vectors["accept"]:
        names = item.get("keys", [])
        keys = [Verifier.read(vectors["vkeys"][name]) for name in names] or [Verifier.read(item["vkey"])]
        note = open_note(item["note"], keys)
        assert item["note"].startswith(note.text + "\n")
        assert len(note.signed_by) == item.get("verified", 1)


def test_notes_to_refuse(vectors):
    keys = [Verifier.read(text) for text in vectors["vkeys"].values()]
    assert len(vectors["reject"]) == 8
    for item in vectors["reject"]:
        with pytest.raises(BadNote):
            open_note(item["note"], keys)


def test_checkpoint_example(conformance, vectors):
    example = json.loads(conformance("tlog/tlog.json").read_text(encoding="utf-8"))["checkpoint_example"]
    with pytest.raises(BadNote, match="known key"):
        open_note(example, [Verifier.read(text) for text in vectors["vkeys"].values()])


def test_what_is_signed_opens_and_what_is_altered_does_not():
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    ours, witness = verifier_of("trace.example.cn", key), verifier_of("audit.example.cn", other)
    text = "trace.example.cn/log\n3\nAAAA\n"
    note = sign(text, ours.name, key) + signature_line(text, witness.name, other)
    assert open_note(note, [ours, witness]).signed_by == (ours, witness)
    assert Verifier.read(str(ours)) == ours
    with pytest.raises(BadNote, match="is wrong"):
        open_note(note.replace("\n3\n", "\n4\n"), [ours])
    with pytest.raises(BadNote, match="cannot be signed"):
        sign("no line break", ours.name, key)
    with pytest.raises(BadNote, match="key id"):
        Verifier.read(str(ours).replace(ours.key_id.hex(), "00000000"))
