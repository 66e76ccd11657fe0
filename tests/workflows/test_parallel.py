"""Several trainings at once: the results of one after the other, and an end to all when one of them fails."""

import multiprocessing
import os
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest

from colacli.errors import ColacliError, DataError
from colacli.events import Counted, Note, OfJob
from colacli.store.refs import resolve
from colacli.training.requests import BaseChoice, DataChoice, Execution
from colacli.workflows.parallel import run_parallel
from colacli.workflows.seeds import each_seed
from colacli.workflows.train_student import TRAIN_STUDENT, TrainStudentRequest
from factories.verbs import PARAMETERS, dies, fails_at_one, process_and_store, square


@dataclass(frozen=True)
class Request:
    """A request as `run_parallel` sees it."""

    training: SimpleNamespace


def of_seeds(*seeds):
    """Requests."""
    return [Request(SimpleNamespace(seed=seed)) for seed in seeds]


def test_results_have_the_index_of_their_request(store):
    """However many processes there are, and each is told which event is whose."""
    told = []
    results = run_parallel(square, of_seeds(*range(7)), 3, store, told.append)
    assert sorted(results) == [(seed, seed**2) for seed in range(7)]

    assert all(isinstance(one, OfJob) for one in told)
    assert sorted(one.seed for one in told if isinstance(one.event, Note)) == list(range(7))
    assert {one.job for one in told} <= {0, 1, 2}
    assert told[0] == OfJob(0, 0, Counted(PARAMETERS))
    (threads,) = {one.event.text for one in told if isinstance(one.event, Note)}
    assert threads == f"{max(1, os.cpu_count() // 3)} threads"


def test_processes_are_no_more_than_requests_and_end(store):
    """A process of its own each, over the same store, gone afterwards."""
    results = dict(run_parallel(process_and_store, of_seeds(0, 1), 8, store, lambda _: None))

    assert os.getpid() not in {pid for pid, _ in results.values()}
    assert {root for _, root in results.values()} == {store.root}
    assert multiprocessing.active_children() == []


def test_an_error_of_one_ends_all(store):
    """It is raised here as it was there, hint and trace with it."""
    with pytest.raises(DataError, match="line 3 is empty") as caught:
        list(run_parallel(fails_at_one, of_seeds(0, 1, 2, 3), 2, store, lambda _: None))

    assert caught.value.hint == "fill it"
    assert "fails_at_one" in "".join(caught.value.__notes__)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(("seed", "status"), [(0, 0), (1, 9)])
def test_a_process_that_dies_is_named(store, seed, status):
    """By its seed and exit status, whatever that was: there is no answer."""
    with pytest.raises(ColacliError, match=f"seed {seed} ended with exit status {status}"):
        list(run_parallel(dies, of_seeds(seed), 2, store, lambda _: None))


def test_parallel_seeds_are_the_runs_of_seeds_in_turn(tiny_base, tiny_corpus, store, tmp_path):
    """The same keys under the same name, each stored singly; what is stored is not computed again."""
    request = TrainStudentRequest(
        base=BaseChoice(base=tiny_base),
        data=DataChoice(data=str(tiny_corpus)),
        execution=Execution(device="cpu", seeds=3, jobs=2, name="made"),
    )
    request = replace(request, training=replace(request.training, epochs=1, seed=5))
    planned = replace(request, execution=replace(request.execution, dry_run=True))
    dry = each_seed(TRAIN_STUDENT, planned, store, lambda _: None)

    made = each_seed(TRAIN_STUDENT, request, store, lambda _: None)
    again = each_seed(TRAIN_STUDENT, request, store, lambda _: None)

    assert [one.run.spec.training.seed for one in made] == [5, 6, 7]
    assert [one.run.key for one in made] == [one.spec.key for one in dry] == [one.run.key for one in again]
    assert [run.key for run in resolve(store, "made")] == [one.run.key for one in made]
    assert [one.cached for one in (*made, *again)] == [False] * 3 + [True] * 3
    assert {one.run.manifest.environment["threads"] for one in made} == {str(max(1, os.cpu_count() // 2))}
