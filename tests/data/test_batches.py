"""Packed batches hold each sentence's tokens once, and spread and pack undo one another."""

from __future__ import annotations

import itertools
import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.data.batches import Batch, Prefixes, Tokens, by_beginning, shuffled
from making import random_batch

LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=12)
MANY = st.lists(st.integers(1, 30), min_size=1, max_size=12)
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
def test_last_is_where_each_sentence_ends(lengths):
    """The ids at `last` are the last ids of the sentences."""
    batch = random_batch(lengths)
    assert batch.ids[batch.last].tolist() == [ids[-1] for ids in sentences(batch)]


@given(MANY)
def test_each_sentence_stands_in_one_row(lengths):
    """A row's places go to whole sentences, side by side and in their order; no two tokens share one."""
    rows = random_batch(lengths).rows
    width = rows.penalty.shape[-1]
    places = [slots.tolist() for slots in rows.slots.split(lengths)]
    assert all(one == list(range(one[0], one[0] + len(one))) for one in places)
    assert all(one[0] // width == one[-1] // width for one in places)
    assert rows.slots.tolist() == sorted(set(rows.slots.tolist()))
    assert rows.sources[rows.slots].tolist() == list(range(sum(lengths)))


@given(MANY)
def test_a_row_is_left_when_the_next_sentence_does_not_fit(lengths):
    """Two neighbouring rows together hold more than one row can."""
    rows = random_batch(lengths).rows
    width = rows.penalty.shape[-1]
    used = (rows.slots // width).bincount()
    assert all(before + after > width for before, after in itertools.pairwise(used.tolist()))
    assert width <= max(64, *lengths)


@given(MANY)
def test_a_token_sees_its_sentence_up_to_itself(lengths):
    """Everything else is hidden from it; an empty place sees no token."""
    rows = random_batch(lengths).rows
    width = rows.penalty.shape[-1]
    owner = {
        slot: (sentence, place)
        for sentence, slots in enumerate(rows.slots.split(lengths))
        for place, slot in enumerate(slots.tolist())
    }
    seen = rows.penalty[:, 0] == 0  # (R, W, W)
    assert set(rows.penalty.unique().tolist()) <= {0.0, -math.inf}
    for row, query, key in itertools.product(range(len(seen)), range(width), range(width)):
        one, other = owner.get(row * width + query, (None, query)), owner.get(row * width + key, (None, key))
        assert bool(seen[row, query, key]) == (one[0] == other[0] and other[1] <= one[1])


def test_a_sentence_sees_what_was_read_before():
    """With a start, the earlier tokens are keys that every query sees."""
    penalty = Batch(torch.tensor([5, 6, 7, 8, 9, 1]), torch.tensor([3, 3]), start=2).own_rows.penalty
    assert penalty.shape == (2, 1, 3, 5)
    assert (penalty[1, 0] == 0).tolist() == [[True] * 3 + [False] * 2, [True] * 4 + [False], [True] * 5]


@given(MANY, st.integers(1, 4))
def test_packing_undoes_spreading(lengths, width):
    """States (N, d) come back from the grid as they were, and get their own gradients through it."""
    rows = random_batch(lengths).rows
    states = torch.randn(sum(lengths), width, requires_grad=True)
    weights = torch.randn(sum(lengths), width)
    back = rows.pack(rows.spread(states))
    (back * weights).sum().backward()
    assert torch.equal(back, states)
    assert torch.equal(states.grad, weights)


@given(LENGTHS)
def test_reading_takes_one_token_of_each_sentence_at_a_step(lengths):
    """Step by step the sentences' next tokens, and at the end each sentence in its place again."""
    batch = random_batch(lengths)
    reading = batch.reading
    packed = reading._replace(data=batch.ids[reading.data])
    padded, found = torch.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    assert found.tolist() == lengths
    assert [ids[:length].tolist() for ids, length in zip(padded, lengths, strict=True)] == sentences(batch)


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
def test_by_beginning_gives_every_row_once(lengths, size):
    """Batches hold every row once, in the order of the sentences' tokens, and none is larger than asked."""
    tokens = Tokens(torch.randint(0, 3, (sum(lengths),), dtype=torch.int32), torch.tensor(lengths))
    batches = list(by_beginning(tokens, size))
    ordered = sentences(tokens.batch(torch.cat(batches)))
    assert sorted(torch.cat(batches).tolist()) == list(range(len(lengths)))
    assert ordered == sorted(ordered)
    assert max(map(len, batches)) <= size


FEW_TOKENS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=30), min_size=1, max_size=15)


@given(FEW_TOKENS, st.booleans())
def test_prefixes_are_sentences_read_backwards(written, ordered):
    """Of each sentence's last node, what it sees is the sentence, each token at its position."""
    written = sorted(written) if ordered else written
    batch = Batch(
        torch.tensor([token for one in written for token in one]), torch.tensor([len(one) for one in written])
    )
    shared = batch.shared()
    seen = shared.rows.penalty[:, 0].flatten(0, 1) == 0  # (R x W, W)
    width = seen.shape[1]
    for sentence, last in zip(written, shared.last.tolist(), strict=True):
        slot = int(shared.rows.slots[last])
        nodes = shared.rows.sources[slot - slot % width + seen[slot].nonzero()[:, 0]]
        assert shared.ids[nodes].tolist() == sentence
        assert shared.positions[nodes].tolist() == list(range(len(sentence)))


@given(FEW_TOKENS)
def test_in_one_row_no_prefix_is_read_twice(written):
    """In order, there are as many nodes as distinct prefixes where one row is enough."""
    written = sorted(written)
    prefixes = {tuple(one[: end + 1]) for one in written for end in range(len(one))}
    shared = Prefixes.of(written, torch.device("cpu"))
    assert len(shared.ids) >= len(prefixes)
    if len(shared.rows.penalty) == 1:
        assert len(shared.ids) == len(prefixes)
