"""The n-gram baseline against a pipeline of scikit-learn, before and after it was stored."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline

from colacli.models.ngrams import NGRAM_WEIGHTS, NGRAMS, fit_ngrams, fit_vectorizers, load_ngrams
from colacli.ngrams import Ngrams
from factories.tiny import made_sentences

TEXTS, LABELS = zip(*made_sentences(), strict=True)
UNSEEN = [*TEXTS[60:], "Nothing of this, é 東京!", "x", "The baker"]


def theirs(words, characters, c):
    """The same model, all of it scikit-learn's."""
    vectorizers = {
        "words": TfidfVectorizer(ngram_range=(1, words or 1), token_pattern=r"\w+|[^\w\s]", min_df=2),
        "characters": TfidfVectorizer(analyzer="char_wb", ngram_range=(1, characters or 1), min_df=2),
    }
    chosen = [(unit, vectorizers[unit]) for unit, length in (("words", words), ("characters", characters)) if length]
    return make_pipeline(FeatureUnion(chosen), LogisticRegression(C=c, max_iter=10_000))


@pytest.mark.parametrize(("words", "characters", "c"), [(3, 5, 1.0), (2, 0, 10.0), (0, 4, 0.1)])
def test_log_odds_agree_with_a_pipeline(tmp_path, words, characters, c):
    """To 1e-6 on sentences that it was not fitted on; what was stored gives the same numbers to the bit."""
    pipeline = theirs(words, characters, c).fit(TEXTS[:60], LABELS[:60])
    vectorizers = fit_vectorizers(TEXTS[:60], Ngrams(words=words, characters=characters, c=c))
    model = fit_ngrams(vectorizers, TEXTS[:60], LABELS[:60], c)
    model.save(tmp_path)
    found = model.log_odds_of(UNSEEN)

    np.testing.assert_allclose(found.numpy(), pipeline.decision_function(UNSEEN), rtol=0, atol=1e-6)
    assert found.tolist() == load_ngrams(tmp_path / NGRAMS, tmp_path / NGRAM_WEIGHTS).log_odds_of(UNSEEN).tolist()
