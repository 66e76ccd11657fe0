"""A school for the tests of distillation."""

import pytest

from school_making import School


@pytest.fixture
def school(store, tiny_base, tiny_corpus, monkeypatch):
    """On a store of its own, with a teacher."""
    found = School(store, tiny_base, tiny_corpus, monkeypatch)
    found.first = found.teacher()
    return found
