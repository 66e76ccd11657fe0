"""Max pooling over packed sentences is `amax` over padded ones."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colacli.kernels.max_pool import packed_max
from factories.tiny import random_batch

pytestmark = pytest.mark.usefixtures("computed_by")
BOTH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the fixture is one for all examples


@BOTH
@given(st.lists(st.integers(1, 12), min_size=1, max_size=9))
def test_it_is_amax_over_each_sentence(lengths):
    """Value and gradient, to the last bit; where several states are the largest, they share the gradient."""
    batch = random_batch(lengths)
    torch.manual_seed(0)
    x = (torch.randint(-3, 4, (len(batch.ids), 5)) / 7).requires_grad_()  # many are equal
    weights = torch.randn(len(lengths), 5)
    pooled = packed_max(batch.reading_order._replace(data=x[batch.reading_order.data]))
    expected = torch.stack([sentence.amax(dim=0) for sentence in x.split(list(lengths))])
    assert torch.equal(pooled, expected)
    gradients = (torch.autograd.grad((weights * result).sum(), x)[0] for result in (pooled, expected))
    assert torch.equal(*gradients)


@BOTH
@given(st.permutations([5, 1, 17, 9, 17]))
def test_the_order_of_sentences_is_the_batchs(lengths):
    """A sentence's row is its own."""
    batch = random_batch(lengths)
    number = torch.arange(len(lengths)).repeat_interleave(batch.lengths)[:, None].float()
    pooled = packed_max(batch.reading_order._replace(data=number[batch.reading_order.data]))
    assert pooled[:, 0].tolist() == [*range(len(lengths))]


def test_a_number_that_is_none_stays():
    """What was NaN at any token is NaN."""
    batch = random_batch([3, 1, 2])
    x = torch.randn(6, 4)
    x[0, 0] = x[2, 1] = x[3, 2] = torch.nan
    pooled = packed_max(batch.reading_order._replace(data=x[batch.reading_order.data]))
    assert pooled.isnan().nonzero().tolist() == [[0, 0], [0, 1], [1, 2]]
