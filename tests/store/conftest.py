"""Fixtures of the store's tests."""

import pytest

from colacli.store.store import Store
from factories.runs import commit_run, make_spec


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A store with two runs, one of them named, and a decoy beside its names."""
    store = Store(tmp_path_factory.mktemp("shared") / "home")
    commit_run(store, name="known")
    commit_run(store, make_spec(1))
    (store.root / "decoy").write_text(make_spec().key)
    return store
