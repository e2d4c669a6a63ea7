"""A job is never lost, never run twice, never run before its transaction committed."""

from __future__ import annotations

import select
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
import time_machine

from trace.audit import operation
from trace.core.actor import Permission
from trace.core.clock import utcnow
from trace.core.errors import RuleBroken
from trace.db import db
from trace.jobs import queue
from trace.jobs.models import Job

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def handle(monkeypatch):
    """Register handlers for one test only."""

    def register(kind: str, handler) -> None:
        monkeypatch.setitem(queue._handlers, kind, handler)

    return register


def put(kind: str = "count", owner_id: int | None = 7, **arguments: object) -> Job:
    public_id = queue.enqueue(kind, arguments, owner_id=owner_id, at=utcnow())
    return Job.get(Job.public_id == public_id)


def again(job: Job) -> Job:
    return Job.get_by_id(job.id)


def test_a_job_rolls_back_with_its_transaction(home, handle):
    handle("count", lambda progress: None)
    with pytest.raises(RuleBroken), operation(home.actor("coop"), Permission.LABEL_RUN) as op:
        op.enqueue("count")
        op.record("label.make", "BQ26-0001")
        raise RuleBroken("不行。")
    assert not Job.select().exists()
    assert queue.run_next() is False


def test_a_committed_job_belongs_to_its_actor(home):
    actor = home.actor("coop")
    with operation(actor, Permission.LABEL_RUN) as op:
        public_id = op.enqueue("count", run="BQ26-0001")
        op.record("label.make", "BQ26-0001")
    assert queue.get_job(public_id, actor.user_id).arguments == {"run": "BQ26-0001"}
    assert queue.get_job(public_id, home.actor("coop2").user_id) is None


def test_the_oldest_runs_first_and_keeps_its_result(handle):
    ran: list[int] = []

    def count(progress: queue.Progress) -> dict[str, int]:
        progress.report(1, 2)
        ran.append(progress.arguments["n"])
        return {"n": progress.arguments["n"]}

    handle("count", count)
    first, second = put(n=1), put(n=2)
    assert queue.run_next() is True
    assert ran == [1]
    assert (again(first).state, again(first).result, again(first).done, again(first).total) == ("done", {"n": 1}, 1, 2)
    assert again(first).finished_at is not None
    assert again(second).state == "queued"


def test_what_people_may_read_of_a_failure(handle):
    def rule(progress: queue.Progress) -> None:
        raise RuleBroken("标签 %(no)s 已作废。", no="BQ26-0001")

    def bug(progress: queue.Progress) -> None:
        raise ZeroDivisionError("secret detail")

    handle("rule", rule)
    handle("bug", bug)
    jobs = [put("rule"), put("bug"), put("nobody-knows")]
    assert [queue.run_next() for _ in jobs] == [True, True, True]
    assert [(again(job).state, again(job).error) for job in jobs] == [
        ("failed", "标签 BQ26-0001 已作废。"),
        ("failed", "系统出错，请联系管理员。"),
        ("failed", "系统出错，请联系管理员。"),
    ]
    assert queue.run_next() is False


def test_two_workers_never_claim_the_same_job(app, handle):
    """Four real connections, twelve jobs: each runs once."""
    ran: list[int] = []
    gate = threading.Barrier(4)
    handle("count", lambda progress: ran.append(progress.arguments["n"]))
    for n in range(12):
        put(n=n)

    def work() -> None:
        with db.connection_context():
            gate.wait()
            while Job.select().where(Job.state == "queued").exists():
                queue.run_next()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(ran) == list(range(12))
    assert {job.state for job in Job.select()} == {"done"}


def test_a_job_whose_worker_died_is_taken_up_again(handle):
    ran: list[int] = []
    handle("count", lambda progress: ran.append(1))
    job = put()
    Job.update(state="running", started_at=utcnow()).where(Job.id == job.id).execute()
    assert queue.run_next() is False
    with time_machine.travel(utcnow() + queue.STALE_AFTER + timedelta(seconds=1), tick=False):
        assert queue.run_next() is True
    assert ran == [1]
    assert again(job).state == "done"


