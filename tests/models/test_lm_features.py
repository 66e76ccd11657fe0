"""What is stored of the baseline of a language model, and what of it is refused."""

import json

import pytest
import torch

from colacli.errors import IntegrityError
from colacli.models.lm_features import LM, LM_COUNTS, LmRegression, load_regression
from colacli.models.tensors import write_tensors

VOCABULARY = 7
COUNTS = torch.tensor([0, 3, 0, 1, 0, 0, 2])
SCORES = torch.tensor(
    [[-9.0, -3.0, -1.0, 3.0], [-8.0, -4.0, -1.5, 3.0], [-12.0, -3.0, -0.5, 3.0], [-6.0, -2, 0, 3.0]]
).double()


@pytest.fixture
def folder(tmp_path):
    """A stored baseline."""
    LmRegression.fit(SCORES, [0, 1, 0, 1], 6).save(tmp_path, COUNTS)
    return tmp_path


def loaded(folder):
    """What is read back."""
    return load_regression(folder / LM, folder / LM_COUNTS, VOCABULARY)


def test_it_is_read_as_it_was_written(folder):
    """To the bit; counts of tokens that don't occur are not stored."""
    regression, counts = loaded(folder)

    assert regression == LmRegression.fit(SCORES, [0, 1, 0, 1], 6)
    assert counts.tolist() == COUNTS.tolist()


def test_a_feature_that_never_varies_says_nothing(folder):
    """All sentences of one length: the length has no weight, and no division by zero."""
    regression, _ = loaded(folder)
    length = regression.features[3]

    assert (length.name, length.mean, length.deviation) == ("tokens", 3.0, 1.0)
    assert abs(length.weight) < 1e-12


@pytest.mark.parametrize(
    "fields",
    [{"start": VOCABULARY}, {"features": []}, {"intercept": "1"}, {"other": 1}],
    ids=str,
)
def test_another_document_is_refused(folder, fields):
    """One with another vocabulary's start token, or of other features."""
    document = json.loads((folder / LM).read_bytes())
    (folder / LM).write_text(json.dumps(document | fields))

    with pytest.raises(IntegrityError, match="is not a baseline of a language model"):
        loaded(folder)


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        {"ids": torch.tensor([1]), "counts": torch.tensor([1.0])},
        {"ids": torch.tensor([1, 1]), "counts": torch.tensor([1, 2])},
        {"ids": torch.tensor([VOCABULARY]), "counts": torch.tensor([1])},
        {"ids": torch.tensor([-1]), "counts": torch.tensor([1])},
        {"ids": torch.tensor([1]), "counts": torch.tensor([-5])},
        {"ids": torch.tensor([1, 2]), "counts": torch.tensor([1])},
        {"ids": torch.tensor([], dtype=torch.int64), "counts": torch.tensor([], dtype=torch.int64)},
    ],
    ids=["none", "fractions", "twice", "too large an id", "a negative id", "a negative count", "two sizes", "empty"],
)
def test_other_counts_are_refused(folder, tensors):
    """They can't be counts of this vocabulary's tokens."""
    write_tensors(folder / LM_COUNTS, tensors)

    with pytest.raises(IntegrityError, match="is not a baseline of a language model"):
        loaded(folder)
