"""GB/T 9704-2012, measured on the PDF: margins, 22 lines of 28 characters, page numbers, fonts; what the system never prints."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from tests.pdf.papers import fonts, lines, pages, text_of, undrawn
from trace.app import create_app
from trace.db import close_database
from trace.pdf import official as layout
from trace.pdf.official import Block, Paper, official
from trace.pdf.render import FONTS
from trace.settings import load_settings

RARE = "坵喆堃㎡"
GRID = Paper("", [Block((RARE + "政府办公室关于" * 4)[:28] * 66)], kind="plain")


@pytest.fixture
def paper_app(tmp_path: Path):
    """The application without data; ``fonts`` are the county's own."""

    def build(**own: str):
        settings = load_settings(
            testing=True, instance=tmp_path, database_url=f"sqlite:///{tmp_path}/x.db", secret_key="x" * 32, **own
        )
        app = create_app(settings)
        app.extensions["demo_mode"] = lambda: False
        return app

    yield build
    close_database()


@pytest.fixture
def printed(paper_app):
    """Print a paper with the shipped fonts."""
    app = paper_app()

    def make(paper: Paper) -> bytes:
        with app.test_request_context():
            return official(paper)

    return make


def test_a_full_page_has_22_lines_of_28_characters_within_a_millimetre(printed):
    found = pages(printed(GRID))
    assert len(found) >= 3
    for number, glyphs in enumerate(found[:3], 1):
        rows = lines(glyphs)
        assert len(rows) == 22, number
        assert [len(row) for row in rows] == ([26] if number == 1 else [28]) + [28] * 21
        pitch = (rows[21][-1].bottom - rows[0][-1].bottom) / 21
        assert abs(pitch * 22 - 225) < 1
        cell = (rows[1][27].left - rows[1][0].left) / 27
        assert abs(cell * 28 - 156) < 1
        # The box of the text: half the leading above the first line and below the last belongs to it.
        leading = (225 / 22 - 16 / 72 * 25.4) / 2
        assert abs(min(g.top for g in rows[0]) - leading - 37) < 1
        assert abs(max(g.bottom for g in rows[21]) + leading - (297 - 35)) < 1
        assert abs(min(row[0].left for row in rows) - 28) < 1
        assert abs(max(row[-1].right for row in rows) - (210 - 26)) < 1


def test_page_numbers_stand_outside_seven_millimetres_below(printed):
    for number, glyphs in enumerate(pages(printed(GRID))[:4], 1):
        foot = [g for g in glyphs if g.top > 262]
        assert "".join(g.char for g in foot) == f"—{number}—"
        assert abs(foot[0].top - (262 + 7)) < 0.5, "the dash, 7 mm below the 版心"
        if number % 2:
            assert 170 < foot[-1].right < 184 - 4 and abs(184 - foot[-1].right - 5.3) < 1, (
                "odd: right, one character in"
            )
        else:
            assert abs(foot[0].left - 28 - 5.3) < 1, "even: left, one character in"


def test_fonts_are_embedded_and_every_character_is_drawn(printed):
    body = printed(GRID)
    assert fonts(body) and all(fonts(body).values())
    assert undrawn(body) == 0
    assert all(char in text_of(body) for char in RARE)
    assert layout.missing_glyphs(RARE + "𠀀", {}) == {"𠀀"}


def test_a_character_nobody_has_is_found_by_the_counter(printed):
    """Else the test above could not fail."""
    assert undrawn(printed(Paper("", [Block("政𠀀府")], kind="plain"))) == 1


def test_the_countys_own_font_falls_back_glyph_by_glyph(paper_app, tmp_path: Path):
    """A body font that lacks 坵 and ㎡ (as FandolFang does) draws what it has; the shipped font draws the rest, on the same grid."""
    own = county_font(tmp_path / "county.ttf")
    app = paper_app(font_body=str(own))
    with app.test_request_context():
        body = official(GRID)
    assert layout.missing_glyphs(RARE, app.config["TRACE"].paper_fonts) == set()
    assert undrawn(body) == 0
    assert sorted(name.partition("+")[2] for name in fonts(body)) == ["Noto-Serif-SC", "own-body"]
    assert all(char in text_of(body) for char in RARE)
    assert [len(row) for row in lines(pages(body)[1])] == [28] * 22


