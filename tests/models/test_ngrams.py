"""What is stored of the n-gram baseline, and what of it is refused."""

import json
import sys

import pytest
import torch

from colacli.errors import DataError, IntegrityError, UnavailableError, UsageError
from colacli.models.ngrams import NGRAM_WEIGHTS, NGRAMS, fit_ngrams, fit_vectorizers, load_ngrams
from colacli.models.tensors import read_tensors, write_tensors
from colacli.ngrams import Ngrams
from factories.tiny import made_sentences

TEXTS, LABELS = zip(*made_sentences(), strict=True)
OPTIONS = Ngrams(words=2, characters=3)


@pytest.fixture
def folder(tmp_path):
    """A stored baseline."""
    fit_ngrams(fit_vectorizers(TEXTS, OPTIONS), TEXTS, LABELS, 1.0).save(tmp_path)
    return tmp_path


def loaded(folder):
    """What is read back."""
    return load_ngrams(folder / NGRAMS, folder / NGRAM_WEIGHTS)


def test_what_is_stored_is_text_and_numbers(folder):
    """The n-grams by unit, sorted, and for each a frequency and a weight."""
    assert sorted(path.name for path in folder.iterdir()) == [NGRAMS, NGRAM_WEIGHTS]

    document, tensors = json.loads((folder / NGRAMS).read_bytes()), read_tensors(folder / NGRAM_WEIGHTS)
    grams = {unit: document[unit]["ngrams"] for unit in ("words", "characters")}
    sizes = {unit: len(found) for unit, found in grams.items()}

    assert {unit: document[unit]["longest"] for unit in document} == {"words": 2, "characters": 3}
    assert all(found == sorted(found) for found in grams.values())
    assert {".", "a", "the baker"} <= set(grams["words"])
    assert {name: tuple(tensor.shape) for name, tensor in tensors.items()} == {
        "idf.words": (sizes["words"],),
        "idf.characters": (sizes["characters"],),
        "weights": (sum(sizes.values()),),
        "intercept": (1,),
    }


def test_the_same_sentences_give_the_same_bytes(folder, tmp_path_factory):
    """Counting and fitting have no chance in them."""
    again = tmp_path_factory.mktemp("again")
    fit_ngrams(fit_vectorizers(TEXTS, OPTIONS), TEXTS, LABELS, 1.0).save(again)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in again.iterdir()
    }


def changed(folder, **fields):
    """Change the words' part of the document."""
    document = json.loads((folder / NGRAMS).read_bytes())
    document["words"] |= fields
    (folder / NGRAMS).write_text(json.dumps(document))


@pytest.mark.parametrize(
    "fields",
    [{"ngrams": ["a"]}, {"ngrams": []}, {"ngrams": [""]}, {"ngrams": "abc"}, {"longest": 0}, {"other": 1}],
    ids=str,
)
def test_another_document_is_refused(folder, fields):
    """One that does not fit the weights, or is no document of n-grams."""
    changed(folder, **fields)

    with pytest.raises(IntegrityError, match="is not a baseline of n-grams"):
        loaded(folder)


def test_an_ngram_that_is_there_twice_is_refused(folder):
    """It would have two weights."""
    grams = json.loads((folder / NGRAMS).read_bytes())["words"]["ngrams"]
    changed(folder, ngrams=[grams[0], *grams[:-1]])

    with pytest.raises(IntegrityError, match="is not a baseline of n-grams"):
        loaded(folder)


@pytest.mark.parametrize("name", ["weights", "intercept", "idf.words"])
@pytest.mark.parametrize(
    "change",
    [lambda tensor: tensor[1:], lambda tensor: tensor.float(), lambda tensor: tensor * torch.inf],
    ids=["shorter", "single precision", "not finite"],
)
def test_other_weights_are_refused(folder, name, change):
    """Of another number, another type, or no numbers."""
    tensors = read_tensors(folder / NGRAM_WEIGHTS)
    write_tensors(folder / NGRAM_WEIGHTS, {**tensors, name: change(tensors[name])})

    with pytest.raises(IntegrityError, match=name):
        loaded(folder)


def test_sentences_with_nothing_in_common_are_refused():
    """An n-gram that is in one sentence alone says nothing of others."""
    with pytest.raises(DataError, match="no n-gram is in two sentences"):
        fit_vectorizers(["abc", "def"], Ngrams(characters=0))


def test_one_label_is_refused():
    """There is nothing to tell apart."""
    with pytest.raises(DataError, match="has the label 1"):
        fit_ngrams(fit_vectorizers(TEXTS, OPTIONS), TEXTS, [1] * len(TEXTS), 1.0)


def test_without_scikit_learn_the_extra_is_named(folder, monkeypatch):
    """To fit, and to predict."""
    monkeypatch.setitem(sys.modules, "sklearn", None)

    for act in (lambda: fit_vectorizers(TEXTS, OPTIONS), lambda: loaded(folder)):
        with pytest.raises(UnavailableError) as caught:
            act()
        assert caught.value.hint == "pip install 'colacli[baselines]'"


def test_nothing_to_count_is_refused():
    """Neither words nor characters."""
    with pytest.raises(UsageError, match="are both 0"):
        Ngrams(words=0, characters=0)
