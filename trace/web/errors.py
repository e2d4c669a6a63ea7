"""Errors → HTTP, in this one place: problem+json (RFC 9457) for the interface, a page in the house style for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, current_app, g, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from peewee import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from trace.core.errors import (
    Busy,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    RuleBroken,
    SignInNeeded,
    TraceError,
)
from trace.core.text import N_, Message, Refused

log = structlog.get_logger("web")

HTTP_TITLES = {
    400: N_("请求无法识别，请返回后重试"),
    403: N_("您的账号没有此项权限"),
    404: N_("没有找到这个页面"),
    405: N_("这个地址不支持这种操作"),
    413: N_("上传的内容过大"),
    415: N_("内容类型不正确"),
    422: N_("填写有误，请按提示修改"),
    429: N_("查询过于频繁，请稍后再试。"),
    500: N_("系统出错，已经记录，请稍后再试"),
}

PAUSES = {413: 60, 429: 60}
"""Seconds after which a program may come again."""


def translate(message: Message) -> str:
    """A message in the reader's language, its values filled in; a value that is itself a message (the name of a paper) is translated too."""
    values = {key: translate(value) if isinstance(value, Message) else value for key, value in message.values.items()}
    return gettext(message.template, **values) if values else gettext(message.template)


def wants_json() -> bool:
    """The JSON interface answers problems as JSON, always."""
    return request.path.startswith("/api/")


def problem(
    status: int, title: str, *, code: str, detail: str = "", errors: list[dict[str, str]] | None = None, **more: Any
):
    """An RFC 9457 problem document with the contract's fields."""
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail or title,
        "errors": errors or [],
    }
    response = jsonify({**body, **more})
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def register(app: Flask, on_refusal: Callable[[TraceError], None]) -> None:
    """Attach the handlers; ``on_refusal`` keeps the trail of what signed-in people were refused."""
    app.extensions["on_refusal"] = on_refusal
    app.register_error_handler(TraceError, _trace_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(IntegrityError, _conflict)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(OverflowError, _unstorable)
    app.register_error_handler(Exception, _unexpected)


def _trace_error(error: TraceError) -> BaseResponse:
    if isinstance(error, (Forbidden, NotFound)) and g.get("actor") is not None:
        current_app.extensions["on_refusal"](error)
    if wants_json():
        return _with_pause(_json_problem(error), getattr(error, "retry_after", None))
    if isinstance(error, SignInNeeded):
        target = request.full_path.rstrip("?") if request.method == "GET" else url_for("desk.desk")
        return redirect(url_for("accounts.sign_in", next=target))
    return _page(error.status, translate(error.message), allowed=getattr(error, "allowed", []))


def _json_problem(error: TraceError) -> BaseResponse:
    errors = []
    if isinstance(error, Invalid):
        errors = [{"field": e.field, "code": e.code, "message": translate(e.message)} for e in error.errors]
    elif error.field:
        errors = [{"field": error.field, "code": error.code, "message": translate(error.message)}]
    more: dict[str, Any] = {"allowed": error.allowed} if isinstance(error, RuleBroken) and error.allowed else {}
    if isinstance(error, Conflict):
        stands = {"version": error.version, "changed_by": error.changed_by, "changed_at": error.changed_at.isoformat()}
        more["current"] = stands
    detail = (
        translate(error.message)
        if not (isinstance(error, Invalid) and errors)
        else "；".join(e["message"] for e in errors)
    )
    return problem(error.status, gettext(error.title), code=error.code, detail=detail, errors=errors, **more)


def _http_error(error: HTTPException) -> BaseResponse:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    status = error.code or 500
    title = gettext(HTTP_TITLES.get(status, HTTP_TITLES[400 if status < 500 else 500]))
    if wants_json():
        fields = getattr(error, "data", {}).get("messages", {})
        if mistakes := flatten(fields):
            return _json_problem(
                Invalid.of([FieldError(item["field"], item["code"], Message(item["message"])) for item in mistakes])
            )
        code = "INVALID" if status == 422 else error.name.upper().replace(" ", "_")
        return _with_pause(problem(status, title, code=code), PAUSES.get(status))
    return _page(status, title)


def _with_pause(response: BaseResponse, seconds: int | None) -> BaseResponse:
    """Say when to come again, where that helps."""
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def flatten(messages: Any, prefix: str = "") -> list[dict[str, str]]:
    """marshmallow's nested messages as a flat list of field errors."""
    if isinstance(messages, dict):
        found = []
        for key, value in messages.items():
            inner = prefix if key in {"json", "query", "form"} and not prefix else f"{prefix}.{key}".lstrip(".")
            found += flatten(value, inner)
        return found
    if isinstance(messages, list):
        return [item for message in messages for item in flatten(message, prefix)]
    if isinstance(messages, Refused):
        return [{"field": prefix, "code": messages.code, "message": translate(messages.message)}]
    return [{"field": prefix, "code": "INVALID", "message": gettext(str(messages))}]


def _database_error(error: OperationalError) -> BaseResponse:
    log.error("database.error", error=repr(error), cause=repr(error.__context__))
    response = _trace_error(Busy())
    response.headers["Retry-After"] = "2"
    return response


def _conflict(error: IntegrityError) -> BaseResponse:
    """Two people wrote the same thing in the same instant, and the database let only one of them."""
    log.error("database.conflict", error=repr(error), path=request.path)
    return _trace_error(RuleBroken("刚刚有人登记了相同的内容，请刷新页面核对后再试。", code="CONFLICT"))


def _unstorable(error: Exception) -> BaseResponse:
    """A value no column can hold: a zero byte, a number or text beyond all measure (PostgreSQL says so, or SQLite's driver)."""
    log.warning("database.unstorable", error=repr(error), path=request.path)
    return _trace_error(Invalid("内容里有无法保存的字符，或数字、文字过长，请检查后重填。", code="UNSTORABLE"))


def _unexpected(error: Exception) -> BaseResponse:
    log.exception("web.unexpected", path=request.path)
    title = gettext(HTTP_TITLES[500])
    return problem(500, title, code="INTERNAL") if wants_json() else _page(500, title)


def _page(status: int, message: str, **values: Any) -> BaseResponse:
    public = request.path.startswith(("/t/", "/01/", "/cert/"))
    template = "errors/public.html" if public else "errors/error.html"
    return make_response(render_template(template, status=status, message=message, **values), status)
