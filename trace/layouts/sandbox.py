"""Templates of labels: a small part of Jinja, read and judged before anything runs.

Allowed are texts, variables of the kind, and ``{% if %}`` over variables; nothing else: no loops (they could run for ever), no calls, no attributes
(they lead out of the sandbox), no filters, no includes. The result is plain lines of text; HTML in it stays text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from trace.core.errors import FieldError, Invalid
from trace.core.text import N_, Message
from trace.layouts.rules import CERTIFICATE_WORDS, KINDS, SLOTS

MAX_LENGTH, MAX_LINES = 2000, 40
MISSING = N_("缺少必须印出的内容 %(name)s。")
ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.Not, nodes.And, nodes.Or, nodes.Const, nodes.Compare, nodes.Operand,
)  # fmt: skip
_environment = ImmutableSandboxedEnvironment(trim_blocks=False, lstrip_blocks=False, keep_trailing_newline=False)
BEGIN, END = "\ue000", "\ue001"
"""Around the name of a slot in rendered lines; private characters, refused in templates and facts."""


def check_template(kind: str, body: str) -> None:
    """Refuse a template with every reason found: syntax, foreign variables, what is missing, what is not allowed."""
    _raise(_signs(body))
    tree = _tree(body)
    _raise([*_unsafe(tree), *_variables(kind, tree), *_words(kind, body)])
    _raise(_shown(kind, render(body, KINDS[kind].samples)))


def _raise(errors: Iterable[FieldError]) -> None:
    if found := list(errors):
        raise Invalid.of(found)


def _fault(code: str, template: str, **values: Any) -> FieldError:
    return FieldError("body", code, Message(template, values))


def _signs(body: str) -> Iterator[FieldError]:
    if len(body) > MAX_LENGTH or body.count("\n") >= MAX_LINES:
        yield _fault("TEMPLATE_LONG", N_("模板不能超过 %(most)s 字、%(lines)s 行。"), most=MAX_LENGTH, lines=MAX_LINES)
    if any(char in body for char in (BEGIN, END)) or any(ord(char) < 32 and char != "\n" for char in body):
        yield _fault("TEMPLATE_SIGNS", N_("模板里有无法打印的控制字符，请删除后重填。"))


def _unsafe(tree: nodes.Template) -> Iterator[FieldError]:
    found = next((node for node in _walk(tree) if not isinstance(node, ALLOWED)), None)
    if found is not None:
        yield _fault(
            "TEMPLATE_UNSAFE",
            N_("模板第 %(line)s 行用了不允许的写法，只能写文字、变量和 if…endif。"),
            line=found.lineno,
        )


def _variables(kind: str, tree: nodes.Template) -> Iterator[FieldError]:
    used = {node.name for node in tree.find_all(nodes.Name)}
    for name in sorted(used - set(KINDS[kind].samples)):
        yield _fault("TEMPLATE_VARIABLE", N_("没有名为 %(name)s 的变量，请从清单里选用。"), name=name)
    for name in KINDS[kind].required:
        if name not in used:
            yield _fault("TEMPLATE_FIELD_MISSING", MISSING, name=name)


def _words(kind: str, body: str) -> Iterator[FieldError]:
    if kind == "certificate" and CERTIFICATE_WORDS not in body:
        yield _fault("TEMPLATE_WORDS_MISSING", N_("合格证上必须有“承诺达标合格证”字样。"))


def _shown(kind: str, lines: list[str]) -> Iterator[FieldError]:
    """What must be printed is printed, not only named: a condition may have hidden it."""
    for name in KINDS[kind].required:
        shown = f"{BEGIN}{name}{END}" if name in SLOTS else KINDS[kind].samples[name].splitlines()[0]
        if not any(shown in line for line in lines):
            yield _fault("TEMPLATE_FIELD_MISSING", MISSING, name=name)
    if any(line.split(f"{BEGIN}code{END}")[1:] not in ([], [""]) for line in lines):
        yield _fault("TEMPLATE_CODE_LAST", N_("变量 code 后面不能再有文字，请另起一行。"))


def render(body: str, facts: dict[str, str]) -> list[str]:
    """The lines of a label; slots stand between private marks, empty lines fall away."""
    values = {**facts, **{name: f"{BEGIN}{name}{END}" for name in SLOTS}}
    text = _environment.from_string(body).render(values)
    return [line.rstrip() for line in text.splitlines() if line.strip() and line.strip() != "#"]


def literal_text(body: str) -> str:
    """What the template itself says, without its variables."""
    return "".join(node.data for node in _tree(body).find_all(nodes.TemplateData))


def _tree(body: str) -> nodes.Template:
    try:
        return _environment.parse(body)
    except TemplateSyntaxError as error:
        raise Invalid(
            "模板第 %(line)s 行写法有误，请检查括号是否成对。",
            code="TEMPLATE_SYNTAX",
            field="body",
            line=error.lineno,
        ) from error


def _walk(node: nodes.Node) -> Any:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)
