"""A decoder gives what its language model gives, and leaves it as it is."""

from __future__ import annotations

import copy

import pytest
import torch

from colacli.kernels.attention import KeyValueCache
from colacli.kernels.compiled.library import has_kernels
from colacli.kernels.packing import Batch, Continuation
from colacli.kernels.row_linear import row_linear, top_k_linear
from colacli.models.config import GPT2Config
from colacli.models.decoding import Decoder
from colacli.models.gpt2 import LanguageModel
from colacli.models.sampling import Sampling, samples
from colacli.models.weights import to_precision
from factories.pretended_device import PretendedDevice
from factories.pretended_graphs import pretended_graphs
from factories.tiny import random_batch

DTYPES = [torch.float32, torch.bfloat16]
ACTIVATION = {"exact": "gelu", "tanh": "gelu_new"}
needs_kernels = pytest.mark.skipif(not has_kernels(torch.float32), reason="there is no C compiler here")


NARROW = {"n_embd": 16, "n_head": 2}
FITTING = [  # heads that the C kernels have
    {"n_embd": 64, "n_head": 2},
    {"n_embd": 64, "n_head": 1, "scale_attn_by_inverse_layer_idx": True},
    {"n_embd": 96, "n_head": 1, "n_inner": 48},
]


def language_model(vocabulary, dtype, **config):
    """A small language model at random, in evaluation."""
    torch.manual_seed(0)
    shape = NARROW | config
    model = LanguageModel(GPT2Config(vocab_size=vocabulary, n_positions=80, n_layer=3, **shape)).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    model.requires_grad_(requires_grad=False)
    to_precision(model, dtype)
    return model


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("pieces", [[1] * 12, [5, 1, 1, 1, 4]])
def test_a_decoder_gives_what_the_model_gives(dtype, pieces):
    """Read one by one or several at once, the logits after each piece are the model's own on all tokens together."""
    model = language_model(101, dtype)
    ids = random_batch([12]).ids
    expected = model(Batch(ids, torch.tensor([12])))
    decoder = Decoder(model)
    caches = [KeyValueCache(12) for _ in range(decoder.layers)]
    ends = torch.tensor(pieces).cumsum(0).tolist()
    logits = [
        decoder.next_logits(Continuation(ids[None, end - piece : end], end - piece), caches).logits
        for end, piece in zip(ends, pieces, strict=True)
    ]
    tolerance = float(expected.abs().max()) * (1e-5 if dtype == torch.float32 else 0.05)
    torch.testing.assert_close(torch.cat(logits), expected[[end - 1 for end in ends]], rtol=0.0, atol=tolerance)


def by_decoder(model, ids, prompt):
    """Logits (B, V) after each token from the prompt's last on, of texts that are the same."""
    decoder = Decoder(model)
    caches = [KeyValueCache(ids.shape[1]) for _ in range(decoder.layers)]
    starts = [0, *range(prompt, ids.shape[1])]
    return [
        decoder.next_logits(Continuation(ids[:, start:end], start), caches).logits
        for start, end in zip(starts, [*starts[1:], ids.shape[1]], strict=True)
    ]


@needs_kernels
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("prompt", [1, 5])
@pytest.mark.parametrize("config", FITTING)
@pytest.mark.parametrize("gelu", ["exact", "tanh"])
def test_a_token_by_c_kernels_is_the_models_own(dtype, prompt, config, gelu):
    """GELU's tanh approximation by them, others by torch's operators; with bf16 matrices states are fp32."""
    model = language_model(101, dtype, activation_function=ACTIVATION[gelu], **config)
    if dtype == torch.bfloat16:
        model.transformer.wpe.weight.zero_()  # else the sum of embeddings is rounded
    ids = random_batch([12]).ids
    widened = copy.deepcopy(model).float()
    widened.transformer.dtype = torch.float32
    expected = widened(Batch(ids, torch.tensor([12])))
    decoder = Decoder(model)
    assert (decoder._step._compiled is not None) == (gelu == "tanh")
    actual = torch.cat(by_decoder(model, ids[None], prompt))
    tolerance = float(expected.abs().max()) * (1e-5 if dtype == torch.float32 or prompt == 1 else 0.05)
    torch.testing.assert_close(actual, expected[prompt - 1 :], rtol=0.0, atol=tolerance)


