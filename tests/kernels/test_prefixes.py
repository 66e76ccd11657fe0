"""Of sentences that begin alike the beginning is read once, and each token still sees its own sentence."""

from __future__ import annotations

import time
import tracemalloc

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from colacli.kernels.prefixes import SharedPrefixes
from factories.tiny import batch_of

FEW_TOKENS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=30), min_size=1, max_size=15)


@given(FEW_TOKENS, st.booleans())
def test_what_a_last_token_sees_is_its_sentence(sentences, is_sorted):
    """In any order of sentences: all their tokens, each at its position in the sentence."""
    sentences = sorted(sentences) if is_sorted else sentences
    shared = SharedPrefixes.of(batch_of(sentences))
    layout = shared.layout
    sees = layout.mask[:, 0].flatten(0, 1) == 0  # (R W, W)
    width = sees.shape[1]
    for sentence, last in zip(sentences, shared.last.tolist(), strict=True):
        query = int(layout.positions[last])
        keys = query - query % width + sees[query].nonzero()[:, 0]
        assert shared.ids[layout.tokens[keys]].tolist() == sentence
        assert shared.positions[layout.tokens[keys]].tolist() == list(range(len(sentence)))


@given(FEW_TOKENS)
def test_no_prefix_is_computed_twice(sentences):
    """In order, there are as many tokens as distinct prefixes, also where the next row reads one again."""
    sentences = sorted(sentences)
    prefixes = {tuple(one[: end + 1]) for one in sentences for end in range(len(one))}
    shared = SharedPrefixes.of(batch_of(sentences))
    assert len(shared.ids) == len(prefixes)


@given(FEW_TOKENS)
def test_paths_are_the_tokens_of_each_sentence(sentences):
    """In any order, token after token."""
    shared = SharedPrefixes.of(batch_of(sentences))
    assert shared.ids[shared.paths].tolist() == [token for one in sentences for token in one]


@given(FEW_TOKENS)
def test_padding_undoes_packing(sentences):
    """States come back through the layout as they were."""
    shared = SharedPrefixes.of(batch_of(sorted(sentences)))
    states = torch.randn(len(shared.ids), 3)
    assert torch.equal(shared.layout.pack(shared.layout.pad(states)), states)


class _Allocations(TorchDispatchMode):
    """Adds up the bytes of every tensor that is made."""

    def __init__(self):
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        is_new = isinstance(made, torch.Tensor) and not function._schema.is_mutable and not function.is_view
        self.bytes += made.nbytes if is_new else 0
        return made


@pytest.mark.slow
def test_long_texts_take_little_more_than_their_mask():
    """128 texts of 1,024 tokens: half a gigabyte of mask, less of everything else, and within seconds of a core."""
    generator = torch.Generator().manual_seed(0)
    batch = batch_of(sorted(torch.randint(50_257, (128, 1024), generator=generator).tolist()))
    started = time.process_time()
    mask = SharedPrefixes.of(batch).layout.mask
    seconds = time.process_time() - started
    with _Allocations() as tensors:
        SharedPrefixes.of(batch)
    tracemalloc.start()
    try:
        SharedPrefixes.of(batch)
        objects = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert mask.shape == (128, 1, 1024, 1024)
    assert tensors.bytes - mask.nbytes < 500e6
    assert objects < 50e6
    assert seconds < 10
