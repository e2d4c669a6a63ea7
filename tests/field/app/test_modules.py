"""The app's own modules in the page, held against Python: weights, canonical bytes, signatures, ids, QR symbols, words, rules."""

from __future__ import annotations

import re
import uuid
from base64 import urlsafe_b64decode

import hypothesis.strategies as st
import pytest
import rfc8785
import zxingcpp
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import Phase, given, settings
from PIL import Image

from trace.core.errors import Invalid
from trace.core.units import parse_weight
from trace.settings import ROOT

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

WEIGHTS = [
    "420.5", "４２０．５", "420,5", "420.5斤", "-5", "abc", "", " ", "0", "0.0", "0斤", "1,234", "1,234.5", "1 234", "12 345.6", "1,2,3", "1e3", "½", "5²", "3.0005",
    "0.001", "0.0005公斤", "1吨", "1.5 t", "7kg", "7KG", "100000001吨", "99999999", "12.", ".5", "+4", "−4", "--4", "四百", "420.5公斤公斤", "420。5", "4\u200b2", "1234567890123456789012",
    "000000000000000000000001.50000", "12亩", "3市斤", "3 千克", "0,5", "00,5", "1.2.3", "5m2", "１２，５", "∞", "NaN", "1" * 41, "60斤 ", "\u202e420.5",
]  # fmt: skip


@pytest.fixture
def modules(new_phone, port):
    """A page whose modules can be called; nobody has signed in."""
    phone = new_phone(port)
    phone.open()
    yield phone
    assert phone.problems == []


def test_everything_the_modules_compute(modules):
    weights_are_read_as_the_platform_reads_them(modules)
    canonical_bytes_are_those_of_rfc8785(modules)
    signatures_verify_in_python(modules)
    ids_are_uuids_of_version_7_in_order(modules)
    symbols_are_read_by_another_reader(modules)
    both_languages_say_everything(modules)
    rules_judge_like_the_platform(modules)
    pins_open_wait_and_never_forget(modules)


def weights_are_read_as_the_platform_reads_them(page):
    generated = []

    @settings(max_examples=300, database=None, phases=[Phase.generate], derandomize=True)
    @given(st.text(alphabet="0123456789.,，．+-− 斤公克吨kgt０９", max_size=12))
    def collect(text):
        generated.append(text)

    collect()
    texts = WEIGHTS + generated
    found = page.ask(
        "({weight, words}, texts) => texts.map((text) => { const read = weight.parseWeight(text); return read.problem ? {message: words.t(read.problem, read.values)} : read; })",
        texts,
    )
    for text, read in zip(texts, found, strict=True):
        try:
            wanted = parse_weight(text)
        except Invalid as error:
            assert read.get("message") == str(error.errors[0].message), text
        else:
            assert (read["grams"], read["number"], read["unit"]) == (
                wanted.grams,
                wanted.typed_quantity,
                wanted.typed_unit,
            ), text
    assert page.ask(
        "({weight}) => [weight.parseWeight('420.5', '斤').grams, weight.kilograms(210250), weight.kilograms(1234000)]"
    ) == [210250, "210.25", "1\u2009234"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=6), inner, max_size=5)
    ),
    max_leaves=20,
)


def canonical_bytes_are_those_of_rfc8785(page):
    values = [{"b": '\u2028\x00\x1f"\\/é😀', "a": [0, -1, True, None]}, {"": "", "10": 1, "9": 2, "A": 3, "a": 4}]

    @settings(max_examples=200, database=None, phases=[Phase.generate], derandomize=True)
    @given(JSON)
    def collect(value):
        values.append(value)

    collect()
    found = page.ask("({canonical}, values) => values.map((value) => canonical.canonical(value))", values)
    assert found == [rfc8785.dumps(value).decode() for value in values]
    for odd in ("1.5", "2 ** 53", "NaN", "({ä: 1})", "'\\ud800'", "() => 1"):
        assert (
            page.ask(
                f"({{canonical}}) => {{ try {{ canonical.canonical({odd}); return ''; }} catch (error) {{ return error.name; }} }}"
            )
            == "TypeError"
        ), odd


