"""Our GPT-2 against transformers', in fp32 to 1e-4."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import GPT2ForSequenceClassification, GPT2LMHeadModel, GPT2Model

from colacli.kernels.attention import KeyValueCache
from colacli.kernels.packing import Batch, Continuation
from colacli.models.config import ACTIVATIONS
from colacli.models.decoding import Decoder
from colacli.models.sampling import Sampling, continuation
from colacli.models.tokens import tokenise
from colacli.models.weights import load_classifier, load_language_model
from factories.tiny import base_at, padded, random_batch, randomise, their_config, tokenizer_at

TOLERANCE = {"rtol": 0.0, "atol": 1e-4}
LENGTHS = (5, 1, 17, 9, 17, 64)
TOKENIZER = Path(__file__).parents[2].parent / "shared" / "gpt2-tokenizer"
needs_tokenizer = pytest.mark.skipif(not TOKENIZER.is_dir(), reason="GPT-2's tokenizer is not beside this checkout")


def saved(kind, folder, **changes):
    """A tiny model of transformers' with random weights, saved in a folder."""
    model = kind(their_config(**changes)).eval()
    randomise(model)
    model.save_pretrained(folder)
    return model


def each_alone(theirs, batch):
    """The reference's logits (N, vocabulary), every sentence given alone."""
    return torch.cat([theirs(ids[None]).logits[0] for ids in batch.ids.split(batch.lengths.tolist())])


@torch.no_grad()
def assert_agree(theirs, folder):
    """What is loaded from the folder gives the reference's logits on a batch of unequal lengths."""
    batch = random_batch(LENGTHS)
    expected = each_alone(theirs, batch)
    assert expected.std() > 0.1  # else the tolerance would hold for anything
    torch.testing.assert_close(load_language_model(base_at(folder))(batch), expected, **TOLERANCE)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_packed_batch_is_its_sentences_alone(tmp_path, activation):
    """With every activation, packing sentences of unequal lengths changes none of their logits."""
    assert_agree(saved(GPT2LMHeadModel, tmp_path, activation_function=activation), tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"scale_attn_by_inverse_layer_idx": True}, id="scaled by layer"),
        pytest.param({"n_inner": 48}, id="narrow MLP"),
        pytest.param({"tie_word_embeddings": False}, id="untied head"),
        pytest.param({"layer_norm_epsilon": 1e-2}, id="epsilon"),
        pytest.param({"n_embd": 24, "n_head": 3}, id="three heads"),
    ],
)
def test_what_a_config_may_change(tmp_path, changes):
    """Each setting of the config that changes the numbers changes ours alike."""
    assert_agree(saved(GPT2LMHeadModel, tmp_path, **changes), tmp_path)


@torch.no_grad()
def test_a_packed_batch_is_a_padded_one(tmp_path):
    """On real tokens, ours equal the reference's on the grid padded on the right with its attention mask."""
    theirs = saved(GPT2LMHeadModel, tmp_path)
    batch = random_batch(LENGTHS)
    ids, mask = padded(batch)
    expected = theirs(ids, attention_mask=mask).logits[mask.bool()]
    torch.testing.assert_close(load_language_model(base_at(tmp_path))(batch), expected, **TOLERANCE)


@torch.no_grad()
def test_bare_names_load(tmp_path):
    """A checkpoint of the body alone, without `transformer.` before its names, gives the reference's logits."""
    body = saved(GPT2Model, tmp_path)
    batch = random_batch(LENGTHS)
    states = torch.cat([body(ids[None]).last_hidden_state[0] for ids in batch.ids.split(batch.lengths.tolist())])
    actual = load_language_model(base_at(tmp_path))(batch)
    torch.testing.assert_close(actual, states @ body.wte.weight.T, **TOLERANCE)


def test_shards_load(tmp_path):
    """A checkpoint in several files gives the same logits."""
    theirs = saved(GPT2LMHeadModel, tmp_path / "whole")
    theirs.save_pretrained(tmp_path / "shards", max_shard_size="40KB")
    assert len(list((tmp_path / "shards").glob("*.safetensors"))) > 1
    assert_agree(theirs, tmp_path / "shards")


