"""Ranks, and parts that a batch is accumulated from, have the gradient that one process has of the whole batch."""

import pytest
import torch
from safetensors.torch import load_file

from factories.gradients import gradients
from factories.torchrun import TESTS, torchrun


@pytest.fixture(scope="module")
def alone():
    """What one process computes at once."""
    return gradients()


@pytest.mark.parametrize("accumulate", [2, 3, 20])
def test_accumulated_gradients(alone, accumulate):
    """Whatever the loss and the parts' sizes, they are the same to 1e-6, and so is what is counted."""
    accumulated = gradients(accumulate=accumulate)

    assert len(accumulated) == 2 * 2 * 12
    for name, expected in alone.items():
        torch.testing.assert_close(accumulated[name], expected, rtol=0, atol=1e-6, msg=name)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "accumulate"), [(2, 1), (3, 2)])
def test_gradients_of_ranks(alone, size, accumulate, tmp_path):
    """On every rank, also on one without a sentence of the batch, they are those of one process to 1e-5."""
    ended = torchrun(size, TESTS / "factories" / "gradients.py", tmp_path, accumulate)

    assert ended.returncode == 0, ended.stderr
    by_rank = [load_file(tmp_path / f"{rank}.safetensors") for rank in range(size)]
    assert alone.keys() == by_rank[0].keys()
    for name, expected in alone.items():
        torch.testing.assert_close(by_rank[0][name], expected, rtol=0, atol=1e-5, msg=name)
        assert all(torch.equal(by_rank[0][name], other[name]) for other in by_rank[1:]), name
