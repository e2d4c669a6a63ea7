"""The English interface is complete: every text people read has its translation, with the same values in it."""

from __future__ import annotations

import importlib.util
import io
import re
from pathlib import Path

from babel.messages.mofile import write_mo

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("catalogue", ROOT / "translations/catalogue.py")
catalogue = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(catalogue)

VALUE = re.compile(r"%\(\w+\)\.?\d*[sdf]|%%")
HAN = re.compile(r"[\u4e00-\u9fff]")
KEPT = {"bilingual": "衡南土枇杷溯源 Loquat Trace"}


def translated() -> dict[str, str]:
    return {message.id: message.string for message in catalogue.load() if isinstance(message.id, str) and message.id}


def test_every_text_is_translated():
    known = translated()
    texts = catalogue.messages()
    assert len(texts) > 1000
    assert not {text for text in texts if not known.get(text)}


def test_translations_carry_the_same_values():
    for text, english in translated().items():
        assert sorted(VALUE.findall(text)) == sorted(VALUE.findall(english)), text


def test_english_is_english():
    units = {"50万元", "250克", "元", "万元", "亩", "公顷", "平方米", "公斤", "斤"}
    # What a table of rows to import is filled in with, and its sheet.
    units |= {"“是”", "“否”", "“填写”", "2026年7月18日"}
    # Words that have to be written, or that banks write, exactly so.
    units |= {"“（选交）”", "成功", "失败", "退票", "“日期”", "“金额”", "“附言”", "“摘要”"}
    for text, english in translated().items():
        left = english
        for unit in sorted(units, key=len, reverse=True):
            left = left.replace(unit, "")
        assert text in KEPT.values() or not HAN.search(left), english


def test_the_compiled_catalogue_is_that_of_the_source():
    buffer = io.BytesIO()
    write_mo(buffer, catalogue.load())
    assert buffer.getvalue() == catalogue.PO.with_suffix(".mo").read_bytes()
