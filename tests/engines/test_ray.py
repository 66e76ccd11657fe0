"""Runs that Ray makes on this machine, and what becomes of those whose process dies."""

import os
import signal
import time

import pytest

from colacli.engines import ray as engine_of_ray
from colacli.engines.engine import Done, Failed, Started, Told
from colacli.engines.ray import RayEngine
from colacli.engines.schedule import run_jobs
from colacli.errors import UnavailableError, UsageError
from colacli.events import Epoch, Note
from factories.jobs import Planned, site_of

pytest.importorskip("ray", reason="Ray is not installed: pip install 'colacli[ray]'")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def planned(tmp_path, tiny_base, tiny_corpus):
    """No jobs yet."""
    return Planned(tmp_path / "planned", tiny_base, tiny_corpus)


@pytest.fixture
def engine(store, monkeypatch):
    """A Ray that is started here."""
    monkeypatch.setattr(engine_of_ray, "_POLL", 0.05)  # an epoch is heard of soon after it
    engine = RayEngine(store, site_of(store))
    yield engine
    engine.close()


def kill(started):
    """Kill the process that a `Started` names, as a system does that is out of memory."""
    os.kill(int(started.where.rpartition(" ")[2]), signal.SIGKILL)


def test_jobs_are_made_here_where_no_cluster_is_named(planned, store, engine):
    """The teacher before its student, and byte for byte what one process makes."""
    teacher = planned.teacher()
    planned.distilled(teacher)
    planned.student()
    reports = list(run_jobs(planned.jobs, engine))

    assert sorted(report.key for report in reports if isinstance(report, Done)) == sorted(j.key for j in planned.jobs)
    assert {report.key for report in reports if isinstance(report, Started)} == {job.key for job in planned.jobs}
    for job in planned.jobs:
        assert planned.files(job.key, store) == planned.files(job.key)


def test_a_run_whose_process_is_killed_is_resumed(planned, store, engine):
    """By another process, from its last checkpoint."""
    job = planned.student(epochs=300)  # some seconds
    reports, is_killed = [], False
    for report in run_jobs(planned.jobs, engine):
        reports.append(report)
        if isinstance(report, Told) and isinstance(report.event, Epoch) and not is_killed:
            kill(next(report for report in reports if isinstance(report, Started)))
            is_killed = True

    assert isinstance(reports[-1], Done)
    notes = [report.event.text for report in reports if isinstance(report, Told) and isinstance(report.event, Note)]
    assert any("resumed after epoch" in note for note in notes)
    assert planned.files(job.key, store) == planned.files(job.key)


def test_a_run_whose_process_always_dies_fails(planned, engine, monkeypatch):
    """Ray alone would start it for ever."""
    monkeypatch.setattr(engine_of_ray, "_MOST_STARTS", 2)
    planned.endless()
    starts, end = 0, None
    for report in run_jobs(planned.jobs, engine):
        if isinstance(report, Started) and starts < 2:
            kill(report)
            starts += 1
        end = report

    assert isinstance(end, Failed)
    assert "ended 2 times without an answer" in end.error.message


@pytest.fixture
def handler(request):
    """Of SIGINT in this process, and in those that it starts."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("handler", [signal.default_int_handler, signal.SIG_IGN], ids=["", "ignored"], indirect=True)
@pytest.mark.usefixtures("handler")
def test_closing_interrupts(planned, store):
    """A run under way gives back its lease, so that it can be resumed at once; also of a shell's background command."""
    planned.endless()
    engine = RayEngine(store, site_of(store))
    for report in run_jobs(planned.jobs, engine):
        if isinstance(report, Told) and isinstance(report.event, Epoch):
            break
    started = time.monotonic()
    engine.close()
    took = time.monotonic() - started

    (attempt,) = store.attempts()
    assert attempt.checkpoints.progress() is not None
    # Near a minute it was not interrupted at all; at once its process died before it had cleaned up.
    assert not (attempt.path / "lease.json").exists(), f"closing took {took:.1f} s"


def test_a_run_that_no_node_has_room_for_is_refused(store):
    """Rather than waited for."""
    with pytest.raises(UsageError, match="no node of the Ray cluster has 1000 cores"):
        RayEngine(store, site_of(store, threads=1000))


@pytest.mark.parametrize(
    ("address", "error", "message"),
    [
        ("127.0.0.1:1", UnavailableError, "no Ray cluster at 127.0.0.1:1"),
        ("here", UsageError, "not HOST:PORT or auto"),
    ],
)
def test_a_cluster_that_is_not_there_is_named(store, address, error, message):
    """At once, with what to do."""
    with pytest.raises(error, match=message):
        RayEngine(store, site_of(store), address=address)