def test_bf16_checkpoints_load(tmp_path):
    """Weights stored in bf16 are computed with in fp32."""
    theirs = saved(GPT2LMHeadModel, tmp_path)
    theirs.bfloat16().save_pretrained(tmp_path)
    assert_agree(theirs.float(), tmp_path)


@torch.no_grad()
@pytest.mark.parametrize("prompt", [1, 7])
def test_cached_keys_and_values_change_nothing(tmp_path, prompt):
    """Reading a prompt and then token by token gives the logits of the reference's pass over all."""
    theirs = saved(GPT2LMHeadModel, tmp_path)
    ours = load_language_model(base_at(tmp_path))
    ids = random_batch([30]).ids
    caches = [KeyValueCache(len(ids)) for _ in ours.transformer.h]
    pieces = [ids[:prompt], *ids[prompt:].split(1)]
    starts = [0, *range(prompt, len(ids))]
    logits = [ours(Continuation(piece[None], start), caches) for piece, start in zip(pieces, starts, strict=True)]
    torch.testing.assert_close(torch.cat(logits), theirs(ids[None]).logits[0], **TOLERANCE)


@torch.no_grad()
def test_the_next_logits_are_the_last_of_all(tmp_path):
    """`next_logits` equals the reference's logits after each sentence's last token."""
    theirs = saved(GPT2LMHeadModel, tmp_path)
    ours = load_language_model(base_at(tmp_path))
    batch = random_batch([4, 9, 2])
    actual = ours.next_logits(batch)
    torch.testing.assert_close(actual, each_alone(theirs, batch)[batch.last], **TOLERANCE)


@torch.no_grad()
def test_the_classifier_reads_the_last_real_token(tmp_path):
    """With the same head, two logits a sentence equal the reference's on the padded grid."""
    theirs = saved(GPT2ForSequenceClassification, tmp_path)
    ours = load_classifier(base_at(tmp_path))
    ours.score.weight.copy_(theirs.score.weight)
    batch = random_batch(LENGTHS)
    ids, mask = padded(batch)
    torch.testing.assert_close(ours(batch), theirs(ids, attention_mask=mask).logits, **TOLERANCE)


@torch.no_grad()
def test_a_language_models_checkpoint_makes_a_classifier(tmp_path):
    """The body comes from the checkpoint whatever head it has, tied or not; only the head is new."""
    theirs = saved(GPT2LMHeadModel, tmp_path, tie_word_embeddings=False)
    ours = load_classifier(base_at(tmp_path))
    ids = random_batch([12]).ids
    expected = theirs.transformer(ids[None]).last_hidden_state[0, -1] @ ours.score.weight.T
    actual = ours(Batch(ids, torch.tensor([12])))[0]
    torch.testing.assert_close(actual, expected, **TOLERANCE)


@pytest.mark.parametrize("seed", range(4))
def test_greedy_text_is_the_same(tmp_path, seed):
    """Temperature 0 gives the tokens of the reference's greedy generation."""
    theirs = saved(GPT2LMHeadModel, tmp_path)
    prompt = random_batch([6], seed=seed).ids
    greedy = theirs.generate(
        prompt[None], attention_mask=torch.ones(1, 6), do_sample=False, max_new_tokens=25, eos_token_id=None
    )
    ours = load_language_model(base_at(tmp_path))
    actual = continuation(Decoder(ours), prompt.tolist(), 25, Sampling(0.0, 0, 1.0), seed=0, stop=())
    assert list(actual) == greedy[0, 6:].tolist()


@pytest.mark.slow
@needs_tokenizer
def test_gpt2_in_its_true_size(tmp_path):
    """Twelve layers of width 768 on GPT-2's own tokens agree as the tiny ones do."""
    size = len(json.loads((TOKENIZER / "vocab.json").read_text()))
    shape = {"vocab_size": size, "n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 1024}
    theirs = GPT2LMHeadModel(their_config(**shape)).eval()
    theirs.save_pretrained(tmp_path)
    texts = ["The baker's bread, she said, was “stale”.", "Why?", "Nobody who saw the boat believed it sank."]
    tokens = tokenise(texts, tokenizer_at(TOKENIZER), 1024, "three sentences")
    with torch.no_grad():
        batch = tokens.batch(torch.arange(3))
        torch.testing.assert_close(
            load_language_model(base_at(tmp_path))(batch), each_alone(theirs, batch), **TOLERANCE
        )
