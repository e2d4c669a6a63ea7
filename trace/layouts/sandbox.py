"""Templates of labels: a small part of Jinja, read and judged before anything runs.

Allowed are texts, variables of the kind, and ``{% if %}`` over variables; nothing else: no loops (they could run for ever), no calls, no attributes
(they lead out of the sandbox), no filters, no includes. The result is plain lines of text; HTML in it stays text.
"""

from __future__ import annotations

from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from trace.core.errors import FieldError, Invalid
from trace.core.text import Message
from trace.layouts.rules import CERTIFICATE_WORDS, KINDS, SLOTS

MAX_LENGTH, MAX_LINES = 2000, 40
ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.Not, nodes.And, nodes.Or, nodes.Const, nodes.Compare, nodes.Operand,
)  # fmt: skip
_environment = ImmutableSandboxedEnvironment(trim_blocks=False, lstrip_blocks=False, keep_trailing_newline=False)
BEGIN, END = "\ue000", "\ue001"
"""Around the name of a slot in rendered lines; private characters, refused in templates and facts."""


def check_template(kind: str, body: str) -> None:
    """Refuse a template with every reason found: syntax, foreign variables, what is missing, what is not allowed."""
    errors: list[FieldError] = []

    def say(code: str, template: str, **values: Any) -> None:
        errors.append(FieldError("body", code, Message(template, values)))

    if len(body) > MAX_LENGTH or body.count("\n") >= MAX_LINES:
        say("TEMPLATE_LONG", "模板不能超过 %(most)s 字、%(lines)s 行。", most=MAX_LENGTH, lines=MAX_LINES)
    if any(char in body for char in (BEGIN, END)) or any(ord(char) < 32 and char not in "\n" for char in body):
        say("TEMPLATE_SIGNS", "模板里有无法打印的控制字符，请删除后重填。")
    if errors:
        raise Invalid.of(errors)
    tree = _tree(body)
    known = KINDS[kind].samples
    used = {node.name for node in tree.find_all(nodes.Name)}
    for node in _walk(tree):
        if not isinstance(node, ALLOWED):
            say(
                "TEMPLATE_UNSAFE",
                "模板第 %(line)s 行用了不允许的写法，只能用文字、{{ 变量 }} 和 {%% if 变量 %%}…{%% endif %%}。",
                line=node.lineno,
            )
            break
    for name in sorted(used - set(known)):
        say("TEMPLATE_VARIABLE", "没有名为 %(name)s 的变量，请从右边的清单里选用。", name=name)
    for name in KINDS[kind].required:
        if name not in used:
            say("TEMPLATE_FIELD_MISSING", "缺少必须印出的内容 {{ %(name)s }}。", name=name)
    if kind == "certificate" and CERTIFICATE_WORDS not in body:
        say("TEMPLATE_WORDS_MISSING", "合格证上必须有“承诺达标合格证”字样。")
    if errors:
        raise Invalid.of(errors)
    lines = render(body, known)
    for name in KINDS[kind].required:
        shown = f"{BEGIN}{name}{END}" if name in SLOTS else known[name].splitlines()[0]
        if not any(shown in line for line in lines):
            say("TEMPLATE_FIELD_MISSING", "缺少必须印出的内容 {{ %(name)s }}。", name=name)
    if any(line.split(f"{BEGIN}code{END}")[1:] not in ([], [""]) for line in lines):
        say("TEMPLATE_CODE_LAST", "{{ code }} 后面不能再有文字，请另起一行。")
    if errors:
        raise Invalid.of(errors)


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
            "模板第 %(line)s 行写法有误，请检查 {{ }} 和 {%% %%} 是否成对。",
            code="TEMPLATE_SYNTAX",
            field="body",
            line=error.lineno,
        ) from error


def _walk(node: nodes.Node) -> Any:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)
