"""HTML doors of year-end scores: scheme, computation, opinions, the way to the standing meeting, the scorecard."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound
from trace.registry import queries as register
from trace.supervision import papers, schemas, scores, scoring
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("scores", __name__)
P = Permission


def _overview(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    year = business_date().year
    scheme = scores.newest_scheme(year)
    content = scheme.content if scheme else scoring.DEFAULT_SCHEME
    return render_template(
        "supervision/scores.html", runs=list(scores.visible_runs(actor).order_by(scores.ScoreRun.year.desc())), scheme=scheme, content=content,
        values={"year": str(year), **_scheme_values(content), **values}, errors=errors, inputs=scoring.INPUTS, states=scoring.RunState,
        empties=[(key, _(word)) for key, word in scoring.EMPTY.items()], year=year, deductions=scores.deductions(actor, year),
        kinds=[(key, _(word)) for key, word in scoring.DEDUCTIONS.items()], kind_words=scoring.DEDUCTIONS, points=scoring.format_points,
        townships=[(t.code, t.name) for t in register.townships()],
    )  # fmt: skip


def _scheme_values(content: dict[str, Any]) -> dict[str, str]:
    found = {"name": content["name"]}
    for row in content["indicators"]:
        found |= {
            f"weight_{row['key']}": str(row["weight"]),
            f"empty_{row['key']}": row["empty"],
            f"name_{row['key']}": row["name"],
        }
    return found


@bp.get("/supervision/scores")
@access(P.SUPERVISION_READ)
def index() -> ResponseReturnValue:
    """Runs by year, the scheme in force, deductions."""
    return _overview({}, {})


@bp.post("/supervision/scores/scheme")
@access(P.SCORE_DRAFT)
@form_view(_overview)
def set_scheme() -> ResponseReturnValue:
    """Keep a new version of the scheme."""
    typed = form_values()
    values = load(schemas.SchemeSchema(), typed)
    scheme = scores.set_scheme(
        current_actor(), year=values["year"], doc_ref=values["doc_ref"], reason=values["reason"],
        content={"name": values["name"], "indicators": _indicators(typed)},
    )  # fmt: skip
    done("考核方案第 %(n)s 版已保存。", n=scheme.version)
    return redirect(url_for("supervision.scores.index"))


def _indicators(typed: dict[str, Any]) -> list[dict[str, Any]]:
    """Those with a weight, in the order of the list."""
    found = []
    for key, formula in scoring.INPUTS.items():
        weight = typed.get(f"weight_{key}") or "0"
        empty = typed.get(f"empty_{key}", "skip")
        if not weight.isascii() or not weight.isdigit() or len(weight) > 3 or empty not in scoring.EMPTY:
            raise Invalid("各项权重须为正数，合计 100 分。", field="indicators", code="SCHEME_WEIGHTS")
        if int(weight):
            found.append(
                {"key": key, "name": typed.get(f"name_{key}") or formula, "weight": int(weight), "empty": empty}
            )
    return found


@bp.post("/supervision/scores/deductions")
@access(P.SCORE_DRAFT)
@form_view(_overview)
def deduct() -> ResponseReturnValue:
    """Take points from a township."""
    scores.deduct(current_actor(), **load(schemas.DeductionSchema(), form_values()))
    done("扣分已登记，重新计算后生效。")
    return redirect(url_for("supervision.scores.index"))


@bp.post("/supervision/scores")
@access(P.SCORE_DRAFT)
@form_view(_overview)
def draft() -> ResponseReturnValue:
    """Compute a year's scores for the first time."""
    run = scores.draft(current_actor(), **load(schemas.DraftSchema(), form_values()))
    done("%(year)s年得分已拟定。", year=run.year)
    return redirect(url_for("supervision.scores.show", code=run.code))


