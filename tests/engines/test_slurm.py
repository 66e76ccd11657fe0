"""Runs that SLURM makes: by submitit's local executor, and by a stub of SLURM's commands. No SLURM was there."""

import os
import signal

import pytest

from colacli.engines.engine import Done, Failed, Started, Told
from colacli.engines.schedule import run_jobs
from colacli.errors import UnavailableError
from factories.jobs import THREADS, Planned, site_of
from factories.slurm import install

pytest.importorskip("submitit", reason="submitit is not installed: pip install 'colacli[slurm]'")

from colacli.engines import slurm
from colacli.engines.slurm import Queue, SlurmEngine

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def planned(tmp_path, tiny_base, tiny_corpus):
    """A teacher and two students of it."""
    planned = Planned(tmp_path / "planned", tiny_base, tiny_corpus)
    teacher = planned.teacher()
    planned.distilled(teacher, 0)
    planned.distilled(teacher, 1)
    return planned


@pytest.fixture
def make(store, tmp_path, monkeypatch):
    """Everything that an engine says of jobs, soon after they have written it."""
    monkeypatch.setattr(slurm, "POLL", 0.05)

    def make(planned, cluster, queue=None, **changes):
        engine = SlurmEngine(store, site_of(store, **changes), tmp_path / "logs", queue or Queue(), cluster=cluster)
        try:
            yield from run_jobs(planned.jobs, engine)
        finally:
            engine.close()

    return make


def assert_all_made(planned, reports, store):
    """Each once, and byte for byte what one process makes."""
    assert not [report for report in reports if isinstance(report, Failed)]
    assert sorted(r.key for r in reports if isinstance(r, Done)) == sorted(job.key for job in planned.jobs)
    for job in planned.jobs:
        assert planned.files(job.key, store) == planned.files(job.key)
    assert store.attempts() == []


@pytest.mark.slow
def test_the_local_executor_makes_them(planned, make, store, tmp_path):
    """With a log of each by its key."""
    reports = list(make(planned, "local"))

    assert_all_made(planned, reports, store)
    for job in planned.jobs:
        lines = (tmp_path / "logs" / f"{job.key}.log").read_text().splitlines()
        assert "started on" in lines[0]
        assert lines[-1].endswith(" done")


def signalled(reports, number):
    """All reports of a run whose process gets a signal after its first epoch."""
    told, is_sent = [], False
    for report in reports:
        told.append(report)
        if isinstance(report, Told) and report.event.text.startswith("epoch ") and not is_sent:
            where = next(report.where for report in told if isinstance(report, Started))
            os.kill(int(where.split(", ")[1].removeprefix("process ")), number)
            is_sent = True
    return told


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGUSR2])
def test_a_preempted_job_is_resumed(tmp_path, tiny_base, tiny_corpus, make, store, number):
    """It saves its state after the step that it is at, is queued again, and makes the same bytes."""
    planned = Planned(tmp_path / "planned", tiny_base, tiny_corpus)
    planned.student(epochs=300)  # some seconds
    reports = signalled(make(planned, "local"), number)

    assert_all_made(planned, reports, store)
    assert sum(isinstance(report, Started) for report in reports) == 2
    assert any(isinstance(report, Told) and "resumed after" in report.event.text for report in reports)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_job_that_is_ended_can_be_resumed(tmp_path, tiny_base, tiny_corpus, make, store, number):
    """It is not queued again, and its failure names the log; at SIGTERM it saves its state after the step."""
    planned = Planned(tmp_path / "planned", tiny_base, tiny_corpus)
    job = planned.endless()
    end = signalled(make(planned, "local"), number)[-1]

    assert isinstance(end, Failed)
    assert "ended without an answer" in end.error.message
    assert f"{job.key}.log" in end.error.hint
    (attempt,) = store.attempts()
    assert attempt.checkpoints.progress().epoch >= 1
    assert (attempt.path / "lease.json").exists() == (number == signal.SIGKILL)


@pytest.mark.slow
def test_jobs_are_arrays(planned, make, store, tmp_path, monkeypatch):
    """Those that are ready together are one, with what was asked of the queue."""
    install(tmp_path / "bin", monkeypatch)
    reports = list(make(planned, "slurm", Queue(partition="short", minutes=30, memory=2)))

    assert_all_made(planned, reports, store)
    submitted = (tmp_path / "bin" / "submitted").read_text()
    assert submitted.count("#!/bin/bash") == 2
    assert "--array=0-1%" in submitted
    for option in ("--partition=short", "--time=30", "--mem=2GB", f"--cpus-per-task={THREADS}", "--signal=USR2@90"):
        assert f"#SBATCH {option}" in submitted


def test_without_slurm_it_says_so(store, tmp_path, monkeypatch):
    """Before any job."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UnavailableError, match="no srun"):
        SlurmEngine(store, site_of(store), tmp_path / "logs", Queue())
