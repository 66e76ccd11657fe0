"""Packed batches have each sentence's tokens once, in the order asked for."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.kernels.packing import Continuation, Tokens
from factories.tiny import random_batch

LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=12)
SIZE = st.integers(1, 15)


def sentences(batch):
    """A batch's token ids as lists."""
    return [ids.tolist() for ids in batch.ids.split(batch.lengths.tolist())]


def tokens_of(lengths):
    """A split whose tokens are numbered through."""
    return Tokens(torch.arange(sum(lengths), dtype=torch.int32), torch.tensor(lengths))


def rows_of(lengths):
    """The same split's sentences as lists."""
    return [ids.tolist() for ids in torch.arange(sum(lengths)).split(lengths)]


@given(LENGTHS)
def test_positions_count_from_each_sentences_start(lengths):
    """A token's position is its place in its sentence."""
    assert random_batch(lengths).positions.tolist() == [place for length in lengths for place in range(length)]


@given(LENGTHS)
def test_last_is_where_each_sentence_ends(lengths):
    """The ids at `last` are the last ids of the sentences."""
    batch = random_batch(lengths)
    assert batch.ids[batch.last].tolist() == [ids[-1] for ids in sentences(batch)]


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 7))
def test_a_continuation_goes_on_after_what_was_read(count, width, start):
    """Its tokens stand sentence after sentence, count on from those read before, and see them all."""
    ids = torch.randint(9, (count, width))
    tokens = Continuation(ids, start)
    assert tokens.ids.tolist() == ids.flatten().tolist()
    assert tokens.positions.tolist() == [*range(start, start + width)] * count
    assert tokens.ids[tokens.last].tolist() == ids[:, -1].tolist()
    mask = tokens.layout.mask
    assert (mask is None) == (width == 1)  # one sees them all without
    if mask is not None:
        assert mask.shape == (count, 1, width, start + width)


@given(LENGTHS)
def test_the_reading_order_takes_one_token_of_each_sentence_at_a_step(lengths):
    """Step by step the sentences' next tokens, and at the end each sentence in its place again."""
    batch = random_batch(lengths)
    order = batch.reading_order
    padded, found = torch.nn.utils.rnn.pad_packed_sequence(order._replace(data=batch.ids[order.data]), batch_first=True)
    assert found.tolist() == lengths
    assert [ids[:length].tolist() for ids, length in zip(padded, lengths, strict=True)] == sentences(batch)


@given(LENGTHS, st.data())
def test_a_batch_is_its_rows_in_order(lengths, data):
    """A batch has the sentences asked for, in the order asked, repeats and all, as int64."""
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


@given(LENGTHS, SIZE)
def test_by_prefix_gives_every_row_once(lengths, size):
    """Batches have every row once, in the order of the sentences' tokens, and none is larger than asked."""
    tokens = Tokens(torch.randint(0, 3, (sum(lengths),), dtype=torch.int32), torch.tensor(lengths))
    batches = tokens.by_prefix(size)
    ordered = sentences(tokens.batch(torch.cat([*batches])))
    assert sorted(torch.cat([*batches]).tolist()) == list(range(len(lengths)))
    assert ordered == sorted(ordered)
    assert max(map(len, batches)) <= size


@given(LENGTHS)
def test_a_reading_has_a_row_for_each_sentence(lengths):
    """Token ids in the order of a recurrent network, which the layout puts back into the sentences' rows."""
    batch = random_batch(lengths)
    reading = batch.reading(torch.device("cpu"), padded=True)
    rows = reading.layout.pad(reading.ids.data[:, None].double())[:, :, 0]
    assert reading.ids.data.tolist() == batch.ids[batch.reading_order.data].tolist()
    assert reading.lengths.tolist() == lengths
    assert [ids[:length].long().tolist() for ids, length in zip(rows, lengths, strict=True)] == sentences(batch)


def test_rows_are_made_where_they_are_asked_for():
    """A student that reads its last state alone needs none."""
    assert random_batch([2, 3]).reading(torch.device("cpu"), padded=False).layout is None
