"""Attention is the softmax of its formula, whichever kernel computes it, with and without a cache."""

from __future__ import annotations

import pytest
import torch

from colacli.kernels import attention
from colacli.kernels.attention import KeyValueCache, attend, attend_cached
from colacli.kernels.layout import PaddedLayout

LENGTHS = [5, 1, 60, 9, 17]
TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 0.03}
SCALE = 0.3


def formula(queries, keys, values, mask, scale=SCALE):
    """softmax(scale Q K^T + mask) V in fp64."""
    scores = scale * queries.double() @ keys.double().transpose(-2, -1) + mask.double()
    return scores.softmax(dim=-1) @ values.double()


def causal(queries, keys):
    """The mask of the last so many of some tokens: none sees what follows it."""
    return torch.full((queries, keys), -torch.inf).triu(keys - queries + 1)


def drawn(*shape, seed=0):
    """Queries, keys and values at random."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=generator) for _ in range(3)]


def assert_near(actual, expected, dtype=torch.float32):
    """The same within the rounding of a type."""
    torch.testing.assert_close(actual.double(), expected, rtol=0.0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("most", [0, 256], ids=["fused", "plain"])
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_sentences_in_shared_rows_are_each_attended_to_alone(monkeypatch, dtype, most):
    """Packed, padded, attended to and packed again, each sentence is the formula of its own tokens."""
    monkeypatch.setattr(attention, "_UNFUSED_KEYS", most)
    layout = PaddedLayout.of_sentences(LENGTHS).with_mask_in(dtype)
    heads, width = 2, 8
    states = [x.to(dtype) for x in drawn(sum(LENGTHS), heads * width)]
    padded = [layout.pad(x).unflatten(2, (heads, width)).transpose(1, 2) for x in states]  # (R, H, W, d/H)
    attended = layout.pack(attend(*padded, SCALE, layout.mask).transpose(1, 2).flatten(2))
    ends = torch.tensor(LENGTHS).cumsum(0).tolist()
    for end, length in zip(ends, LENGTHS, strict=True):
        alone = [x[end - length : end].unflatten(1, (heads, width)).transpose(0, 1) for x in states]  # (H, T, d/H)
        expected = formula(*alone, causal(length, length)).transpose(0, 1).flatten(1)
        assert_near(attended[end - length : end], expected, dtype)


@pytest.mark.parametrize("most", [0, 256], ids=["fused", "plain"])
@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize(("read", "known"), [(7, 7), (1, 7), (3, 7)])
def test_all_tokens_or_the_last_of_them(monkeypatch, rows, read, known, most):
    """All tokens, one after those known, or some of them: both kernels are the formula."""
    monkeypatch.setattr(attention, "_UNFUSED_KEYS", most)
    queries = drawn(rows, 3, read, 8)[0]
    _, keys, values = drawn(rows, 3, known, 8, seed=1)
    mask = causal(read, known).expand(rows, 1, read, known)
    assert_near(attend(queries, keys, values, SCALE, mask), formula(queries, keys, values, mask))


def test_gradients_are_the_formulas():
    """Of queries, keys and values, to 1e-5."""
    mask = causal(6, 6).expand(2, 1, 6, 6)
    actual, expected = ([x.requires_grad_() for x in drawn(2, 3, 6, 8)] for _ in range(2))
    attend(*actual, SCALE, mask).square().sum().backward()
    formula(*expected, mask).square().sum().backward()
    for one, other in zip(actual, expected, strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=0.0, atol=1e-5)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("most", [0, 256], ids=["fused", "plain"])
@pytest.mark.parametrize("pieces", [[9], [4, 1, 1, 1, 1, 1], [2, 3, 4]])
@pytest.mark.parametrize("width", [8, 32, 64])
@pytest.mark.usefixtures("computed_by")
def test_a_cache_continues_where_it_ended(monkeypatch, dtype, pieces, most, width):
    """Read in pieces, each sees all tokens up to itself; what comes out has the states' type."""
    monkeypatch.setattr(attention, "_UNFUSED_KEYS", most)
    queries, keys, values = (x.to(dtype) for x in drawn(2, 3, 9, width))
    cache, attended, start = KeyValueCache(12), [], 0
    for piece in pieces:
        part = torch.stack([x[:, :, start : start + piece] for x in (queries, keys, values)])
        mask = causal(piece, start + piece).expand(2, 1, piece, start + piece).to(dtype) if piece > 1 else None
        attended.append(attend_cached(part, SCALE, mask, cache))
        start += piece
    assert {x.dtype for x in attended} == {dtype}
    assert_near(torch.cat(attended, dim=2), formula(queries, keys, values, causal(9, 9)), dtype)


def test_on_a_cpu_a_cache_is_fp32():
    """Keys and values of bf16 states are kept wide, since so they are attended to faster."""
    cache = KeyValueCache(1)
    attend_cached(torch.stack(drawn(1, 2, 1, 4)).bfloat16(), SCALE, None, cache)
    assert cache._both.dtype == torch.float32
