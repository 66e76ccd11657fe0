"""What a process on another machine does with a job."""

import os
from dataclasses import replace

import pytest

from colacli.engines.engine import Done, Failed
from colacli.engines.worker import fetch, make, offer
from colacli.errors import IntegrityError, UnknownReferenceError
from colacli.events import ignore
from colacli.sharing.address import Address
from colacli.store.store import Store
from factories.jobs import THREADS, Planned, site_of


@pytest.fixture
def planned(tmp_path, tiny_base, tiny_corpus):
    """No jobs yet."""
    return Planned(tmp_path / "planned", tiny_base, tiny_corpus)


@pytest.fixture
def remote(tmp_path):
    """A folder that all machines see."""
    return Address(f"file://{tmp_path}/remote")


def test_a_run_is_made_once(planned, store):
    """Then it is a hit; with the threads that were asked for."""
    job = planned.student()
    first, second = (make(job, site_of(store), ignore) for _ in range(2))

    assert (first.key, first.cached, second.cached) == (job.key, False, True)
    assert planned.files(job.key, store) == planned.files(job.key)
    assert store.find_run(job.key).manifest.environment["threads"] == str(THREADS)


def test_threads_are_set_whatever_was(planned, store, monkeypatch):
    """Ray has a number of its own."""
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    make(planned.student(), site_of(store, threads=3), ignore)

    assert os.environ["OMP_NUM_THREADS"] == "3"


def test_another_run_than_was_planned_is_not_made(planned, store):
    """Where corpus or base differ there, nothing is trained."""
    job = replace(planned.student(), key="0" * 64)
    end = make(job, site_of(store), ignore)

    assert isinstance(end.error, IntegrityError)
    assert "not 000000000000" in end.error.message
    assert store.run_keys() == []


def test_an_error_is_an_answer(planned, store):
    """A user's as it is, a program's with its trace."""
    job = planned.student()
    missing = replace(job, request=replace(job.request, data=replace(job.request.data, data="/nowhere")))
    broken = make(replace(job, command="no such verb"), site_of(store), ignore)

    assert "/nowhere" in make(missing, site_of(store), ignore).error.message
    assert isinstance(broken, Failed)
    assert "KeyError" in broken.error.message
    assert "Traceback" in broken.error.__notes__[0]


def test_runs_travel_through_a_remote(planned, tmp_path, remote, monkeypatch):
    """The driver offers a stored teacher, a node pulls it, and the driver has the node's student at the end."""
    job = planned.distilled(planned.teacher())
    site = site_of(None, root=None, through=remote)
    node, driver = Store(tmp_path / "node"), Store(tmp_path / "driver")
    monkeypatch.setenv("COLACLI_HOME", str(node.root))
    offer(planned.store, site, job.parents[0])
    end = make(job, site, ignore)
    fetch(driver, remote, job.key, ignore)

    assert isinstance(end, Done)
    assert planned.files(job.key, driver) == planned.files(job.key)
    assert sorted(node.run_keys()) == sorted(driver.run_keys()) == sorted([job.key, *job.parents])


def test_a_run_that_is_only_in_the_nodes_store_is_sent(planned, tmp_path, remote, monkeypatch):
    """As where the network failed after it was made."""
    job = planned.student()
    monkeypatch.setenv("COLACLI_HOME", str(planned.store.root))
    end = make(job, site_of(None, root=None, through=remote), ignore)
    fetch(Store(tmp_path / "driver"), remote, job.key, ignore)

    assert end.cached


def test_a_run_that_nobody_has_is_an_error(store, remote):
    """It is named."""
    with pytest.raises(UnknownReferenceError):
        fetch(store, remote, "0" * 64, ignore)
