"""Attention, in the one place where two ways of computing it must agree."""

from __future__ import annotations

from typing import TypeVar

import pytest
import torch

from colacli.data.batches import Batch
from colacli.models import attention, gpt2, products
from colacli.models.config import GPT2Config
from making import random_batch

Module = TypeVar("Module", bound=torch.nn.Module)
CONFIG = GPT2Config(vocab_size=101, n_positions=80, n_embd=16, n_layer=3, n_head=2)


def filled(model: Module) -> Module:
    """The model with every parameter drawn at random."""
    torch.manual_seed(0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model


def causal(read: int, known: int) -> torch.Tensor:
    """The penalty of the last `read` of `known` tokens: none sees what follows it."""
    return torch.full((1, 1, read, known), -torch.inf).triu(known - read + 1)


@pytest.mark.parametrize(("read", "known"), [(7, 7), (1, 7), (3, 7)])
def test_plain_products_agree_with_the_fused_kernel(monkeypatch: pytest.MonkeyPatch, read: int, known: int) -> None:
    """All tokens, one after those remembered, or some of them: both ways give the same to 1e-6 in fp32."""
    generator = torch.Generator().manual_seed(0)
    queries = torch.randn(2, 3, read, 8, generator=generator)
    keys, values = (torch.randn(2, 3, known, 8, generator=generator) for _ in range(2))
    plain = attention.attend(queries, keys, values, 0.3, causal(read, known))
    monkeypatch.setattr(attention, "_PLAIN_UP_TO", 0)
    fused = attention.attend(queries, keys, values, 0.3, causal(read, known))
    assert torch.allclose(plain, fused, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gradients_are_autograds(dtype: torch.dtype) -> None:
    """On rows with empty places, a model's gradients are those of each sentence alone, its row full."""
    model = filled(gpt2.Classifier(CONFIG))
    model.transformer.dtype = dtype
    batch = random_batch([5, 1, 70, 9, 17])
    parts = [Batch(ids, torch.tensor([len(ids)])) for ids in batch.ids.split(batch.lengths.tolist())]

    def gradients(logits: torch.Tensor) -> list[torch.Tensor]:
        model.zero_grad()
        logits[:, 1].sigmoid().sum().backward()
        return [parameter.grad.clone() for parameter in model.parameters()]

    for together, alone in zip(
        gradients(model(batch)), gradients(torch.cat([model(one) for one in parts])), strict=True
    ):
        scale = float(alone.abs().max())
        assert (together - alone).abs().max() <= scale * (1e-5 if dtype == torch.float32 else 0.1)


def test_the_last_tokens_states_are_those_of_all() -> None:
    """The last block computed for the last tokens alone gives the states that the whole one gives them."""
    model = filled(gpt2.GPT2(CONFIG))
    batch = random_batch([5, 1, 70, 9])
    torch.testing.assert_close(model(batch, last_only=True), model(batch)[batch.last], rtol=0.0, atol=1e-5)


@torch.no_grad()
def test_shared_prefixes_change_no_logit() -> None:
    """Sentences that begin alike, one twice and one another's beginning, get the logits they get each alone."""
    model = filled(gpt2.Classifier(CONFIG)).eval()
    written = sorted([[5, 6, 7], [5, 6, 7], [5, 6], [5, 6, 9, 4], [8] * 40, [8] * 41, [8] * 20 + [3] * 30, [2]])
    batch = Batch(
        torch.tensor([token for one in written for token in one]), torch.tensor([len(one) for one in written])
    )
    alone = torch.cat([model(Batch(torch.tensor(one), torch.tensor([len(one)]))) for one in written])
    assert len(batch.shared().ids) < len(batch.ids)
    torch.testing.assert_close(model(batch), alone, rtol=0.0, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_row_alone_gives_what_it_gives_among_others(dtype: torch.dtype) -> None:
    """A model made ready to write gives each token's logits as before, read one by one or together."""
    model = filled(gpt2.LanguageModel(CONFIG)).eval()
    model.requires_grad_(requires_grad=False)
    gpt2.to_precision(model, dtype)
    ids = random_batch([12]).ids
    expected = model(Batch(ids, torch.tensor([12])))
    model.hold_rows()
    memories = [attention.KeyValues(12) for _ in model.transformer.h]
    read = [model.last_logits(Batch(ids[i : i + 1], torch.tensor([1]), i), memories) for i in range(12)]
    scale = float(expected.abs().max())
    tolerance = scale * (1e-5 if dtype == torch.float32 else 0.05)
    torch.testing.assert_close(torch.cat(read), expected, rtol=0.0, atol=tolerance)


@torch.no_grad()
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_likeliest_alone_are_as_likely_as_among_all(dtype: torch.dtype) -> None:
    """A model ready for so many of the likeliest has their logits; of others it may say that they can't be."""
    torch.manual_seed(0)
    model = gpt2.LanguageModel(GPT2Config(vocab_size=3000, n_positions=16, n_embd=16, n_layer=2, n_head=2)).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    model.requires_grad_(requires_grad=False)
    gpt2.to_precision(model, dtype)
    batch = random_batch([1])
    model.hold_rows()
    every = model.last_logits(batch)[0]
    model.hold_rows(likeliest=20)
    found = model.last_logits(batch)[0]
    known = found > -torch.inf
    assert torch.equal(found.topk(20).indices, every.topk(20).indices)
    torch.testing.assert_close(found[known], every[known], rtol=0.0, atol=1e-5 * float(every.abs().max()))
    is_sought = products.largest_of_one_row(model.lm_head.weight, 20) is not None
    assert is_sought == (int(known.sum()) < 100)
