"""HTML doors of statements: the calendar, one statement, its signing, check, lock and amendments."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.statements import papers, queries, rules, sampling, schemas, services
from trace.statements.rules import State
from trace.targets.queries import visible_townships
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("statements", __name__)
P = Permission


def _index(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor, today = current_actor(), business_date()
    periods = queries.recent_periods(today)
    rows = queries.calendar(actor, periods, today)
    grid: dict[str, dict[str, Any]] = {}
    for row in rows:
        grid.setdefault(row.township.code, {"township": row.township, "by": {}})["by"][row.period] = row
    return render_template(
        "statements/index.html", periods=periods, grid=list(grid.values()), missing=queries.missing(actor, today), values=values, errors=errors,
        days=queries.due_days(), tones=rules.TONES, states={s.value: s.label for s in State}, today=today, due_on=rules.due_on,
        to_check=[row.statement for row in rows if row.statement and row.statement.state == State.SIGNED],
        townships=[(t.code, t.name) for t in visible_townships(actor)] if actor.can(P.STATEMENT_SUBMIT) else [],
    )  # fmt: skip


@bp.get("/targets/statements")
@access(P.STATEMENT_READ)
def index() -> ResponseReturnValue:
    """Which statements are due, late or waiting, township by township."""
    return _index({}, {})


@bp.post("/targets/statements")
@access(P.STATEMENT_SUBMIT)
@form_view(_index)
def open_statement() -> ResponseReturnValue:
    """Begin a statement."""
    row = services.open_statement(current_actor(), **load(schemas.OpenSchema(), form_values()))
    done("报表 %(code)s 已按登记数预填，请核对后签发。", code=row.code)
    return redirect(url_for("statements.show", code=row.code))


def page(values: dict[str, Any], errors: dict[str, str], code: str, form: str = "") -> str:
    """One statement with whatever form was sent back."""
    actor = current_actor()
    row = queries.get_statement(actor, code)
    snapshot = queries.snapshot_of(row)
    drawn = queries.sample_of(row)
    return render_template(
        "statements/statement.html", row=row, lines=queries.lines_of(row), items=rules.lines_of(row.period), values=values, errors=errors,
        tried=form, state=State(row.state), states=State, steps=queries.steps_of(row), sample=drawn, snapshot=snapshot,
        mark=queries.late_mark(row), versions=queries.versions_of(row), show=rules.show,
        last=queries.last_figures(row.township.code, row.period), own=row.township.code in actor.township_codes,
        editable=State(row.state) in rules.OPEN and row.township.code in actor.township_codes and actor.can(P.STATEMENT_SUBMIT),
        outliers=queries.outliers(row.period).get(row.township.code, {}) if actor.can(P.STATEMENT_CHECK) else {},
        waiting=sum(not item.verdict for item in drawn), me=actor.user_id,
    )  # fmt: skip


@bp.get("/targets/statements/<code>")
@access(P.STATEMENT_READ)
def show(code: str) -> ResponseReturnValue:
    """One statement: register and report side by side, what was done, what comes next."""
    return page({}, {}, code)


@bp.post("/targets/statements/<code>/fill")
@access(P.STATEMENT_SUBMIT)
@form_view(lambda values, errors, code: page(values, errors, code, "fill"))
def fill(code: str) -> ResponseReturnValue:
    """Keep the figures."""
    values = form_values()
    row = queries.get_statement(current_actor(), code)
    figures = schemas.read_figures(row.period, values)
    services.fill(current_actor(), code, figures, str(values.get("problems", "")))
    done("报表已保存。")
    return redirect(url_for("statements.show", code=code))


@bp.post("/targets/statements/<code>/refresh")
@access(P.STATEMENT_SUBMIT)
@form_view(lambda values, errors, code: page(values, errors, code))
def refresh(code: str) -> ResponseReturnValue:
    """Read the register again."""
    services.refresh(current_actor(), code)
    done("已按现在的登记数更新，改过的数保留。")
    return redirect(url_for("statements.show", code=code))


@bp.post("/targets/statements/<code>/sign")
@access(P.STATEMENT_SUBMIT)
@form_view(lambda values, errors, code: page(values, errors, code, "sign"))
def sign(code: str) -> ResponseReturnValue:
    """The head signs."""
    services.sign(current_actor(), code, **load(schemas.SignSchema(), form_values()))
    done("报表已签发，待县林业局核查。")
    return redirect(url_for("statements.show", code=code))


@bp.post("/targets/statements/<code>/return")
@access(P.STATEMENT_CHECK)
@form_view(lambda values, errors, code: page(values, errors, code, "return"))
def send_back(code: str) -> ResponseReturnValue:
    """Give it back."""
    services.send_back(current_actor(), code, **load(schemas.ReturnSchema(), form_values()))
    done("报表已退回。")
    return redirect(url_for("statements.show", code=code))


@bp.post("/targets/statements/<code>/sample")
@access(P.STATEMENT_CHECK)
@form_view(lambda values, errors, code: page(values, errors, code))
def draw(code: str) -> ResponseReturnValue:
    """Draw plots to look at."""
    drawn = sampling.draw(current_actor(), code)
    done("已抽取 %(n)s 块地。", n=len(drawn))
    return redirect(url_for("statements.show", code=code))


@bp.post("/targets/statements/<code>/look")
@access(P.STATEMENT_CHECK)
@form_view(lambda values, errors, code: page(values, errors, code, "look"))
def look(code: str) -> ResponseReturnValue:
    """What was found on a plot."""
    item = sampling.look(current_actor(), code, **load(schemas.LookSchema(), form_values()))
    done("地块 %(plot)s 的核查结果已登记。", plot=item.plot.code)
    return redirect(url_for("statements.show", code=code) + "#sample")


@bp.post("/targets/statements/<code>/lock")
@access(P.STATEMENT_CHECK)
@form_view(lambda values, errors, code: page(values, errors, code, "lock"))
def lock(code: str) -> ResponseReturnValue:
    """Lock it."""
    services.lock(current_actor(), code, **load(schemas.LockSchema(), form_values()))
    done("报表已锁定，以后只能用编号更正件修改。")
    return redirect(url_for("statements.show", code=code))


@bp.post("/targets/statements/<code>/amend")
@access(P.STATEMENT_SUBMIT)
@form_view(lambda values, errors, code: page(values, errors, code, "amend"))
def amend(code: str) -> ResponseReturnValue:
    """Begin a numbered correction."""
    row = services.amend(current_actor(), code, **load(schemas.AmendSchema(), form_values()))
    done("已建立第 %(n)s 号更正，请修改后签发。", n=row.amendment)
    return redirect(url_for("statements.show", code=row.code))


@bp.get("/targets/statements/<code>/paper.<kind>")
@access(P.STATEMENT_READ)
def paper(code: str, kind: str) -> Response:
    """The statement as a paper or a sheet; a year's is the written report of L192."""
    row = queries.get_statement(current_actor(), code)
    if kind not in papers.FORMATS:
        raise NotFound()
    write, mimetype = papers.FORMATS[kind]
    headers = {"Content-Disposition": f'inline; filename="{row.code}.{kind}"'}
    if request.args.get("draft") and kind == "pdf":
        return Response(papers.written_report(row), mimetype=mimetype, headers=headers)
    return Response(write(row), mimetype=mimetype, headers=headers)