def test_a_sign_of_life_keeps_a_long_job_with_its_worker(handle):
    job = put()
    Job.update(state="running", started_at=utcnow()).where(Job.id == job.id).execute()
    with time_machine.travel(utcnow() + queue.STALE_AFTER - timedelta(seconds=1), tick=False):
        queue.Progress(job).report(5, 10)
    with time_machine.travel(utcnow() + queue.STALE_AFTER + timedelta(seconds=1), tick=False):
        assert queue.run_next() is False


def test_a_cancelled_job_does_not_run(handle):
    ran: list[int] = []
    handle("count", lambda progress: ran.append(1))
    job = put()
    queue.cancel(job)
    assert queue.run_next() is False
    assert ran == []
    assert again(job).state == "cancelled"


def test_a_running_job_notices_that_it_was_cancelled(handle):
    steps: list[int] = []

    def work(progress: queue.Progress) -> None:
        for step in range(3):
            steps.append(step)
            queue.cancel(progress.job)
            progress.report(step, 3)

    handle("count", work)
    job = put()
    assert queue.run_next() is True
    assert steps == [0]
    assert again(job).state == "cancelled"
    assert again(job).result is None


def test_a_finished_job_cannot_be_cancelled(handle):
    handle("count", lambda progress: None)
    job = put()
    queue.run_next()
    queue.cancel(job)
    assert again(job).state == "done"


def test_the_worker_stops_when_asked(app, handle):
    handle("count", lambda progress: None)
    job = put()
    stop = threading.Event()
    worker = threading.Thread(target=queue.run_forever, args=(0.01, stop.is_set))
    worker.start()
    deadline = time.monotonic() + 20
    while again(job).state != "done" and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    worker.join(20)
    assert not worker.is_alive()
    assert again(job).state == "done"


def test_one_sees_the_progress_of_ones_own_job(app, home, sign_in):
    job = put(owner_id=home.actor("coop").user_id)
    assert sign_in("coop").get(f"/jobs/{job.public_id}").json == {"state": "queued", "done": 0, "total": 0, "error": ""}
    assert sign_in("coop2").get(f"/jobs/{job.public_id}").status_code == 404


def test_what_a_killed_worker_was_doing_is_taken_up_by_the_next(handle):
    ran: list[int] = []
    handle("count", lambda progress: ran.append(1))
    job, waiting = put(), put()
    Job.update(state="running", started_at=utcnow()).where(Job.id == job.id).execute()
    assert queue.recover() == 1
    assert [again(one).state for one in (job, waiting)] == ["queued", "queued"]
    while queue.run_next():
        pass
    assert ran == [1, 1]


def test_a_job_that_kills_its_worker_is_given_up(handle):
    handle("count", lambda progress: None)
    job = put()
    for _ in range(queue.MOST_DEATHS):
        Job.update(state="running", started_at=utcnow()).where(Job.id == job.id).execute()
        queue.recover()
    assert again(job).state == "failed"
    assert again(job).error.startswith("后台任务两次中断")
    assert queue.run_next() is False
    assert queue.recover() == 0, "what has ended stays as it is"


def test_a_second_worker_waits_until_the_first_is_dead(tmp_path):
    hold = "import sys,time; from pathlib import Path; from trace.jobs.sole import sole_worker\nwith sole_worker(Path(sys.argv[1])):\n    print('in', flush=True); time.sleep(60)"
    first = subprocess.Popen([sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    second = None
    try:
        assert first.stdout.readline() == "in\n"
        second = subprocess.Popen([sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert select.select([second.stdout], [], [], 1.0)[0] == []
        first.kill()
        assert select.select([second.stdout], [], [], 30.0)[0]
        assert second.stdout.readline() == "in\n"
    finally:
        for process in (first, second):
            if process is not None:
                process.kill()
                process.wait(10)
                process.stdout.close()