def test_a_draft_has_an_empty_number_and_no_head(printed):
    paper = Paper(
        "关于松江镇土枇杷产业有关问题的\n整改通知", [Block("情况如下。"), Block(level=1, lead="问题"), Block("一。", 2, "甲。"), Block("乙。", 3)],
        to="松江镇人民政府", issuer="办公室", signed_on="2026年7月8日", attachments=["问题清单", "整改方案"], copies="县林业局。", printed="办公室",
    )  # fmt: skip
    body = printed(paper)
    text = text_of(body)
    assert text.startswith("送审稿〔〕号关于松江镇土枇杷产业有关问题的整改通知松江镇人民政府：")
    assert "一、问题（一）甲。一。1.乙。" in text and "附件：1.问题清单2.整改方案" in text
    assert "2026年7月8日印发" in text and "系统生成" not in text
    title = [g for g in pages(body)[0] if g.char == "整"][0]
    body_glyph = [g for g in pages(body)[0] if g.char == "情"][0]
    assert (title.right - title.left) / (body_glyph.right - body_glyph.left) == pytest.approx(22 / 16, abs=0.15)
    assert b"/Subtype /Image" not in body and not red(body), "no seal, no red"


def test_a_report_says_that_nobody_signed_it(printed):
    text = text_of(
        printed(
            Paper(
                "得分表",
                [Block("文")],
                kind="report",
                generated_at=datetime(2026, 7, 8, 1, tzinfo=UTC),
                digest="abc123",
            )
        )
    )
    assert "系统生成，未经签发" in text and "2026-07-0809:00" in text and "abc123" in text
    assert "送审稿" not in text and "号" not in text


def test_a_signature_never_stands_on_a_page_without_text(printed):
    for count in range(300, 420, 28):
        body = printed(
            Paper(
                "通知",
                [Block("字" * count)],
                issuer="办公室",
                signed_on="2026年7月8日",
                copies="局。",
                printed="办公室",
            )
        )
        last = "".join(g.char for g in pages(body)[-1])
        assert "字" in last and "办公室" in last and "抄送" in last, count


def test_titles_break_into_even_lines_never_inside_a_name_of_a_paper():
    text = "关于印发《衡南县土枇杷特色产业发展2026年度目标管理考核方案》的通知"
    broken = layout.title_lines(text)
    assert "".join(broken) == text and len(broken) == 2 and max(map(len, broken)) <= 22
    assert layout.title_lines("短题") == ["短题"] and layout.title_lines("甲\n乙") == ["甲", "乙"]


def test_levels_are_numbered_anew_under_each_head():
    blocks = [
        Block(level=1),
        Block(level=2),
        Block(level=2),
        Block(level=1),
        Block(level=2),
        Block(level=3),
        Block(level=4),
    ]
    assert [lead for _, lead, _ in layout.numbered(blocks)] == [
        "一、",
        "（一）",
        "（二）",
        "二、",
        "（一）",
        "1.",
        "（1）",
    ]
    assert [layout.chinese(n) for n in (10, 11, 20, 22)] == ["十", "十一", "二十", "二十二"]


def test_nothing_but_fonts_is_fetched(printed):
    with pytest.raises(ValueError, match="refused"):
        layout.PaperFonts({}).fetch("file:///etc/passwd")
    assert "<script>" in text_of(printed(Paper("题", [Block("<script>alert(1)</script>")], kind="plain")))


def county_font(path: Path, **heights: int) -> Path:
    """A font with a few characters only, as if it were the county's own 仿宋."""
    with TTFont(FONTS / "NotoSansSC-Regular.ttf") as font:
        subset = Subsetter(Options())
        subset.populate(text="政府办公室关于喆堃")
        subset.subset(font)
        for name, value in heights.items():
            setattr(font["hhea"], name, value)
            setattr(font["OS/2"], {"ascent": "sTypoAscender", "descent": "sTypoDescender"}[name], value)
        font.save(path)
    return path


def red(body: bytes) -> bool:
    """Is anything on the first page coloured?"""
    picture = pypdfium2.PdfDocument(io.BytesIO(body))[0].render(scale=1).to_pil().convert("RGB")
    return any(max(pixel) - min(pixel) > 40 for _, pixel in picture.getcolors(1 << 24))


def test_faces_of_other_heights_do_not_push_a_line_off_the_page(paper_app, tmp_path: Path):
    """A county font with the low ascent of old 仿宋 files keeps the grid, also in lines that need the fallback."""
    own = county_font(tmp_path / "low.ttf", ascent=859, descent=-141)
    with paper_app(font_body=str(own)).test_request_context():
        assert [len(row) for row in lines(pages(official(GRID))[1])] == [28] * 22
