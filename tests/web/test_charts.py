"""Pictures drawn by macros, with many and with few points."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template_string

CALL = '{% import "_ui/charts.html" as charts with context %}{{ charts.trend(points, band=band, plan=plan, title="产量") }}'


@pytest.mark.parametrize(("count", "written"), [(0, 0), (1, 1), (2, 2), (14, 14), (15, 8), (40, 10)])
def test_a_trend_of_any_length_is_drawn_and_its_labels_do_not_crowd(app: Flask, count: int, written: int):
    points = [{"label": f"P{n}", "value": n + 1, "figure": f"{n + 1}"} for n in range(count)]
    with app.test_request_context("/"):
        text = render_template_string(CALL, points=points, band=[], plan=[])
    assert text.count("<circle") == count
    shown = re.findall(r'y="252" text-anchor="middle">(P\d+)<', text)
    assert len(shown) == written and shown[:1] == ["P0"][:written]


def test_the_forecast_begins_where_the_points_end(app: Flask):
    points = [{"label": f"P{n}", "value": 10, "figure": "10"} for n in range(20)]
    band = [{"label": f"F{n}", "low": 8, "mid": 12, "high": 16} for n in range(3)]
    with app.test_request_context("/"):
        text = render_template_string(
            CALL, points=points, band=band, plan=[{"label": "F2", "value": 15, "figure": "15"}]
        )
    dashed = re.search(r'stroke-dasharray="5 4" points="([^"]+)"', text)[1].split()
    assert len(dashed) == 4 and dashed[0].startswith("467.3,")