def signatures_verify_in_python(page):
    made = page.ask(
        """async ({canonical, session}) => {
            const keys = await crypto.subtle.generateKey({name: "ECDSA", namedCurve: "P-256"}, false, ["sign", "verify"]);
            session.session.profile = {id: "coop", keys};
            const op = {id: canonical.uuid7(), body: {plot: "老屋背", quantity: "420.5"}, seq: 3};
            const sig = await session.sign(canonical.utf8(canonical.canonical(op)));
            session.session.profile = null;
            const raw = await crypto.subtle.exportKey("pkcs8", keys.privateKey).then(() => "exported", () => "locked in");
            return {op, sig, raw, jwk: await crypto.subtle.exportKey("jwk", keys.publicKey)};
        }"""
    )
    assert made["raw"] == "locked in"
    x, y = (int.from_bytes(urlsafe_b64decode(made["jwk"][axis] + "==")) for axis in ("x", "y"))
    raw = urlsafe_b64decode(made["sig"] + "==")
    assert len(raw) == 64
    signature = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key().verify(
        signature, rfc8785.dumps(made["op"]), ec.ECDSA(SHA256())
    )


def ids_are_uuids_of_version_7_in_order(page):
    made = page.ask(
        "({canonical}) => { const now = Date.now(); return {now, ids: Array.from({length: 10000}, () => canonical.uuid7(now))}; }"
    )
    ids = made["ids"]
    assert len(set(ids)) == len(ids) and ids == sorted(ids)
    for text in ids[::500]:
        found = uuid.UUID(text)
        assert found.version == 7 and found.variant == uuid.RFC_4122
        assert abs((found.int >> 80) - made["now"]) <= 5


def symbols_are_read_by_another_reader(page):
    for length in (3, 17, 60, 230, 600, 1200):
        text = ("土枇杷" + "loquat-field-queue 0123456789 " * 60).encode()[:length].decode(errors="ignore")
        rows = page.ask("({qr}, text) => qr.qrMatrix(text)", text)
        side = len(rows) + 8
        picture = Image.new("L", (side, side), 255)
        for y, row in enumerate(rows):
            for x, dark in enumerate(row):
                picture.putpixel((x + 4, y + 4), 0 if dark else 255)
        (found,) = zxingcpp.read_barcodes(picture.resize((side * 4, side * 4), Image.Resampling.NEAREST))
        assert found.text == text


def both_languages_say_everything(page):
    words = page.ask("({words}) => words.WORDS")
    assert words["zh"].keys() == words["en"].keys()
    gaps = re.compile(r"\{\w+\}")
    han = re.compile(r"[\u4e00-\u9fff]")
    for key, chinese in words["zh"].items():
        english = words["en"][key]
        assert sorted(gaps.findall(chinese)) == sorted(gaps.findall(english)), key
        assert english.strip() and not han.search(english), key
    source = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "static/field").glob("*.js") if path.name != "words.js"
    )
    used = set(re.findall(r"\bt\(\"([a-z0-9_]+)\"", source)) | set(
        re.findall(r"\"((?:ask|method|fert|weather|tend|severity|part|to)_[a-z_]+)\"", source)
    )
    assert len(used) > 150 and used <= words["zh"].keys(), used - words["zh"].keys()
    assert not re.search(
        r"[\u4e00-\u9fff]",
        re.sub(r"//.*|/\*.*?\*/|\"(公斤|千克|斤|市斤|克|吨|亩|克/亩|毫升/亩|倍|中文|，)\"|。|“[^”]*”", "", source),
    ), "Chinese outside words.js"


