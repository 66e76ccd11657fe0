"""A store with runs that the Python interface made, once for all tests; never write into it."""

from types import SimpleNamespace

import pytest

import colacli


@pytest.fixture(scope="session")
def how(tiny_corpus):
    """Options of every training."""
    return {"data": tiny_corpus, "epochs": 2, "batch_size": 16, "precision": "fp32", "device": "cpu"}


@pytest.fixture(scope="session")
def made(tiny_base, how, tmp_path_factory):
    """A teacher, two students of its, two without a teacher, a baseline, and their store."""
    store = colacli.open(tmp_path_factory.mktemp("api") / "store")
    teacher = store.finetune(base=tiny_base, rank=1, name="teacher", **how)
    return SimpleNamespace(
        store=store,
        teacher=teacher,
        kd=store.distil(teacher, hidden=8, seeds=2, **how),
        nokd=store.train_student(base=tiny_base, hidden=8, seeds=2, name="nokd", **how),
        baseline=store.baseline("majority", data=how["data"]),
    )
