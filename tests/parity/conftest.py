"""A model whose folder is changed in many ways."""

from __future__ import annotations

import shutil

import pytest
from transformers.utils import logging

from factories.base_layouts import LENGTH, their_answer, write_model


@pytest.fixture(scope="module", autouse=True)
def _quiet():
    """Transformers' warnings and bars are left out."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A tiny language model whose greedy text has many different tokens; never write into it."""
    return write_model(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def folder(whole, tmp_path):
    """A copy of it, to be changed."""
    return shutil.copytree(whole, tmp_path / "base")


@pytest.fixture(scope="module")
def words(whole):
    """The greedy text of the model as it is."""
    text = their_answer(whole)[1]
    assert len(set(text)) > LENGTH / 3
    return text
