"""What can go wrong, in the words of the people it happens to.

Every error carries a Chinese :class:`~trace.core.text.Message` that says what, where, why and what to do. The doors translate it
and choose the HTTP status from the class; nothing below the doors knows about HTTP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trace.core.text import N_, Message


class TraceError(Exception):
    """Base of all errors that people may see."""

    status = 500
    code = "ERROR"
    title = N_("系统出错")

    def __init__(self, template: str = "", *, code: str | None = None, field: str | None = None, **values: Any) -> None:
        """Keep the template with its values; ``code`` is for machines, ``field`` says where on the form it belongs."""
        self.message = Message(template or self.title, values)
        self.code = code or type(self).code
        self.field = field
        super().__init__(str(self.message))


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one field."""

    field: str
    code: str
    message: Message


class Invalid(TraceError):
    """The input is wrong (422). Holds every field error found, not only the first."""

    status = 422
    code = "INVALID"
    title = N_("填写有误，请按提示修改")

    def __init__(self, template: str = "", *, errors: Sequence[FieldError] = (), **kwargs: Any) -> None:
        """Either one message for one field, or a list of :class:`FieldError`."""
        super().__init__(template, **kwargs)
        self.errors = list(errors) or [FieldError(self.field or "", self.code, self.message)]
        if len(errors) == 1 and not template:
            self.field, self.code, self.message = errors[0].field, errors[0].code, errors[0].message
            self.args = (str(self.message),)

    @classmethod
    def of(cls, errors: Sequence[FieldError]) -> Invalid:
        """All mistakes found, as one error that speaks the words of the first."""
        first = errors[0]
        return cls(first.message.template, errors=errors, field=first.field, code=first.code, **first.message.values)


class SignInNeeded(TraceError):
    """Nobody is signed in (401, or a redirect to the sign-in page)."""

    status = 401
    code = "SIGN_IN_NEEDED"
    title = N_("请先登录")


class Forbidden(TraceError):
    """Signed in, but this role may not do it (403)."""

    status = 403
    code = "FORBIDDEN"
    title = N_("您的账号没有此项权限")


class NotFound(TraceError):
    """Not there, or not yours: the answer is the same (404)."""

    status = 404
    code = "NOT_FOUND"
    title = N_("没有找到，或不在您的管理范围内")


class RuleBroken(TraceError):
    """A rule of the field forbids it now (409). ``allowed`` lists what may be done instead."""

    status = 409
    code = "RULE_BROKEN"
    title = N_("当前不能这样操作")

    def __init__(self, template: str = "", *, allowed: Sequence[str] = (), **kwargs: Any) -> None:
        """``allowed``: names of the actions that are legal instead."""
        super().__init__(template, **kwargs)
        self.allowed = list(allowed)


class Conflict(RuleBroken):
    """Somebody changed the record since it was read (409). Says who, when and which version stands now."""

    code = "VERSION_CONFLICT"

    def __init__(
        self, template: str = "", *, version: int, changed_by: str, changed_at: datetime, **kwargs: Any
    ) -> None:
        """``version``: the one that stands now."""
        super().__init__(template, **kwargs)
        self.version, self.changed_by, self.changed_at = version, changed_by, changed_at


class Busy(TraceError):
    """Too much at once; try again shortly (503)."""

    status = 503
    code = "BUSY"
    title = N_("系统繁忙，请稍后再试")


class TooLarge(TraceError):
    """More than is taken at once, or more than is kept (413); ``retry_after`` in seconds where waiting helps."""

    status = 413
    code = "TOO_LARGE"
    title = N_("上传的内容过大")
    retry_after = 60


class Expired(SignInNeeded):
    """The token was good once: keep what you have, sign in again (401)."""

    code = "TOKEN_EXPIRED"
    title = N_("登录已过期，手机里的记录都在，请联网重新登录。")
