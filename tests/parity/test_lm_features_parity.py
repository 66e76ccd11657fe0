"""What a language model says of sentences, against transformers and scikit-learn."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from transformers import GPT2LMHeadModel

from colacli.events import Work, ignore
from colacli.kernels.packing import Tokens
from colacli.models.base import read_base
from colacli.models.lm_features import LmRegression, sentence_features, token_counts
from colacli.models.tokens import tokenise
from colacli.training.scorer import load_scorer
from factories.tiny import made_sentences, tokenizer_at

START = 0


@pytest.fixture(scope="module")
def tokens(tiny_base):
    """The made sentences, and one of a single token."""
    texts = [text for text, _ in made_sentences()]
    return tokenise([*texts, "a"], tokenizer_at(tiny_base), 64, str)


@pytest.fixture(scope="module")
def features(tiny_base, tokens):
    """Theirs, (91, 4)."""
    base = read_base(tiny_base)
    counts = token_counts(tokens, base.config.vocab_size)
    scores = load_scorer(base, "fp32", "cpu").scores(tokens, ignore, Work("scoring", 0, len(tokens)), batch_size=16)
    return sentence_features(scores, tokens, counts)


def sentences(tokens: Tokens):
    """Token ids of each."""
    return [part.tolist() for part in tokens.ids.split(tokens.lengths.tolist())]


def test_log_probabilities_agree_with_transformers(tiny_base, tokens, features):
    """A sentence at a time, after the start token, to 1e-4."""
    model = GPT2LMHeadModel.from_pretrained(tiny_base).eval()
    for ids, found in zip(sentences(tokens), features.tolist(), strict=True):
        with torch.no_grad():
            logits = model(torch.tensor([[START, *ids]])).logits[0, :-1].log_softmax(1)
        expected = logits.gather(1, torch.tensor(ids)[:, None]).sum().item()

        assert found[0] == pytest.approx(expected, abs=1e-4)
        assert found[1] == pytest.approx(expected / len(ids), abs=1e-4)


def test_slor_is_what_its_definition_says(tiny_base, tokens, features):
    """The log-probability less that of the unigrams, counted with one more of each, over the length."""
    counts, vocabulary = Counter(tokens.ids.tolist()), read_base(tiny_base).config.vocab_size
    total = sum(counts.values()) + vocabulary
    for ids, (score, _, slor, length) in zip(sentences(tokens), features.tolist(), strict=True):
        unigrams = sum(math.log((counts[token] + 1) / total) for token in ids)

        assert length == len(ids)
        assert slor == pytest.approx((score - unigrams) / len(ids), abs=1e-5)


def test_the_regression_agrees_with_a_pipeline(features):
    """Standardised and fitted by scikit-learn alone, to 1e-6."""
    labels = [label for _, label in made_sentences()]
    theirs = make_pipeline(StandardScaler(), LogisticRegression(max_iter=10_000)).fit(features[:90], labels)

    np.testing.assert_allclose(
        LmRegression.fit(features[:90], labels, START).log_odds(features),
        theirs.decision_function(features),
        rtol=0,
        atol=1e-6,
    )
