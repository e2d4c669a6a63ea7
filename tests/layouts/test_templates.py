"""Templates as data: a small sandbox, required fields, words that may not be printed, versions that never change."""

from __future__ import annotations

import time

import pytest
from peewee import IntegrityError

from trace.core.errors import Forbidden, Invalid, RuleBroken
from trace.layouts import claims, queries, sandbox, services
from trace.layouts.models import ClaimWord, LabelTemplate
from trace.layouts.preview import preview_png
from trace.layouts.reference import DATA
from trace.layouts.rules import KINDS

PACK = (DATA / "pack.txt").read_text("utf-8").strip()
UNSAFE = [
    "{% for n in range(10**9) %}x{% endfor %}",
    "{{ name.__class__.__mro__ }}",
    "{{ name['__class__'] }}",
    "{{ cycler() }}",
    "{{ name|attr('x') }}",
    "{{ name * 1000000000 }}",
    "{{ 'x'.join(name) }}",
    "{% set name = 1 %}",
    "{% macro m() %}{% endmacro %}",
    "{% include 'labels/run.html' %}",
    "{% import 'x' as y %}",
    "{% raw %}{{ code }}{% endraw %}{% filter upper %}x{% endfilter %}",
    "{{ [1,2,3] }}",
    "{{ {'a': 1} }}",
    "{{ 9**9**9**9 }}",
]


@pytest.mark.parametrize("kind", KINDS)
def test_shipped_templates_pass_their_own_check_and_can_be_drawn_on_every_medium_but_the_smallest(kind: str):
    body = (DATA / f"{kind}.txt").read_text("utf-8").strip()
    sandbox.check_template(kind, body)
    refused = []
    for medium in KINDS[kind].media:
        try:
            assert preview_png(kind, body, medium, "https://trace.example.cn").startswith(b"\x89PNG")
        except RuleBroken as error:
            assert "印出来会小于 1.8 毫米" in str(error)
            refused.append(medium)
    assert set(refused) <= {"a4_4x10"}


@pytest.mark.parametrize("attack", UNSAFE)
def test_what_is_not_text_variable_or_if_is_refused_before_it_runs(attack: str):
    begun = time.perf_counter()
    with pytest.raises(Invalid, match="不允许的写法"):
        sandbox.check_template("pack", f"{PACK}\n{attack}")
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (PACK.replace("{{ code }}", ""), r"缺少必须印出的内容 code"),
        (PACK.replace("{{ net }}", ""), r"缺少必须印出的内容 net"),
        (PACK.replace("净含量：{{ net }}", "{% if before and not before %}{{ net }}{% endif %}"), r"缺少必须印出的内容 net"),
        (PACK + "\n{{ farmer_phone }}", "没有名为 farmer_phone 的变量"),
        (PACK + "\n{% if before %}", "写法有误"),
        (PACK.replace("{{ code }}", "{{ code }} 请扫"), "后面不能再有文字"),
        (PACK + "\n" + "字" * 2100, "不能超过 2000 字"),
        (PACK + "\ue000code\ue001", "无法打印的控制字符"),
    ],
)  # fmt: skip
def test_a_template_lacking_something_or_with_foreign_words_is_refused_with_the_reason(body: str, words: str):
    with pytest.raises(Invalid, match=words):
        sandbox.check_template("pack", body)


def test_a_certificate_says_what_it_is():
    body = (DATA / "certificate.txt").read_text("utf-8").replace("承诺达标合格证", "合格证")
    with pytest.raises(Invalid, match="必须有“承诺达标合格证”字样"):
        sandbox.check_template("certificate", body)


def test_html_in_a_template_stays_text_and_empty_lines_fall_away():
    lines = sandbox.render(
        "# {{ name }}\n{% if before %}至 {{ before }}{% endif %}\n<b>{{ net }}</b>",
        {"name": "a<script>", "before": "", "net": "1"},
    )
    assert lines == ["# a<script>", "<b>1</b>"]


def test_the_county_writes_a_new_version_and_the_old_one_stays(home):
    made = services.save_template(home.actor("bureau"), "pack", "新版", PACK.replace("净含量", "净重"), "改称呼")
    assert (made.code, queries.current("pack").code) == ("pack-v2", "pack-v2")
    assert queries.by_code("pack-v1").body == PACK
    services.switch_template(home.actor("bureau"), "pack-v2", False)
    assert queries.current("pack").code == "pack-v1"
    with pytest.raises(RuleBroken, match="至少要有一个在用的模板"):
        services.switch_template(home.actor("bureau"), "pack-v1", False)
    with pytest.raises(Forbidden):
        services.save_template(home.actor("coop"), "pack", "x", PACK)
    with pytest.raises(IntegrityError):
        LabelTemplate.create(code="x", kind="pack", version=1, name="x", body="x", made_at=made.made_at, made_by="x")


@pytest.mark.parametrize("typed", ["止咳化痰", "止 咳 化 痰", "止·咳·化·痰", "止\u200b咳化痰"])
def test_words_of_cures_are_refused_however_they_are_spaced(home, typed: str):
    with pytest.raises(Invalid, match="^普通食品不得宣称疾病预防、治疗功能，请删除‘止咳化痰’。$"):
        services.save_template(home.actor("bureau"), "pack", "x", PACK.replace("扫码看来历", typed))


def test_words_of_marks_need_their_document(database):
    with pytest.raises(Invalid, match="‘绿色食品’须有有效期内的证书"):
        claims.check_text("绿色食品 土枇杷")
    claims.check_text("绿色食品 土枇杷", titles=("green_food",))
    claims.check_text("土枇杷干果 250克 松江镇")


def test_the_county_adds_a_word_and_takes_it_back(home):
    actor = home.actor("market")
    services.add_word(actor, "补肾", "health", source="举报")
    with pytest.raises(Invalid, match="请删除‘补肾’"):
        claims.check_text("土枇杷补肾茶")
    services.switch_word(actor, "补肾", False)
    claims.check_text("土枇杷补肾茶")
    with pytest.raises(Invalid, match="标志用语须选择对应的证书"):
        services.add_word(actor, "有机土枇杷", "mark")
    assert ClaimWord.get(ClaimWord.word == "补肾").source == "举报"