@needs_kernels
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_text_has_the_bits_that_it_has_alone(dtype):
    """Among so many others that they are multiplied in several groups."""
    model = language_model(101, dtype, **FITTING[0])
    ids = torch.stack([random_batch([9], seed=seed).ids for seed in range(15)])
    alone = [by_decoder(model, one[None], 1) for one in ids]
    for together, *apart in zip(by_decoder(model, ids, 1), *alone, strict=True):
        assert torch.equal(together, torch.cat(apart))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("pieces", [[1] * 12, [5, 1, 1, 1, 1, 1, 1, 1]])
def test_a_token_by_a_graph_is_the_models_own(dtype, pieces):
    """On a GPU of CUDA the graph of a token, replayed at other positions, gives the logits of all tokens together."""
    model = language_model(101, dtype)
    ids = random_batch([12]).ids
    expected = model(Batch(ids, torch.tensor([12])))
    with PretendedDevice() as device, pretended_graphs() as replayed:
        decoder = Decoder(model.to(device.name))
        caches = [KeyValueCache(12) for _ in range(decoder.layers)]
        ends = torch.tensor(pieces).cumsum(0).tolist()
        logits = [
            decoder.next_logits(Continuation(ids[None, end - piece : end], end - piece), caches).logits.cpu()
            for end, piece in zip(ends, pieces, strict=True)
        ]
    tolerance = float(expected.abs().max()) * (1e-5 if dtype == torch.float32 else 0.05)
    torch.testing.assert_close(torch.cat(logits), expected[[end - 1 for end in ends]], rtol=0.0, atol=tolerance)
    assert len(replayed) == len(pieces) - 2
    assert [cache.count for cache in caches] == [12] * 3


@pytest.mark.parametrize("seed", range(4))
def test_texts_by_graphs_are_those_of_the_cpu(seed):
    """Several texts that end one by one, so that graphs are captured of other caches."""
    model = language_model(101, torch.float32)
    drawn = Sampling(temperature=1.5, top_k=0, top_p=0.95)
    stop = range(0, 101, 8)
    expected = list(samples(Decoder(model), [3, 5, 7], 30, drawn, range(seed, seed + 4), stop))
    with PretendedDevice() as device, pretended_graphs() as replayed:
        actual = list(samples(Decoder(model.to(device.name)), [3, 5, 7], 30, drawn, range(seed, seed + 4), stop))

    assert actual == expected
    assert replayed


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_likeliest_alone_are_as_likely_as_among_all(dtype):
    """A decoder for so many of the likeliest has their logits; of others it may say that they can't be."""
    model = language_model(3000, dtype)
    token = Continuation(random_batch([1]).ids[None], start=0)
    every, likeliest = (
        Decoder(model, top_k).next_logits(token, [KeyValueCache(1) for _ in model.transformer.h])
        for top_k in (None, 20)
    )
    ids = torch.arange(3000) if likeliest.ids is None else likeliest.ids
    known, all_logits = likeliest.logits[0], every.logits[0]
    assert torch.equal(likeliest.tokens(known.topk(20).indices), all_logits.topk(20).indices)
    torch.testing.assert_close(known, all_logits[ids], rtol=0.0, atol=1e-5 * float(all_logits.abs().max()))
    assert (top_k_linear(model.lm_head.weight, 20) is not None) == (len(ids) < 100)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_language_model_stays_as_it_is(dtype):
    """A decoder has layer norms and states of its own type, the model those that it had."""
    model = language_model(101, dtype)
    before = {name: (id(one), one.dtype) for name, one in model.named_parameters()}
    token = Continuation(random_batch([1]).ids[None], start=0)
    decoder = Decoder(model)
    decoder.next_logits(token, [KeyValueCache(1) for _ in model.transformer.h])
    assert {name: (id(one), one.dtype) for name, one in model.named_parameters()} == before
    assert model.transformer.dtype == dtype
    if row_linear(model.lm_head.weight.T, None) is not None:
        assert decoder._step.dtype == torch.float32


def test_a_decoder_cannot_be_trained():
    """It is no module, and gives no gradient of a model that has some to give."""
    model = language_model(101, torch.float32).requires_grad_()
    decoder = Decoder(model)
    assert not any(hasattr(decoder, name) for name in ("parameters", "train", "state_dict", "zero_grad"))
    for count in (1, 2):
        caches = [KeyValueCache(count) for _ in range(decoder.layers)]
        tokens = Continuation(random_batch([count]).ids[None], start=0)
        assert not decoder.next_logits(tokens, caches).logits.requires_grad
