"""A fresh store for every test."""

import pytest

from colacli.store.store import Store


@pytest.fixture
def store(tmp_path):
    """A store in a folder that does not exist yet."""
    return Store(tmp_path / "home")
