"""Packed batches hold each sentence's tokens once, and spread and pack undo one another."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.data.batches import Batch, Tokens, by_length, shuffled
from making import random_batch

LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=12)
SIZE = st.integers(1, 15)


def places(lengths):
    """(row, position) of every token, sentence after sentence."""
    return [(row, position) for row, length in enumerate(lengths) for position in range(length)]


def sentences(batch):
    """A batch's token ids as lists."""
    return [ids.tolist() for ids in batch.ids.split(batch.lengths.tolist())]


def tokens_of(lengths):
    """A split whose tokens are numbered through."""
    return Tokens(torch.arange(sum(lengths), dtype=torch.int32), torch.tensor(lengths))


def rows_of(lengths):
    """The same split's sentences as lists."""
    return [ids.tolist() for ids in torch.arange(sum(lengths)).split(lengths)]


@given(LENGTHS, st.integers(0, 5))
def test_positions_count_from_each_sentences_start(lengths, start):
    """A token's position is its place in its sentence, after what was read before."""
    batch = Batch(random_batch(lengths).ids, torch.tensor(lengths), start)
    assert batch.positions.tolist() == [start + position for _, position in places(lengths)]


@given(LENGTHS)
def test_slots_are_places_on_the_grid(lengths):
    """A token's slot is its row times the longest length, and its position."""
    batch = random_batch(lengths)
    assert batch.width == max(lengths)
    assert batch.slots.tolist() == [row * max(lengths) + position for row, position in places(lengths)]


@given(LENGTHS)
def test_last_is_where_each_sentence_ends(lengths):
    """The ids at `last` are the last ids of the sentences."""
    batch = random_batch(lengths)
    assert batch.ids[batch.last].tolist() == [ids[-1] for ids in sentences(batch)]


@given(LENGTHS)
def test_a_grid_is_where_all_are_equally_long(lengths):
    """Only then does packing drop nothing."""
    assert random_batch(lengths).is_grid == (len(set(lengths)) == 1)


@given(LENGTHS, st.integers(1, 4))
def test_packing_undoes_spreading(lengths, width):
    """States (N, d) come back from the grid as they were."""
    batch = random_batch(lengths)
    states = torch.randn(sum(lengths), width)
    assert torch.equal(batch.pack(batch.spread(states)), states)


@given(LENGTHS)
def test_spreading_pads_with_zeros(lengths):
    """On the grid each sentence begins its row, and zeros follow it."""
    batch = random_batch(lengths)
    grid = batch.spread(batch.ids[:, None])
    expected = [[*ids, *[0] * (max(lengths) - len(ids))] for ids in sentences(batch)]
    assert grid[:, :, 0].tolist() == expected


@given(LENGTHS)
def test_gradients_pass_the_grid_once(lengths):
    """Every state gets its own gradient back through the grid."""
    batch = random_batch(lengths)
    states = torch.randn(sum(lengths), 2, requires_grad=True)
    weights = torch.randn(sum(lengths), 2)
    (batch.pack(batch.spread(states)) * weights).sum().backward()
    assert torch.equal(states.grad, weights)


@given(LENGTHS, st.data())
def test_a_batch_is_its_rows_in_order(lengths, data):
    """A batch holds the sentences asked for, in the order asked, repeats and all, as int64."""
    rows = data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1, max_size=9))
    batch = tokens_of(lengths).batch(torch.tensor(rows))
    assert sentences(batch) == [rows_of(lengths)[row] for row in rows]
    assert batch.ids.dtype == torch.int64


@given(LENGTHS, st.data())
def test_a_selection_is_a_split(lengths, data):
    """Selected sentences make a split of their own, in the order asked, as int32."""
    rows = data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1, unique=True))
    part = tokens_of(lengths).select(rows)
    assert len(part) == len(rows)
    assert sentences(part.batch(torch.arange(len(rows)))) == [rows_of(lengths)[row] for row in rows]
    assert part.ids.dtype == torch.int32


def test_nothing_can_be_selected():
    """A selection of no sentence is a split of none."""
    assert len(tokens_of([3, 4]).select([])) == 0


@given(st.integers(1, 60), SIZE, st.integers(0, 2**32))
def test_shuffled_gives_every_row_once(count, size, seed):
    """Batches of the size asked for, only the last smaller, hold every row once."""
    batches = list(shuffled(count, size, torch.Generator().manual_seed(seed)))
    assert sorted(torch.cat(batches).tolist()) == list(range(count))
    assert {len(rows) for rows in batches[:-1]} <= {size}
    assert len(batches) == -(-count // size)


def test_shuffled_goes_on_with_its_generator():
    """One seed gives one order; the next epoch's differs."""
    generators = [torch.Generator().manual_seed(7) for _ in range(2)]
    first, again = [torch.cat(list(shuffled(50, 8, one))) for one in generators]
    following = torch.cat(list(shuffled(50, 8, generators[0])))
    assert torch.equal(first, again)
    assert not torch.equal(first, following)


@given(LENGTHS, SIZE)
def test_by_length_gives_every_row_once(lengths, size):
    """Batches hold every row once, from the shortest sentence to the longest, equals in their order."""
    rows = torch.cat(list(by_length(tokens_of(lengths), size))).tolist()
    assert rows == sorted(range(len(lengths)), key=lambda row: lengths[row])


@pytest.mark.parametrize("size", [1, 3, 100])
def test_by_length_keeps_to_its_size(size):
    """No batch is larger than asked."""
    assert max(len(rows) for rows in by_length(tokens_of([4, 1, 6, 2, 2]), size)) == min(size, 5)