def rules_judge_like_the_platform(page):
    spray = [
        {"plot": "P", "on": "2026-06-30", "phi_days": 21},
        {"plot": "Q", "on": "2026-07-17", "phi_days": 30},
        {"plot": "P", "on": "2026-07-01", "phi_days": None},
    ]
    found = page.ask(
        "({judge}, spray) => ['2026-07-18', '2026-07-20', '2026-07-21', '2026-06-29', '2026-06-30'].map((day) => judge.safetyInterval(spray, 'P', day))",
        spray,
    )
    assert (found[0]["days"], found[0]["earliest"]) == (18, "2026-07-21") and found[1]["days"] == 20
    assert found[2] is None and found[3] is None and found[4]["days"] == 0
    said = page.ask("({words}) => words.t('p8', {day: '6月30日', phi: 21, days: 18, earliest: '7月21日'})")
    assert said == "距最近一次施药（6月30日，安全间隔期21天）仅18天，本批已锁定，最早可于7月21日采收。"
    two_mu = 1333
    yields = page.ask(
        "({judge}, m2) => [1999, 2001, 3000, 4100].map((kg) => judge.judgeYield(kg * 1000, m2, 1000, 2000))", two_mu
    )
    assert [one["over"] for one in yields] == ["", "high", "high", "hard"] and yields[2]["perMu"] == 1500
    assert page.ask(
        "({judge}) => [judge.youngTrees('2024-03-12', '2026-07-18', 4), judge.youngTrees('2022-03-12', '2026-07-18', 4)]"
    ) == [{"year": 2024, "age": 2}, None]
    label = "1151234" + "2" + "001" + "9" * 21
    read = page.ask(
        "({judge}, code) => [judge.readLabel(`https://example.cn/?${code}`), judge.readLabel('12345'), judge.readLabel(code + '1')]",
        label,
    )
    assert read[0] == {"code": label, "prefix": "PD", "lastSix": "151234"} and read[1:] == [None, None]
    assert page.ask(
        "({judge}, code) => [judge.labelFits(judge.readLabel(code), 'PD20151234'), judge.labelFits(judge.readLabel(code), 'PD20150123')]",
        label,
    ) == [True, False]
    assert page.ask("({judge}) => [judge.isEvidence('15'), judge.isEvidence('85'), judge.skewWords(600), judge.skewWords(2 * 86400 + 60), judge.skewWords(-7000)]") == [
        True, False, None, {"unit": "days", "count": 2, "fast": True}, {"unit": "hours", "count": 2, "fast": False},
    ]  # fmt: skip


def pins_open_wait_and_never_forget(page):
    delays = page.ask("({vault}) => [0, 1, 4, 5, 6, 7, 20].map(vault.delayAfter)")
    assert delays == [0, 0, 0, 30, 60, 120, 3600]
    found = page.ask(
        """async ({vault, store, canonical}) => {
            const wrapping = await vault.newWrapping("280417");
            await store.put("profiles", {id: "x", wrapping, wrong: 0, until: 0});
            const tries = [];
            for (const pin of ["111111", "111112", "111113", "111114", "111115", "280417"]) { const tried = await vault.tryPin("x", pin); tries.push(tried.key ? "open" : `${tried.wrong}/${tried.wait > 0}`); }
            const later = await vault.tryPin("x", "280417", Date.now() + 31000);
            const sealed = await vault.seal(later.key, "about", canonical.utf8("老屋背 420.5"));
            const moved = await vault.unseal(later.key, "elsewhere", sealed).then(() => "opened", () => "refused");
            const exported = await crypto.subtle.exportKey("raw", later.key).then(() => "exported", () => "locked in");
            await store.remove("profiles", "x");
            return {tries, iterations: wrapping.iterations, opened: canonical.text(await vault.unseal(later.key, "about", sealed)), moved, exported};
        }"""
    )
    assert found["iterations"] >= 600_000
    assert found["tries"] == ["1/false", "2/false", "3/false", "4/false", "5/true", "5/true"], (
        "after five even the right one waits"
    )
    assert (found["opened"], found["moved"], found["exported"]) == ("老屋背 420.5", "refused", "locked in")
