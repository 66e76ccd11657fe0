"""The next-token loss in slices is torch's own over all logits at once: value, counts and every gradient."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from colacli.kernels import next_token
from colacli.kernels.next_token import SoftTargets, next_token_loss, next_token_sums

TOLERANCE = 1e-5  # of fp32, summed in another order
V, E, D = 50, 5, 7


@pytest.fixture(autouse=True)
def small_slices(monkeypatch):
    """Three tokens in each."""
    monkeypatch.setattr(next_token, "_LOGITS", 3 * V)


def drawn(n, *, trained=True):
    """States, weight, bias and targets."""
    torch.manual_seed(n)
    tensors = [torch.randn(*shape) for shape in ((n, E), (V, E), (V,))]
    return [*(tensor.requires_grad_(trained) for tensor in tensors), torch.randint(0, V, (n,))]


def whole(states, weight, bias, targets, soft):
    """The same in six lines of torch."""
    logits = F.linear(states, weight, bias)
    loss = F.cross_entropy(logits, targets)
    if soft is not None:
        student, teacher = (x / soft.temperature for x in (logits, soft.states @ soft.head.T))
        kl = F.kl_div(student.log_softmax(1), teacher.log_softmax(1), log_target=True, reduction="batchmean")
        loss = loss + soft.weight * soft.temperature**2 * kl
    return loss


@given(st.integers(1, 11), st.sampled_from([None, 1.0, 2.0]), st.sampled_from([0.3, 4.0]))
def test_it_is_cross_entropy_and_divergence(n, temperature, weight):
    """With soft targets and without, at any temperature."""
    inputs = drawn(n)
    soft = temperature and SoftTargets(torch.randn(n, D), torch.randn(V, D), weight, temperature)
    expected = whole(*inputs, soft)
    loss, _ = next_token_loss(*inputs, soft, torch.float32)

    torch.testing.assert_close(loss, expected, rtol=TOLERANCE, atol=TOLERANCE)
    for actual, theirs in zip(*(torch.autograd.grad(x, inputs[:3]) for x in (loss, expected)), strict=True):
        torch.testing.assert_close(actual, theirs, rtol=TOLERANCE, atol=TOLERANCE)


def test_counts_are_those_of_all_logits():
    """The sum of losses, and how many tokens are the likeliest, in training and in measuring."""
    inputs = drawn(10, trained=False)
    states, weight, bias, targets = inputs
    logits = F.linear(states, weight, bias)
    targets[:4] = logits[:4].argmax(1)
    right = float((logits.argmax(1) == targets).sum())

    for nll, found in (next_token_loss(*inputs, None, torch.float32)[1], next_token_sums(*inputs)):
        torch.testing.assert_close(nll, F.cross_entropy(logits, targets, reduction="sum"))
        assert float(found) == right


def test_frozen_embeddings_get_no_gradient():
    """Nothing is computed for a weight that is not trained; the states' gradient is the same."""
    states, weight, bias, targets = drawn(6)
    for_all = torch.autograd.grad(next_token_loss(states, weight, bias, targets, None, torch.float32)[0], states)
    frozen = weight.detach()
    loss, _ = next_token_loss(states, frozen, bias, targets, None, torch.float32)
    loss.backward()

    assert frozen.grad is None
    torch.testing.assert_close(states.grad, for_all[0])


def test_bf16_is_near():
    """Products in bf16 give the loss to a hundredth."""
    inputs = drawn(40)
    loss, _ = next_token_loss(*inputs, None, torch.bfloat16)

    torch.testing.assert_close(loss, whole(*inputs, None), rtol=1e-2, atol=1e-2)


def test_no_more_than_a_slice_of_logits_is_in_memory(monkeypatch):
    """No tensor of all tokens by the vocabulary is made."""
    largest = []
    inputs = drawn(30)
    softmax = torch.softmax

    def recorded(logits, *args, **kwargs):
        largest.append(len(logits))
        return softmax(logits, *args, **kwargs)

    monkeypatch.setattr(torch, "softmax", recorded)
    next_token_loss(*inputs, None, torch.float32)

    assert largest == [3] * 10
