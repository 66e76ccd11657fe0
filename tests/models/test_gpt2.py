"""GPT-2 on packed batches: what is left out or shared changes no number."""

from __future__ import annotations

import pytest
import torch

from colacli.kernels.packing import Batch
from colacli.kernels.prefixes import SharedPrefixes
from colacli.models.config import GPT2Config
from colacli.models.gpt2 import GPT2, Classifier, LanguageModel
from factories.tiny import batch_of, random_batch

CONFIG = GPT2Config(vocab_size=101, n_positions=80, n_embd=16, n_layer=3, n_head=2)


def filled(model):
    """The model with every parameter drawn at random."""
    torch.manual_seed(0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model


def each_alone(batch):
    """Its sentences as batches of one."""
    return [Batch(ids, torch.tensor([len(ids)])) for ids in batch.ids.split(batch.lengths.tolist())]


def gradients(model, batches):
    """Of a sum over all sentences, parameter by parameter."""
    model.zero_grad()
    torch.cat([model(batch) for batch in batches])[:, 1].sigmoid().sum().backward()
    return [parameter.grad.clone() for parameter in model.parameters()]


def test_gradients_are_those_of_each_sentence_alone():
    """On rows with empty positions, a model's gradients are those of each sentence alone, its row full."""
    model, batch = filled(Classifier(CONFIG)), random_batch([5, 1, 70, 9, 17])
    for together, alone in zip(gradients(model, [batch]), gradients(model, each_alone(batch)), strict=True):
        assert (together - alone).abs().max() <= 1e-5 * alone.abs().max()


def test_bf16_gradients_are_exact_ones_but_for_rounding():
    """Within four units of bf16's rounding, 2^-8, of all fp32 gradients together: single ones vary with the threads."""
    model, batch = filled(Classifier(CONFIG)), random_batch([5, 1, 70, 9, 17])
    exact = torch.cat([gradient.flatten() for gradient in gradients(model, each_alone(batch))])
    model.transformer.dtype = torch.bfloat16
    rounded = torch.cat([gradient.flatten() for gradient in gradients(model, [batch])])

    assert 0 < (rounded - exact).norm() <= 4 * 2**-8 * exact.norm()


def test_the_last_tokens_states_are_those_of_all():
    """The last block computed for the last tokens alone gives the states that the whole one gives them."""
    model = filled(GPT2(CONFIG))
    batch = random_batch([5, 1, 70, 9])
    torch.testing.assert_close(model(batch, last_only=True), model(batch)[batch.last], rtol=0.0, atol=1e-5)


@torch.no_grad()
def test_shared_prefixes_change_no_logit():
    """Sentences that begin alike, one twice and one another's beginning, get the logits they get each alone."""
    model = filled(Classifier(CONFIG)).eval()
    sentences = sorted([[5, 6, 7], [5, 6, 7], [5, 6], [5, 6, 9, 4], [8] * 40, [8] * 41, [8] * 20 + [3] * 30, [2]])
    batch = batch_of(sentences)
    alone = torch.cat([model(batch_of([sentence])) for sentence in sentences])
    assert len(SharedPrefixes.of(batch).ids) < len(batch.ids)
    torch.testing.assert_close(model(batch), alone, rtol=0.0, atol=1e-5)


@pytest.mark.parametrize("heads", [2, 3])
def test_gradients_in_evaluation_are_those_of_training(heads):
    """Without dropout, of sentences that begin alike, in several rows; with heads for both kernels of attention."""
    model = filled(Classifier(GPT2Config(vocab_size=101, n_positions=80, n_embd=8 * heads, n_layer=2, n_head=heads)))
    batch = batch_of(sorted([1, 2, 3, *random_batch([9], seed=number).ids.tolist()] for number in range(20)))
    expected = gradients(model.train(), [batch])
    actual = gradients(model.eval(), [batch])
    for one, other in zip(actual, expected, strict=True):
        assert (one - other).abs().max() <= 1e-5 * other.abs().max()


@pytest.mark.parametrize("is_tied", [True, False])
def test_the_head_is_the_embedding_unless_untied(is_tied):
    """A tied head is the same parameter."""
    config = GPT2Config(vocab_size=11, n_positions=8, n_embd=8, n_layer=1, n_head=1, tie_word_embeddings=is_tied)
    model = LanguageModel(config)
    assert (model.lm_head.weight is model.transformer.wte.weight) == is_tied
