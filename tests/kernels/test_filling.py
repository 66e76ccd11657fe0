"""A batch that is filled up: as its sentences alone, in one of few shapes."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.kernels.filling import filled
from colacli.kernels.packing import Batch, Prepared, numbers_of
from colacli.kernels.prefixes import SharedPrefixes
from factories.gradients import teacher
from factories.tiny import random_batch

LENGTHS = st.lists(st.integers(1, 90), min_size=1, max_size=40)


def _shared(batch):
    return SharedPrefixes.of(batch)


@given(LENGTHS, st.sampled_from([lambda batch: batch, _shared]))
def test_each_token_sees_what_it_saw(lengths, packed):
    """The mask of the tokens that were there is the same, and each of the others sees itself alone."""
    tokens = packed(random_batch(lengths, vocabulary=3))
    full, count = filled(tokens), len(tokens.ids)
    before, after = tokens.layout, full.layout

    assert torch.equal(full.ids[:count], tokens.ids)
    assert torch.equal(full.last, tokens.last)
    assert torch.equal(after.mask[: len(before.mask)], before.mask)
    assert torch.equal(after.tokens[: len(before.tokens)], before.tokens)
    others = after.positions[count:]
    assert torch.equal(after.tokens[others], torch.arange(count, len(full.ids)))
    assert torch.equal((after.mask[len(before.mask) :] == 0).sum(3).unique(), torch.tensor([1])) or not len(others)
    assert len(full.ids) <= count * 9 / 8 + 1


@pytest.mark.parametrize("count", [1, 7, 128])
def test_logits_and_gradients_stay(count):
    """Of a teacher, with other tokens and without."""
    generator = torch.Generator().manual_seed(count)
    batch = random_batch(torch.randint(1, 16, (count,), generator=generator).tolist(), vocabulary=20)
    model, found = teacher().train(), []
    for packed in (batch, filled(batch)):
        model.zero_grad()
        logits = model(packed)
        logits.square().sum().backward()
        gradient = torch.cat([one.grad.flatten() for one in model.parameters() if one.grad is not None])
        found.append((logits.detach(), gradient))

    for before, after in zip(*found, strict=True):
        torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-4 * float(before.abs().max()))


def test_batches_of_one_size_have_few_shapes():
    """Of a hundred random ones."""
    generator = torch.Generator().manual_seed(0)
    shapes = {
        tuple(one.shape for one in numbers_of(filled(random_batch(lengths.tolist()))))
        for lengths in torch.randint(4, 16, (100, 128), generator=generator)
    }
    assert len(shapes) <= 6


def test_numbers_are_what_a_batch_is_made_of():
    """Prepared again from them it is the same."""
    batch = filled(Batch(torch.arange(9), torch.tensor([4, 5])))
    again = Prepared.of(numbers_of(batch), batch.layout.width)

    assert torch.equal(again.layout.mask, batch.layout.mask)
    assert all(torch.equal(one, other) for one, other in zip(numbers_of(again), numbers_of(batch), strict=True))
