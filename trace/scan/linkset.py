"""What a GS1 resolver offers of a code, as a link set (RFC 9264, GS1-Conformant resolver standard 1.1). Pure."""

from __future__ import annotations

from typing import Any

from trace.scan.answers import Seen
from trace.scan.rules import Verdict

LINKSET = "application/linkset+json"
VOCABULARY = "https://gs1.org/voc/"
LINK_TYPES = (
    "gs1:defaultLink",
    "gs1:pip",
    "gs1:traceability",
    "gs1:certificationInfo",
    "gs1:recallStatus",
    "gs1:verificationService",
    "gs1:support",
)
"""The types of the GS1 web vocabulary that some code of ours has a link for."""
LANGUAGES = ("zh-Hans", "en")


def type_wanted(link_type: str, accept: str) -> str:
    """What is asked for: :data:`LINKSET`, the name of a link type, or nothing in particular (the page).

    A browser lists ``text/html`` and gets the page, whatever else it accepts; only who asks for the link set by name gets it.
    """
    if link_type in ("linkset", "all"):
        return LINKSET
    if link_type:
        return "" if link_type == "gs1:defaultLink" else link_type
    accepted = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    return LINKSET if LINKSET in accepted and "text/html" not in accepted else ""


def offers(seen: Seen, anchor: str, base: str, gtin: str = "") -> dict[str, Any]:
    """The link set of one code, addresses absolute. ``anchor``: the address asked for; ``gtin``: the number it named, if it did."""
    page = f"{base}/t/{seen.code}"
    html = [_link(f"{page}?lang={short}", title, "text/html", [code]) for short, code, title in (("zh", "zh-Hans", "追溯页"), ("en", "en", "Traceability page"))]  # fmt: skip
    context: dict[str, Any] = {"anchor": anchor}
    if gtin:
        context["itemDescription"] = f"GTIN {gtin}"
    context[_term("defaultLink")] = [_link(page, "追溯页", "text/html", list(LANGUAGES))]
    context[_term("pip")] = html
    context[_term("recallStatus")] = [_link(f"{page}/recall.json", "是否召回", "application/json")]
    if seen.verdict is not Verdict.NOT_ACTIVE:
        context[_term("traceability")] = [_link(f"{page}#story", "一路走来", "text/html", list(LANGUAGES))]
        context[_term("certificationInfo")] = [
            _link(f"{page}#papers", "承诺达标合格证和检测", "text/html", list(LANGUAGES))
        ]
    context[_term("verificationService")] = [_link(f"{base}/log", "防篡改日志", "text/html", list(LANGUAGES))]
    context[_term("support")] = [_link(f"{page}/complaint", "投诉举报", "text/html", list(LANGUAGES))]
    return {"linkset": [context]}


def description(base: str) -> dict[str, Any]:
    """``/.well-known/gs1resolver``: what this resolver understands."""
    return {
        "name": "衡南县土枇杷溯源平台",
        "resolverRoot": base,
        "supportedPrimaryKeys": ["01"],
        "supportedLinkType": [
            {"namespace": VOCABULARY, "prefix": "gs1:", "profile": "https://www.gs1.org/voc/?show=linktypes"}
        ],
        "linkTypeDefaultCanBeLinkset": False,
        "supportedContextValuesEnumerated": [],
        "supportsSemanticInterpretation": False,
    }


def _term(name: str) -> str:
    return VOCABULARY + name


def _link(address: str, title: str, media: str, languages: list[str] | None = None) -> dict[str, Any]:
    link: dict[str, Any] = {"href": address, "title": title, "type": media}
    return {**link, "hreflang": languages} if languages else link
