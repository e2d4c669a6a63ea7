"""The main navigation: every page a role may open, once, on one line; folded by work where there are many."""

from __future__ import annotations

import re

import pytest
from flask import Flask, g

from trace.core.actor import Role
from trace.web.navigation import NAVIGATION, ONE_LINE, navigation


@pytest.mark.parametrize("role", list(Role))
def test_every_page_of_a_role_is_linked_once(app: Flask, home, role: Role):
    actor = home.actor(role.value)
    with app.test_request_context("/desk"):
        g.actor = actor
        sections = navigation()
    links = [link.href for section in sections for link in section.links]
    assert links == [href for _, href, _, need in NAVIGATION if actor.can(need)]
    assert len(sections) <= ONE_LINE
    assert len(links) > ONE_LINE or all(len(section.links) == 1 for section in sections)


def test_folded_sections_open_without_a_script_and_say_where_one_is(sign_in, home):
    text = sign_in("coop").get("/lots").text
    bar = re.search(r'<nav class="nav".*?</nav>', text, re.S)[0]
    assert bar.count('<details class="drop" name="nav"') == bar.count("<summary") >= 4
    here = re.search(r'<summary class="here">.*?</summary>', bar, re.S)[0]
    assert "收购加工" in here and "批次" in here
    assert re.findall(r'<a href="([^"]+)" aria-current="page"', bar) == ["/lots"]


def test_few_pages_stand_side_by_side(sign_in, home):
    bar = re.search(r'<nav class="nav".*?</nav>', sign_in("statistics").get("/targets").text, re.S)[0]
    assert "<details" not in bar and 'href="/targets" aria-current="page"' in bar
