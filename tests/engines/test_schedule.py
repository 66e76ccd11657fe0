"""Jobs are made after their parents, each once, whatever fails."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from colacli.engines.engine import Done, Failed, Job, Started
from colacli.engines.schedule import run_jobs
from colacli.errors import ColacliError


class Played:
    """An engine whose jobs end in the order in which they came; those named fail."""

    def __init__(self, slots, failing=()):
        self.slots, self.failing = slots, failing
        self.out, self.submitted, self.most = deque(), [], 0

    def submit(self, job):
        """Last in."""
        self.out.append(job.key)
        self.submitted.append(job.key)
        self.most = max(self.most, len(self.out))

    def wait(self):
        """First out."""
        key = self.out.popleft()
        end = Failed(key, ColacliError("out of memory")) if key in self.failing else Done(key, False, 0.0)
        return [Started(key, "here"), end]

    def close(self):
        """Nothing is open."""


@st.composite
def plans(draw):
    """Jobs, each with parents among those before it, in any order; and those that fail."""
    parents = [
        draw(st.lists(st.integers(0, max(0, n - 1)), max_size=3)) if n else [] for n in range(draw(st.integers(1, 12)))
    ]
    jobs = [Job(str(n), "finetune", None, tuple(map(str, above))) for n, above in enumerate(parents)]
    return draw(st.permutations(jobs)), draw(st.sets(st.sampled_from([job.key for job in jobs])))


def impossible(jobs, failing):
    """The keys of jobs with a failing ancestor."""
    lost = set(failing)
    for _ in jobs:
        lost |= {job.key for job in jobs if lost & set(job.parents)}
    return lost


@given(plans(), st.integers(1, 4))
def test_every_job_ends_once(plan, slots):
    """It is done, or has failed itself, or is said to want a parent; never more at once than there are slots."""
    jobs, failing = plan
    engine = Played(slots, failing)

    ends = [report for report in run_jobs(jobs, engine) if isinstance(report, Done | Failed)]

    assert sorted(end.key for end in ends) == sorted(job.key for job in jobs)
    assert {end.key for end in ends if isinstance(end, Failed)} == impossible(jobs, failing)
    assert engine.most <= slots


@given(plans(), st.integers(1, 4))
def test_parents_come_first(plan, slots):
    """A job is submitted once its parents are done."""
    jobs, _ = plan
    parents = {job.key: set(job.parents) for job in jobs}
    done = set()
    engine = Played(slots)
    submit = engine.submit

    def checked(job):
        assert parents[job.key] <= done
        submit(job)

    engine.submit = checked
    for report in run_jobs(jobs, engine):
        if isinstance(report, Done):
            done.add(report.key)

    assert done == set(parents)


def test_a_stored_parent_is_not_waited_for():
    """What is no job of the plan is in the store."""
    ends = list(run_jobs([Job("b", "distil", None, ("stored",))], Played(1)))

    assert ends[-1] == Done("b", False, 0.0)


def test_the_missing_parent_is_named():
    """By its label, with what to do."""
    jobs = [Job("a", "finetune", None, label="teacher"), Job("b", "distil", None, ("a",), label="distilled, seed 3")]
    end = list(run_jobs(jobs, Played(1, {"a"})))[-1]

    assert end.error.message == "distilled, seed 3 needs teacher, which failed"
