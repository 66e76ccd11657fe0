"""In a padded layout each token stands once and sees what it follows, and padding and packing undo one another."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.kernels.layout import ROW_WIDTH, PaddedLayout

LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=12)


@given(LENGTHS)
def test_each_sentence_stands_in_one_row(lengths):
    """A row's positions go to whole sentences, side by side and in their order; no two tokens share one."""
    layout = PaddedLayout.of_sentences(lengths)
    width = layout.mask.shape[-1]
    sentences = [positions.tolist() for positions in layout.positions.split(lengths)]
    assert all(own == list(range(own[0], own[0] + len(own))) for own in sentences)
    assert all(own[0] // width == own[-1] // width for own in sentences)
    assert layout.positions.tolist() == sorted(set(layout.positions.tolist()))
    assert layout.tokens[layout.positions].tolist() == list(range(sum(lengths)))


@given(LENGTHS)
def test_a_row_is_left_when_the_next_sentence_does_not_fit(lengths):
    """Two neighbouring rows together have more tokens than one row can."""
    layout = PaddedLayout.of_sentences(lengths)
    width = layout.mask.shape[-1]
    used = (layout.positions // width).bincount()
    assert all(before + after > width for before, after in itertools.pairwise(used.tolist()))


@pytest.mark.parametrize(("lengths", "width"), [([3, 4], ROW_WIDTH), ([3, 200, 4], 200)])
def test_rows_are_as_wide_as_the_longest_sentence(lengths, width):
    """And no narrower than the usual."""
    assert PaddedLayout.of_sentences(lengths).mask.shape[1:] == (1, width, width)


@given(LENGTHS)
def test_a_token_sees_its_sentence_up_to_itself(lengths):
    """Everything else is hidden from it; an empty position sees itself and no token."""
    layout = PaddedLayout.of_sentences(lengths)
    width = layout.mask.shape[-1]
    expected = torch.eye(len(layout.tokens), dtype=torch.bool)
    for own in layout.positions.split(lengths):
        expected[own[0] : own[-1] + 1, own[0] : own[-1] + 1] = torch.ones(len(own), len(own)).tril().bool()
    rows = [expected[end - width : end, end - width : end] for end in range(width, len(expected) + 1, width)]
    assert torch.equal(layout.mask[:, 0] == 0, torch.stack(rows))
    assert set(layout.mask.unique().tolist()) <= {0.0, -math.inf}


def test_a_row_for_each_sentence_sees_what_was_read_before():
    """Earlier tokens are keys that every query sees."""
    layout = PaddedLayout.of_rows(count=2, width=3, before=2)
    assert layout.is_full
    assert layout.mask.shape == (2, 1, 3, 5)
    assert (layout.mask[1, 0] == 0).tolist() == [[True] * 3 + [False] * 2, [True] * 4 + [False], [True] * 5]


@given(LENGTHS, st.integers(1, 4))
def test_packing_undoes_padding(lengths, width):
    """States (N, d) come back as they were, and get their own gradients through it."""
    layout = PaddedLayout.of_sentences(lengths)
    states = torch.randn(sum(lengths), width, requires_grad=True)
    weights = torch.randn(sum(lengths), width)
    padded = layout.pad(states)
    packed = layout.pack(padded)
    (packed * weights).sum().backward()
    assert padded.shape == (*layout.mask.shape[::3], width)
    assert torch.equal(packed, states)
    assert torch.equal(states.grad, weights)
