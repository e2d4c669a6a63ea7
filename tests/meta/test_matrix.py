"""Every verb of every door × every role: who lacks the permission gets 403, who has it never an error."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

import trace
from tests.conftest import csrf
from trace.core.actor import GRANTS, Permission, Role
from trace.web.access import Access, levels_of

USERS = {role.value: role for role in Role} | {"coop2": Role.COOP, "township2": Role.TOWNSHIP}
ANSWERS = {200, 201, 302, 404, 409, 422}
UNTOUCHED = {"accounts.sign_out"}
"""Ends the session the test goes round with."""
PHONES = {"api-sync.photo_state", "api-sync.put_photo"}
"""The token of a person is refused here even with the permission: only a registered phone may (tests/sync/test_photos.py)."""
FOR_LATER = {Permission.ROLE_GRANT}
"""Held by roles whose pages come with a later step; leaves this set when the first door asks for it."""


def doors(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, verb, address) of everything that is not public, with an X in place of codes."""
    return [
        (rule.endpoint, method, re.sub(r"<[^>]+>", "X", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
        if Access.PUBLIC not in levels_of(app, rule.endpoint) and rule.endpoint not in UNTOUCHED
    ]


@pytest.mark.parametrize("username", USERS)
def test_every_role_at_every_door(app: Flask, home, sign_in, token, username):
    wrong, role = [], USERS[username]
    browser, headers = sign_in(username), token(username)
    headers_of_pages = {"X-CSRFToken": csrf(browser, "/account/password")}
    for endpoint, method, address in doors(app):
        if address.startswith("/api/"):
            more = {} if method == "GET" else {"json": {}}
            status = app.test_client().open(address, method=method, headers=headers, **more).status_code
        else:
            status = browser.open(address, method=method, headers=headers_of_pages).status_code
        needed = {level for level in levels_of(app, endpoint) if isinstance(level, Permission)}
        open_to = {403, 422} if endpoint in PHONES else ANSWERS
        if status not in ({403} if needed and not needed & GRANTS[role] else open_to):
            wrong.append(f"{username} {method} {address}: {status}")
    assert wrong == []


def test_nobody_without_a_token_at_the_interface(app: Flask):
    for _, method, address in doors(app):
        if address.startswith("/api/"):
            for headers in (
                {},
                {"Authorization": "Bearer "},
                {"Authorization": "Basic Y29vcDp4"},
                {"Authorization": "Bearer x"},
            ):
                answer = app.test_client().open(address, method=method, headers=headers)
                assert (answer.status_code, answer.content_type) == (401, "application/problem+json"), (
                    f"{method} {address}"
                )


def test_every_operation_names_a_permission_that_somebody_has():
    granted, used = set().union(*GRANTS.values()), set()
    for path in Path(trace.__path__[0]).rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "operation" and len(call.args) == 2:
                used |= {part.attr for part in ast.walk(call.args[1]) if isinstance(part, ast.Attribute)}
    names = {name for name in used if name in Permission.__members__}
    assert len(names) > 10, "the pattern finds too little"
    assert {name for name in names if Permission[name] not in granted} == set()


def test_every_permission_is_held_and_asked_for(app: Flask):
    """A permission that nothing asks for is a promise nobody keeps; one that nobody holds is a locked room."""
    asked = {level for rule in app.url_map.iter_rules() for level in levels_of(app, rule.endpoint)}
    text = "".join(
        path.read_text(encoding="utf-8") for path in Path(trace.__path__[0]).rglob("*.py") if path.name != "actor.py"
    )
    named = {
        permission for permission in Permission if re.search(rf"\bP(ermission)?\.{permission.name}\b", text)
    } | asked
    held = set().union(*GRANTS.values())
    assert held - named == FOR_LATER
    assert named & set(Permission) - held == set()
