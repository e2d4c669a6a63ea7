"""Looks for personal numbers and names in whatever the platform gives away: pages, papers with their metadata, tables, file names, logs.

What is looked for comes out of the vault and the register of the loaded county, never from a list in the test.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import unquote, urljoin, urlsplit

import pypdfium2
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from trace.registry.models import HouseholdMember, Party
from trace.registry.vault import vault
from trace.tables import ALL_TABLES

PERSONS = ("household", "family_farm")
SEPARATED = re.compile(r"(?<=\d)[ \u00a0\u2009-](?=\d)")
RUN = re.compile(r"[0-9]{10,}[Xx]?")
HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Secrets:
    """What must not get out: numbers, their search hashes (a phone can be guessed from one), full names of persons."""

    numbers: frozenset[str]
    hashes: frozenset[str]
    names: tuple[str, ...]

    def found_in(self, text: str, *, names: bool) -> list[str]:
        """Those a text holds. Digits may be set apart by spaces or dashes."""
        found = {run for run in self._runs(text)}
        found |= self.hashes & set(HASH.findall(text))
        if names:
            found |= {name for name in self.names if name in text}
        return sorted(found)

    def _runs(self, text: str) -> Iterator[str]:
        for shape in (text, SEPARATED.sub("", text)):
            for run in RUN.findall(shape):
                upper = run.upper()
                for size in self._sizes:
                    for start in range(len(upper) - size + 1):
                        if upper[start : start + size] in self.numbers:
                            yield upper[start : start + size]

    @property
    def _sizes(self) -> tuple[int, ...]:
        return tuple({len(number) for number in self.numbers})


def secrets() -> Secrets:
    """Everything sealed in any table, opened; the hashes beside it; the names of all persons."""
    numbers, hashes = set(), set()
    for table in ALL_TABLES:
        for field in table._meta.sorted_fields:
            if field.name.endswith("_sealed"):
                numbers |= {vault().unseal(value).upper() for (value,) in table.select(field).tuples() if value}
            elif field.name.endswith("_hash") and any(
                f"{field.name[:-5]}_sealed" == one.name for one in table._meta.sorted_fields
            ):
                hashes |= {value for (value,) in table.select(field).tuples() if value}
    names = {name for (name,) in Party.select(Party.name).where(Party.kind.in_(PERSONS)).tuples()}
    names |= {name for (name,) in HouseholdMember.select(HouseholdMember.name).tuples()}
    digits = {re.sub(r"[^0-9X]", "", number) for number in numbers}
    return Secrets(frozenset(number for number in digits if len(number) >= 11), frozenset(hashes), tuple(sorted(names)))


def texts(answer: TestResponse) -> Iterator[tuple[str, str]]:
    """(where, text) of everything an answer carries: headers with the file's name, the body, metadata, members of an archive."""
    yield (
        "headers",
        unquote(" ".join(f"{key}: {value}" for key, value in answer.headers if key.lower() != "set-cookie")),
    )
    yield from texts_of(answer.data, answer.mimetype)


def texts_of(body: bytes, mimetype: str = "") -> Iterator[tuple[str, str]]:
    """The same of a file."""
    if body[:5] == b"%PDF-":
        pages = pypdfium2.PdfDocument(BytesIO(body))
        yield "pdf metadata", json.dumps(pages.get_metadata_dict(), ensure_ascii=False)
        for number, page in enumerate(pages, 1):
            yield f"pdf page {number}", page.get_textpage().get_text_range()
        yield "pdf file", body.decode("latin-1")
    elif body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(BytesIO(body)) as archive:
            for name in archive.namelist():
                yield f"name of {name}", name
                for _, text in texts_of(archive.read(name)):
                    yield name, text
    elif not mimetype.startswith(("image/", "font/")):
        text = body.decode("utf-8", "replace")
        yield "body", unescape(text) if "<" in text[:2000] else text
        if "\\u" in text:
            yield "body, unescaped", re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)


def leaks(known: Secrets, answer: TestResponse, *, names: bool) -> list[str]:
    """What an answer gives away, and where."""
    return [f"{where}: {secret}" for where, text in texts(answer) for secret in known.found_in(text, names=names)]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Addresses of links."""
        self.found += [value for key, value in attrs if tag == "a" and key == "href" and value]


def walk(
    app: Flask, browser: FlaskClient, starts: Iterable[str], each: int, counts: dict[str, int] | None = None,
    follow: Callable[[str], bool] = lambda path: True,
) -> Iterator[tuple[str, str, TestResponse]]:  # fmt: skip
    """Follow links as a reader would, at most ``each`` addresses of one door: (door, address, answer).

    Walks that share ``counts`` share the work: a door the first has opened often enough is left out by the next. ``follow`` leaves paths out.
    A link to no door, or to one that only takes forms, is opened too: its answer says so.
    """
    router = app.url_map.bind("localhost")
    seen: set[str] = set()
    counts = {} if counts is None else counts
    first = set(starts)
    todo = sorted(first)
    while todo:
        address = todo.pop(0)
        path = urlsplit(address).path
        if address in seen or not follow(path):
            continue
        door = router.match(path, "GET")[0] if router.test(path, "GET") else f"no door: {path}"
        kind = path.rpartition(".")[2] if "." in path else ""
        if address not in first and (counts.get(door + kind, 0) >= each or door in ("static", "language.switch")):
            continue
        seen.add(address)
        counts[door + kind] = counts.get(door + kind, 0) + 1
        answer = browser.get(address)
        yield door, address, answer
        if answer.mimetype == "text/html":
            links = _Links()
            links.feed(answer.text)
            todo += [
                urljoin(address, link) for link in links.found if not link.startswith(("http", "#", "mailto:", "tel:"))
            ]
        elif answer.location:
            todo.append(answer.location)
