"""The power fails: what was not forced to disk is lost, and what was reported as done is there all the same.

The process dies at each operation, and with it go the bytes and the entries of folders that were not forced to disk:
all of them, or some by chance, for a disk may write in any order.
"""

from __future__ import annotations

import os
import random

import pytest

from colacli.data.importing import import_corpus
from colacli.data.readers import read_corpus
from colacli.store.checkpoints import Checkpoints
from colacli.store.gc import collect, scan
from colacli.store.refs import drop_from_names, names, set_name
from colacli.store.store import Store
from colacli.workflows.verify import faults_in
from factories.counting import Counting, count
from factories.faults import Death, PowerFailure, bury, failing
from factories.runs import commit_run, make_spec

pytestmark = pytest.mark.usefixtures("no_waiting")
LUCK = pytest.mark.parametrize("lucky", [False, True], ids=["all is lost", "some is lost"])


@pytest.fixture
def no_waiting(monkeypatch):
    """Nothing here needs the real disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def content(run):
    """Every file of a run but its manifest, which knows the time."""
    return {path.name: path.read_bytes() for path in run.path.iterdir() if path.name != "manifest.json"}


def failures(tmp_path, work, *, lucky, prepare=lambda root: None, every=1):
    """What is left, and what `work` had reported, for a power failure at each operation of `work` and after it.

    Args:
        tmp_path: where to work.
        work: called with a folder on the disk and a list, to which it adds what it has done.
        lucky: whether some of what was not forced to disk is there.
        prepare: makes in the folder what is there before, all of it on disk.
        every: tries only every such operation.
    """
    at, ended = 1 - every, False
    while not ended:
        at += every
        power, done = PowerFailure(tmp_path / f"{at}"), []
        root = power.root / "home"
        with power.recording():
            prepare(root)
            try:
                with failing(root, at):
                    work(root, done)
                ended = True
            except Death:
                pass
        yield power.left(tmp_path / f"{at}-after", random.Random(at) if lucky else None) / "home", done


def faults(root):
    """What is wrong in a store after its process died."""
    bury(root)
    return faults_in(Store(root), None, deep=True)[1]


@LUCK
@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_a_training(tmp_path, monkeypatch, lucky, every):
    """What stands is sound, and was not less than was reported: each checkpoint, then the run and its name."""
    expected = content(count(Store(tmp_path / "whole")).run)
    add = Checkpoints.add

    def work(root, done):
        def reported(*given):
            result = add(*given)
            done.append("checkpoint")
            return result

        monkeypatch.setattr(Checkpoints, "add", reported)
        count(Store(root))
        done.append("run")

    resumed = 0
    for root, done in failures(tmp_path, work, lucky=lucky, every=every):
        monkeypatch.setattr(Checkpoints, "add", add)
        assert faults(root) == []
        again = Counting()
        made = count(Store(root), again)
        assert content(made.run) == expected
        assert made.cached >= ("run" in done)
        assert made.cached or again.started_at[0] >= done.count("checkpoint")
        assert faults(root) == []
        resumed += bool(again.started_at and again.started_at[0])
    assert made.names == ["counted"]
    assert resumed > 5


def test_a_second_process_does_not_rely_on_the_folders_of_a_first(tmp_path):
    """The first is killed after it made a folder; the second finds the folder there, finishes, and the power fails."""
    with failing(tmp_path / "whole", at=0) as disk:
        commit_run(Store(tmp_path / "whole"))
    for at in range(1, disk.count):
        power = PowerFailure(tmp_path / f"{at}")
        root = power.root / "home"
        with power.recording():
            with pytest.raises(Death), failing(root, at):
                commit_run(Store(root))
            run = commit_run(Store(root))
        after = power.left(tmp_path / f"{at}-after") / "home"

        assert Store(after).run_keys() == [run.key]
        assert faults(after) == []


@LUCK
def test_names(tmp_path, lucky):
    """A name that was given is there, one that moves is the old or the new, and none leads nowhere."""

    def prepare(root):
        for seed in (0, 1):
            commit_run(Store(root), make_spec(seed))
        set_name(Store(root), "best", [make_spec(0).key])

    def work(root, done):
        set_name(Store(root), "best", [make_spec(1).key])
        done.append("best")

    for root, done in failures(tmp_path, work, lucky=lucky, prepare=prepare):
        assert faults(root) == []
        found = names(Store(root))["best"]
        assert found == [make_spec(1).key] if done else found in ([make_spec(0).key], [make_spec(1).key])


@LUCK
@pytest.mark.parametrize("how", ["gc", "rm"])
def test_a_removal(tmp_path, lucky, how):
    """No run is half there: it is whole, or gone."""

    def prepare(root):
        commit_run(Store(root), make_spec(0), name="best")
        commit_run(Store(root), make_spec(1), name="old" if how == "rm" else None)

    def work(root, _):
        store = Store(root)
        if how == "gc":
            collect(store, scan(store, 0))
        else:
            store.remove(store.folder("runs") / make_spec(1).key)
            drop_from_names(store, {make_spec(1).key})

    for root, _ in failures(tmp_path, work, lucky=lucky, prepare=prepare):
        assert [fault for fault in faults(root) if fault.kind != "refs"] == []
        assert make_spec(0).key in Store(root).run_keys()


@LUCK
def test_an_imported_corpus(tmp_path, tiny_corpus, lucky):
    """It is there whole, or not at all, and there when it was said to be."""
    expected = read_corpus(tiny_corpus).splits

    def work(root, done):
        import_corpus(tiny_corpus, root / "data" / "mine")
        done.append("mine")

    for root, done in failures(tmp_path, work, lucky=lucky):
        there = (root / "data" / "mine").exists()
        assert there >= bool(done)
        assert not there or read_corpus(root / "data" / "mine").splits == expected