def _page(values: dict[str, Any], errors: dict[str, str], code: str, action: str = "") -> str:
    actor = current_actor()
    run = scores.get_run(actor, code)
    snapshot = scores.latest(run)
    rows = sorted(snapshot.result["townships"], key=lambda r: (r["rank"] is None, r["rank"] or 0, r["code"]))
    if not actor.county_wide:
        rows = [row for row in rows if row["code"] in actor.township_codes]
    given = {f.township.code: f for f in scores.feedback_of(run)}
    return render_template(
        "supervision/score_run.html", run=run, snapshot=snapshot, rows=[row for row in rows if row["ranked"] or not actor.county_wide], unranked=[row for row in rows if not row["ranked"] and actor.county_wide], indicators=snapshot.body["scheme"]["indicators"],
        state=scoring.RunState(run.state), allowed=scores.allowed(actor, run), words=scores.WORDS, points=scoring.format_points,
        same=scores.recompute(snapshot), given={code: f for code, f in given.items() if any(r["code"] == code for r in rows)},
        today=business_date(), no_reply=scoring.NO_REPLY, history=scores.snapshots_of(run), values=values, errors=errors, tried=action,
        own=[row for row in rows if row["code"] in actor.township_codes], states=scoring.RunState,
    )  # fmt: skip


@bp.get("/supervision/scores/<code>")
@access(P.SUPERVISION_READ)
def show(code: str) -> ResponseReturnValue:
    """One run: points of each township, opinions, the next step."""
    return _page({}, {}, code)


@bp.get("/supervision/scores/<code>/townships/<township>")
@access(P.SUPERVISION_READ)
def show_township(code: str, township: str) -> ResponseReturnValue:
    """One township's lines: formula, data, evidence, points."""
    run, snapshot, row = _row(code, township)
    return render_template(
        "supervision/score_township.html", run=run, snapshot=snapshot, row=row, lines=papers.score_lines(snapshot, row),
        others=papers.unscored(snapshot, township), points=scoring.format_points, state=scoring.RunState(run.state), kind_words=scoring.DEDUCTIONS,
        deductions=next(t["deductions"] for t in snapshot.body["townships"] if t["code"] == township),
    )  # fmt: skip


def _row(code: str, township: str) -> tuple[Any, Any, dict[str, Any]]:
    actor = current_actor()
    run = scores.get_run(actor, code)
    actor.require_township(township)
    snapshot = scores.latest(run)
    found = next((row for row in snapshot.result["townships"] if row["code"] == township), None)
    if found is None:
        raise NotFound()
    return run, snapshot, found


@bp.get("/supervision/scores/<code>/card.pdf")
@access(P.SUPERVISION_READ)
def card(code: str) -> Response:
    """The scorecard of all townships, or of one."""
    actor = current_actor()
    run = scores.get_run(actor, code)
    township = request.args.get("township", "")
    if township or not actor.county_wide:
        township = township or next(iter(sorted(actor.township_codes)), "")
        _row(code, township)
    body = papers.scorecard(run, scores.latest(run), township)
    name = f"{run.code}{'-' + township if township else ''}.pdf"
    return Response(body, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


@bp.post("/supervision/scores/<code>/feedback")
@access(P.SCORE_ANSWER)
@form_view(lambda values, errors, code: _page(values, errors, code, "feedback"))
def give_feedback(code: str) -> ResponseReturnValue:
    """A township's opinion."""
    scores.give_feedback(current_actor(), code, **load(schemas.FeedbackSchema(), form_values()))
    done("意见已提交。")
    return redirect(url_for("supervision.scores.show", code=code))


@bp.post("/supervision/scores/<code>/answer")
@access(P.SCORE_DRAFT)
@form_view(lambda values, errors, code: _page(values, errors, code, "answer"))
def answer(code: str) -> ResponseReturnValue:
    """What the office makes of an objection."""
    scores.answer(current_actor(), code, **load(schemas.AnswerSchema(), form_values()))
    done("处理结果已登记。")
    return redirect(url_for("supervision.scores.show", code=code))


@bp.post("/supervision/scores/<code>/steps/<action>")
@access(P.SCORE_DRAFT, P.SCORE_APPROVE)
@form_view(_page)
def act(code: str, action: str) -> ResponseReturnValue:
    """One step of a run."""
    scores.act(current_actor(), code, action, load(schemas.RunActionSchema(), form_values()))
    done("已登记：%(action)s。", action=_(scores.WORDS[action]))
    return redirect(url_for("supervision.scores.show", code=code))
