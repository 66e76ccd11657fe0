"""A student comes back as it was saved, or is refused before anything is made of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from colacli.errors import IntegrityError
from colacli.models.student import RecurrentClassifier
from colacli.models.weights import STUDENT_CONFIG, STUDENT_WEIGHTS, factorised, load_student, save_student
from factories.tiny import random_batch
from factories.weights import SHAPE, a_student


def test_a_student_comes_back(tmp_path):
    """A saved student gives its logits again, to the bit."""
    student = a_student().eval()
    save_student(tmp_path, student, SHAPE)
    again = load_student(tmp_path / STUDENT_CONFIG, tmp_path / STUDENT_WEIGHTS).eval()
    batch = random_batch([3, 8])
    assert torch.equal(again(batch), student(batch))


def test_a_student_of_another_shape(tmp_path):
    """A student's config and weights that don't fit each other are refused."""
    save_student(tmp_path, a_student(), SHAPE)
    config = tmp_path / STUDENT_CONFIG
    config.write_text(config.read_text().replace('"hidden": 6', '"hidden": 7'))
    with pytest.raises(IntegrityError, match="is not a student"):
        load_student(config, tmp_path / STUDENT_WEIGHTS)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cell": "lstm"}', "\x00"])
def test_a_students_config_that_is_none(tmp_path, content):
    """A student's config that can't be understood is refused."""
    save_student(tmp_path, a_student(), SHAPE)
    (tmp_path / STUDENT_CONFIG).write_text(content)
    with pytest.raises(IntegrityError, match="is not a student"):
        load_student(tmp_path / STUDENT_CONFIG, tmp_path / STUDENT_WEIGHTS)


def test_a_torn_student(tmp_path):
    """A student's weights cut short are refused with their name."""
    save_student(tmp_path, a_student(), SHAPE)
    weights = tmp_path / STUDENT_WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(IntegrityError, match=r"model\.safetensors"):
        load_student(tmp_path / STUDENT_CONFIG, weights)


def test_the_same_student_gives_the_same_bytes(tmp_path):
    """Equal students are equal files."""
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        save_student(folder, a_student(), SHAPE)
    for name in (STUDENT_CONFIG, STUDENT_WEIGHTS):
        assert (first / name).read_bytes() == (second / name).read_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"cell": "transformer"},
        {"cell": ["rnn"]},
        {"hidden": 0},
        {"hidden": -1},
        {"hidden": 6.0},
        {"hidden": True},
        {"hidden": 10**9},
        {"layers": 10**9},
        {"layers": 65},
        {"vocab_size": 10**12},
        {"width": "8"},
        {"width": None},
        {"more": 1},
        {"bidirectional": 1},
        {"bidirectional": None},
        {"pooling": "median"},
        {"pooling": ["last"]},
        {"embedding_rank": 0},
        {"embedding_rank": 10**9},
        {"embedding_rank": 2.0},
    ],
)
def test_a_students_config_out_of_bounds(tmp_path, changes):
    """It is refused before a network of its size is made."""
    save_student(tmp_path, a_student(), SHAPE)
    config = tmp_path / STUDENT_CONFIG
    config.write_text(json.dumps(json.loads(config.read_text()) | changes))
    with pytest.raises(IntegrityError, match="is not a student"):
        load_student(config, tmp_path / STUDENT_WEIGHTS)


def test_a_plain_students_config_is_what_it_always_was(tmp_path):
    """What was added later and is not used stands in no file, so that the same run has the same bytes."""
    save_student(tmp_path, a_student(), SHAPE)
    assert set(json.loads((tmp_path / STUDENT_CONFIG).read_text())) == {
        "cell",
        "vocab_size",
        "width",
        "hidden",
        "layers",
    }


def test_a_student_of_every_option_is_read_back(tmp_path):
    """Directions, pooling and rank are in its config, and its logits are the same."""
    shape = replace(SHAPE, bidirectional=True, pooling="attention", embedding_rank=3)
    torch.manual_seed(0)
    student = RecurrentClassifier(shape).eval()
    save_student(tmp_path, student, shape)
    again = load_student(tmp_path / STUDENT_CONFIG, tmp_path / STUDENT_WEIGHTS).eval()
    batch = random_batch([3, 6])
    torch.testing.assert_close(student(batch), again(batch), rtol=0.0, atol=1e-6)  # a bit may depend on alignment


def test_factors_are_the_nearest_of_their_rank():
    """Their product misses what the truncated singular value decomposition misses; a full rank misses nothing."""
    torch.manual_seed(0)
    embedding = torch.randn(50, 8)
    values = torch.linalg.svdvals(embedding)
    for rank in (1, 3, 8):
        coordinates, projection = factorised(embedding, rank)
        assert (coordinates.shape, projection.shape) == ((50, rank), (8, rank))
        missed = (embedding - coordinates @ projection.T).norm()
        torch.testing.assert_close(missed, values[rank:].norm(), rtol=1e-5, atol=1e-4)
