"""Log-probabilities of sentences against transformers', in fp32 to 1e-4 a sentence."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import GPT2LMHeadModel, GPT2TokenizerFast

from colacli.events import Work, ignore
from colacli.kernels.packing import Tokens
from colacli.models import scoring
from colacli.models.base import BUNDLED, read_base
from colacli.models.gpt2 import LanguageModel
from colacli.models.weights import load_language_model
from colacli.training.scorer import load_scorer
from factories.tiny import base_at, batch_of, made_sentences, randomise, their_config

WORK = Work("scoring", 0, 0)


def reference(model, sentences):
    """Log-probabilities of all tokens but the first of each sentence, which is given alone."""
    rows = []
    for ids in sentences:
        logits = model(torch.tensor([ids])).logits[0, :-1].double()
        rows.append(logits.log_softmax(1).gather(1, torch.tensor(ids[1:], dtype=torch.int64)[:, None])[:, 0])
    return rows


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A tiny model, transformers' and ours."""
    folder = tmp_path_factory.mktemp("scored")
    theirs = GPT2LMHeadModel(their_config(n_positions=16)).eval()
    randomise(theirs)
    theirs.save_pretrained(folder)
    return theirs, load_language_model(base_at(folder))


FEW_TOKENS = st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=16), min_size=1, max_size=12)


@settings(max_examples=40)
@given(sentences=FEW_TOKENS, limit=st.sampled_from([1, 303, 2**21]))
@torch.no_grad()
def test_every_token_is_scored_as_by_transformers(both, sentences, limit):
    """Whatever sentences share, in any order and in chunks of any size; a sentence of one token has no score."""
    theirs, ours = both
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "_LOGITS", limit)
        actual = scoring.TokenScorer(ours)(batch_of(sentences))
    expected = torch.cat(reference(theirs, sentences)).float()
    torch.testing.assert_close(actual, expected, rtol=0.0, atol=2e-5)


@torch.no_grad()
@pytest.mark.parametrize("bos", [True, False])
def test_sentences_of_the_bundled_model(bos):
    """Sum and mean of each sentence equal transformers' to 1e-4, with and without the document-start token."""
    folder = BUNDLED["gpt2-mini"]
    theirs = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = GPT2TokenizerFast.from_pretrained(folder)
    texts = [text for text, _ in made_sentences()][:40]
    ids = [[tokenizer.bos_token_id] * bos + row for row in tokenizer(texts)["input_ids"]]
    expected = reference(theirs, ids)
    scores = load_scorer(read_base(folder), "fp32", "cpu").on_texts(texts, "test", ignore, WORK, bos=bos)
    sums, means = (torch.stack([getattr(row, name)() for row in expected]) for name in ("sum", "mean"))
    torch.testing.assert_close(scores.sums, sums, rtol=0.0, atol=1e-4)
    torch.testing.assert_close(scores.means, means, rtol=0.0, atol=1e-4)
    assert scores.counts.tolist() == [len(row) for row in expected]


def test_bf16_is_near(both):
    """With the bundled model in bf16, the sums are within half a nat of those in fp32, and not equal."""
    texts = [text for text, _ in made_sentences()][:40]
    base = read_base(BUNDLED["gpt2-mini"])
    exact, rounded = (load_scorer(base, form, "cpu").on_texts(texts, "test", ignore, WORK) for form in ("fp32", "bf16"))
    difference = (exact.sums - rounded.sums).abs()
    assert 0 < float(difference.max()) < 0.5


def test_the_order_and_the_batches_change_nothing(tiny_base):
    """Scores stand in the order of the sentences, for any batch size."""
    scorer = load_scorer(read_base(tiny_base), "fp32", "cpu")
    ids = [[5, 6, 7], [9], [5, 6, 8, 9], [5, 6, 7], [2, 3]]
    tokens = Tokens(torch.tensor([one for row in ids for one in row]).int(), torch.tensor([len(row) for row in ids]))
    one, many = (scorer.scores(tokens, ignore, WORK, batch_size=size) for size in (1, 5))
    assert one.counts.tolist() == [3, 1, 4, 3, 2]
    torch.testing.assert_close(one.log_probabilities, many.log_probabilities, rtol=0.0, atol=1e-5)
    assert float(one.sums[0]) == pytest.approx(float(one.sums[3]), abs=1e-5)


def test_the_model_stays_as_it_is(both):
    """The language model that is scored with keeps its modules."""
    _, ours = both
    before = dict(ours.named_modules())
    scoring.TokenScorer(ours)
    assert dict(ours.named_modules()) == before
    assert isinstance(ours, LanguageModel)
