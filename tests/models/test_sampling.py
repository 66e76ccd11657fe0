"""The next token is drawn from where it may be, and a text can be had again by its seed."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.models.decoding import Decoder
from colacli.models.gpt2 import LanguageModel
from colacli.models.sampling import Sampling, continuation, continuations, sample_tokens, samples
from colacli.models.weights import load_language_model, to_precision
from factories.tiny import base_at

LOGITS = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=40)
SEED = st.integers(0, 2**32)
TEMPERATURE = st.floats(0.05, 20)
WHOLE = Sampling(temperature=1.0, top_k=0, top_p=1.0)
GREEDY = Sampling(temperature=0.0, top_k=0, top_p=1.0)
PROMPT = [5, 9, 17]


@pytest.fixture(scope="module")
def model(tiny_base) -> LanguageModel:
    """The tiny base model."""
    return load_language_model(base_at(tiny_base)).eval()


def draws(logits, sampling, seed, count=20):
    """Tokens drawn one after another."""
    generator = torch.Generator().manual_seed(seed)
    return [int(sample_tokens(torch.tensor([logits]), sampling, [generator])) for _ in range(count)]


def text(model, count=20, sampling=WHOLE, seed=0, stop=()):
    """The tokens that continue a prompt."""
    return list(continuation(Decoder(model), PROMPT, count, sampling, seed, stop))


@given(LOGITS, st.integers(1, 50), TEMPERATURE, SEED)
def test_top_k_draws_from_the_k_likeliest(logits, k, temperature, seed):
    """No token is drawn that k others are likelier than."""
    for token in draws(logits, Sampling(temperature, k, 1.0), seed):
        assert sum(other > logits[token] for other in logits) < k


@given(LOGITS, st.floats(0.01, 0.99), TEMPERATURE, SEED)
def test_top_p_draws_from_the_nucleus(logits, p, temperature, seed):
    """No token is drawn when those likelier reach p without it."""
    probabilities = (torch.tensor(logits, dtype=torch.float64) / temperature).softmax(0)
    for token in draws(logits, Sampling(temperature, 0, p), seed):
        assert probabilities[probabilities > probabilities[token]].sum() < p + 1e-5


@given(LOGITS, st.integers(1, 50), st.floats(0.01, 0.99), SEED)
def test_top_k_and_top_p_hold_together(logits, k, p, seed):
    """With both, the nucleus is that of the k likeliest, whose probabilities are counted anew."""
    likeliest = torch.tensor(sorted(logits, reverse=True)[:k], dtype=torch.float64).softmax(0)
    nucleus = 1 + int((likeliest.cumsum(0) < p - 1e-5).sum())
    for token in draws(logits, Sampling(1.0, k, p), seed):
        assert sum(other > logits[token] for other in logits) < min(nucleus + 1, k)


@given(LOGITS, st.integers(0, 5), st.floats(0.01, 1), SEED)
def test_temperature_0_takes_the_likeliest(logits, k, p, seed):
    """With temperature 0 every draw is the first of the likeliest, whatever else is asked."""
    assert set(draws(logits, Sampling(0.0, k, p), seed)) == {logits.index(max(logits))}


@given(LOGITS, SEED)
def test_one_token_to_choose_from(logits, seed):
    """The likeliest is drawn when k is 1, and when p is less than its probability."""
    best = logits.index(max(logits))
    assert set(draws(logits, Sampling(1.0, 1, 1.0), seed)) == {best}
    assert set(draws(logits, Sampling(1.0, 0, 0.01), seed)) == {best}


@pytest.mark.parametrize("temperature", [1e-3, 1e-20, 2e-38, 1e-50, 5e-324])
@given(logits=st.lists(st.integers(-9, 9), min_size=2, unique=True), seed=SEED)
def test_a_low_temperature_takes_the_likeliest(temperature, logits, seed):
    """As the temperature goes to 0, draws become the likeliest token, also where it is 0 in fp32."""
    sampling = Sampling(temperature, 0, 1.0)
    assert set(draws([float(one) for one in logits], sampling, seed)) == {logits.index(max(logits))}


@given(LOGITS, TEMPERATURE, st.integers(0, 50), st.floats(0.01, 1), SEED)
def test_a_seed_repeats_its_draws(logits, temperature, k, p, seed):
    """The same generator gives the same tokens."""
    sampling = Sampling(temperature, k, p)
    assert draws(logits, sampling, seed) == draws(logits, sampling, seed)


def test_draws_follow_the_probabilities():
    """Of 4,000 draws each token has its softmax's share, within 3 percent."""
    logits = [1.0, 0.0, 2.0]
    drawn = torch.tensor(draws(logits, Sampling(2.0, 0, 1.0), seed=0, count=4000))
    shares = drawn.bincount(minlength=3) / 4000
    torch.testing.assert_close(shares, (torch.tensor(logits) / 2.0).softmax(0), rtol=0.0, atol=0.03)


def test_texts_repeat_by_their_seed(model):
    """One seed gives one text; another seed another."""
    assert text(model, seed=3) == text(model, seed=3)
    assert text(model, seed=3) != text(model, seed=4)


def test_a_text_has_the_length_asked_for(model):
    """Without a stop token as many tokens come as were asked for, up to the last position."""
    assert len(text(model, count=64 - len(PROMPT))) == 64 - len(PROMPT)


def test_the_stop_token_ends_a_text(model):
    """The text ends before its first stop token, which is not given."""
    whole = text(model, sampling=GREEDY)
    stop = whole[-1]
    assert text(model, sampling=GREEDY, stop={stop}) == whole[: whole.index(stop)]


def test_a_longer_text_begins_as_the_shorter(model):
    """How many tokens are asked for changes none of them."""
    assert text(model, count=30)[:10] == text(model, count=10)


def test_many_texts_at_once_are_each_as_alone(model):
    """Without chance, every row of a batch goes on as its prompt does by itself."""
    prompts = torch.tensor([PROMPT, [7, 3, 3], [40, 41, 42]])
    together = continuations(model, prompts, 12, GREEDY, torch.Generator())
    alone = [list(continuation(Decoder(model), prompt, 12, GREEDY, 0, ())) for prompt in prompts.tolist()]
    assert together.tolist() == alone


def test_many_texts_at_once_are_drawn(model):
    """Equal prompts go on differently, and a seed repeats them all."""
    prompts = torch.tensor([PROMPT] * 4)
    first, second, other = (
        continuations(model, prompts, 12, WHOLE, torch.Generator().manual_seed(seed)).tolist() for seed in (1, 1, 2)
    )
    assert first == second != other
    assert len(set(map(tuple, first))) == 4


@pytest.mark.parametrize("sampling", [WHOLE, Sampling(0.8, 40, 0.9)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["fp32", "bf16"])
def test_samples_of_one_prompt_are_each_as_alone(tiny_base, dtype, sampling):
    """Made together, each is the text of its seed; where some end early the others go on."""
    model = load_language_model(base_at(tiny_base)).eval().requires_grad_(requires_grad=False)
    to_precision(model, dtype)
    alone = [text(model, sampling=sampling, seed=seed) for seed in range(4)]
    stop = {alone[0][3], alone[2][11]}
    texts = [list[int]() for _ in alone]
    for step in samples(Decoder(model), PROMPT, 20, sampling, range(4), stop):
        for index, token in step:
            texts[index].append(token)
    assert texts == [text(model, sampling=sampling, seed=seed, stop=stop) for seed in range(4)]
    assert len({len(one) for one in texts}) > 1
