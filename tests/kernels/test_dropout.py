"""Dropout drops the fraction it says, anew each time, and scales what is left."""

from __future__ import annotations

import pytest
import torch

from colacli.kernels.dropout import Dropout, StepMasks, apply_mask, draw_keep_mask


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("dropout", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_fraction_it_says(dtype, dropout):
    """Of a million elements the fraction that is kept is within six standard deviations, and the rest is zero."""
    torch.manual_seed(0)
    keep_mask = draw_keep_mask(torch.empty(1000, 1000, dtype=dtype), dropout)
    assert set(keep_mask.unique().tolist()) == {0, -1}
    deviation = (dropout * (1 - dropout) / keep_mask.numel()) ** 0.5
    assert abs(float((keep_mask != 0).double().mean()) - (1 - dropout)) < 6 * deviation


def test_dropout_draws_anew_for_every_element_and_call():
    """Neighbours, rows and calls are independent: their correlation is within six standard deviations of none."""
    torch.manual_seed(0)
    first, second = ((draw_keep_mask(torch.empty(500, 400), 0.3) != 0).double() - 0.7 for _ in range(2))
    pairs = [(first, second), (first[:, :-1], first[:, 1:]), (first[:-1], first[1:]), (first[:, :-4], first[:, 4:])]
    for one, other in pairs:
        assert abs(float((one * other).mean()) / 0.21) < 6 / one.numel() ** 0.5


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_masking_is_a_product_with_none_or_one(dtype):
    """Kept elements stay to the bit, others are zero."""
    torch.manual_seed(0)
    x = torch.randn(40, 30).to(dtype)
    keep_mask = draw_keep_mask(x, 0.4)
    assert torch.equal(apply_mask(x, keep_mask), torch.where(keep_mask != 0, x, 0))


def test_what_is_left_is_scaled_and_so_is_its_gradient():
    """An element is 0 or x / (1 - p), and its gradient is what it was multiplied with."""
    torch.manual_seed(0)
    x = torch.randn(200, 50, requires_grad=True)
    y = Dropout(0.2)(x)
    y.sum().backward()
    assert set(x.grad.unique().tolist()) == {0.0, 1.25}
    torch.testing.assert_close(y, x * x.grad)
    assert abs(float((y == 0).double().mean()) - 0.2) < 6 * (0.16 / y.numel()) ** 0.5


@pytest.mark.parametrize("p", [0.0, 0.9])
def test_evaluation_drops_nothing(p):
    """In evaluation, and with p = 0, it is the identity."""
    x = torch.randn(10, 10)
    dropout = Dropout(p)
    if p:
        dropout.eval()
    assert dropout(x) is x


def drawn_like(masks, x, dropout):
    """One more mask of a step, as integers like x."""
    return masks.draw(x.numel(), dropout).like(x)


def kept(masks, shape=(500, 400), dtype=torch.bfloat16, dropout=0.3):
    """One more mask of a step, as deviations from its mean."""
    return (drawn_like(masks, torch.empty(shape, dtype=dtype), dropout) != 0).double() - (1 - dropout)


def test_masks_of_a_step_are_independent():
    """Within each, between every two at every near distance, and between steps; each with the fraction it says."""
    torch.manual_seed(0)
    masks = StepMasks(3)
    drawn = [kept(masks).flatten() for _ in range(6)]  # two steps
    limit = 6 / drawn[0].numel() ** 0.5
    for number, one in enumerate(drawn):
        assert abs(float(one.mean())) / 0.21**0.5 < limit
        for lag in (1, 2, 4, 400):
            assert abs(float((one[lag:] * one[:-lag]).mean())) / 0.21 < limit
        for other in drawn[number + 1 :]:
            for lag in (0, 1, 2, 4, 400):
                assert abs(float((one[lag:] * other[: len(other) - lag]).mean())) / 0.21 < limit


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_masks_of_a_step_may_have_any_sizes(dtype):
    """Smaller and larger ones in any order, each all bits or none, and no two layers the same."""
    torch.manual_seed(0)
    masks, shapes = StepMasks(4), [(30, 8), (50, 90), (3, 5), (50, 90)]
    drawn = [drawn_like(masks, torch.empty(shape, dtype=dtype), 0.5) for shape in shapes]
    assert [mask.shape for mask in drawn] == [torch.Size(shape) for shape in shapes]
    assert all(set(mask.unique().tolist()) == {0, -1} for mask in drawn)
    assert not torch.equal(drawn[1], drawn[3])


def test_a_step_depends_on_the_generator_alone():
    """A training that is resumed between steps draws what it would have drawn: nothing is kept from the step before."""
    torch.manual_seed(0)
    masks = StepMasks(2)
    [kept(masks) for _ in range(2)]
    state = torch.get_rng_state()
    expected = [kept(masks) for _ in range(2)]
    torch.set_rng_state(state)
    resumed = StepMasks(2)
    assert all(torch.equal(one, kept(resumed)) for one in expected)
