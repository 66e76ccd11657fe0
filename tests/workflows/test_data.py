"""Corpora by name: which are here, what comes in, and what is refused."""

from urllib.error import URLError

import pytest

from colacli.data import cola, download
from colacli.data.locate import find_corpus
from colacli.data.readers import read_corpus
from colacli.errors import DataError, UnavailableError, UsageError
from colacli.events import Note, ignore
from colacli.workflows.data import bring_in, fetch, listing, summary


@pytest.fixture
def no_network(monkeypatch):
    """Nothing can be reached; gives the addresses that were asked for."""
    asked = []

    def refuse(request, **_):
        asked.append(request.full_url)
        raise URLError("no network in tests")

    monkeypatch.setattr(download, "urlopen", refuse)
    return asked


def held(folder):
    """Names of what a folder holds; nothing where it isn't there."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_cola_is_listed_even_where_it_is_not(store):
    """With how to get it, and nothing is made by looking."""
    known, _ = listing(store)

    assert (known.name, known.path, known.sizes) == ("cola", None, {})
    assert "data fetch cola" in known.problem
    assert not store.root.exists()


def test_the_bundled_corpus_is_always_listed(store):
    """With its sizes, and in no folder."""
    _, known = listing(store)

    assert (known.name, known.path, known.problem) == ("sample", None, "")
    assert known.sizes == {"train": 4000, "in_domain_dev": 500, "out_of_domain_dev": 500}


def test_an_imported_corpus_is_listed(store, tiny_corpus):
    """By its name, with its place and its sizes."""
    bring_in(store, tiny_corpus, "tiny")
    _, _, known = listing(store)

    assert (known.name, known.path, known.problem) == ("tiny", store.data / "tiny", "")
    assert known.sizes == {"train": 60, "in_domain_dev": 20, "out_of_domain_dev": 10}


def test_a_broken_corpus_is_listed_with_its_problem(store, tiny_corpus):
    """File and line are named, and the others are listed all the same."""
    bring_in(store, tiny_corpus, "tiny")
    bring_in(store, tiny_corpus, "whole")
    (store.data / "tiny" / "in_domain_train.tsv").write_text("x\t1\t\tYes.\nx\t2\t\tNo.\n")
    problems = {known.name: known.problem for known in listing(store)}

    assert "in_domain_train.tsv, line 2" in problems["tiny"]
    assert problems["whole"] == ""


def test_an_imported_corpus_is_used_by_name(store, tiny_corpus):
    """It is the corpus that was imported, sentence for sentence, under its new name."""
    bring_in(store, tiny_corpus, "tiny")
    found = find_corpus(store, "tiny", ignore)
    original = read_corpus(tiny_corpus)

    assert found.origin == "tiny"
    assert {name: split.digest for name, split in found.splits.items()} == {
        name: split.digest for name, split in original.splits.items()
    }


def test_an_arrival_says_where_it_is(store, tiny_corpus):
    """Name, folder and splits."""
    arrival = bring_in(store, tiny_corpus, "tiny")

    assert (arrival.name, arrival.path, arrival.sizes) == (
        "tiny",
        store.data / "tiny",
        {"train": 60, "in_domain_dev": 20, "out_of_domain_dev": 10},
    )


def test_an_import_outlives_its_source(store, tmp_path):
    """The store has its own copy."""
    source = tmp_path / "mine.tsv"
    source.write_text("x\t1\t\tYes.\n")
    bring_in(store, source, "mine")
    source.unlink()

    assert find_corpus(store, "mine", ignore).split("train").texts == ["Yes."]


def test_a_name_goes_before_a_path(store, tiny_corpus, tmp_path, monkeypatch):
    """A folder of the same name in the working folder doesn't change what a name means."""
    bring_in(store, tiny_corpus, "tiny")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "train.tsv").write_text("x\t1\t\tYes.\n")

    assert len(find_corpus(store, "tiny", ignore).split("train")) == 60


@pytest.mark.parametrize(
    "name", ["", "../x", "a/b", ".hidden", "-x", "a b", "x.", "x" * 101, "ü", "a\n", "abcd", "latest"]
)
def test_a_name_that_can_not_be_one_is_refused(store, tiny_corpus, name):
    """Nothing comes in, in or out of the store."""
    with pytest.raises(UsageError):
        bring_in(store, tiny_corpus, name)

    assert not store.root.exists()


def test_another_corpus_can_not_be_called_cola(store, tiny_corpus):
    """That name is the public release's alone; another way is named."""
    with pytest.raises(DataError, match="not the public release") as caught:
        bring_in(store, tiny_corpus, "cola")

    assert "--name" in caught.value.hint
    assert held(store.data) == []


def test_another_corpus_does_not_take_a_name_away(store, tiny_corpus, tmp_path):
    """A name that is taken stays what it is."""
    bring_in(store, tiny_corpus, "tiny")
    other = tmp_path / "other.tsv"
    other.write_text("x\t1\t\tYes.\n")

    with pytest.raises(DataError, match="already exists"):
        bring_in(store, other, "tiny")

    assert len(find_corpus(store, "tiny", ignore).split("train")) == 60


def test_the_same_corpus_may_be_imported_again(store, tiny_corpus):
    """The second time changes nothing."""
    bring_in(store, tiny_corpus, "tiny")

    assert bring_in(store, tiny_corpus, "tiny").path == store.data / "tiny"
    assert held(store.data) == ["tiny"]


def test_a_corpus_that_can_not_be_read_leaves_nothing(store, tmp_path):
    """The file's own name and line are in the message."""
    bad = tmp_path / "mine.tsv"
    bad.write_text("x\t1\t\tYes.\nx\t1\tNo.\n")

    with pytest.raises(DataError, match=r"mine\.tsv, line 2"):
        bring_in(store, bad, "mine")

    assert held(store.data) == []


@pytest.mark.parametrize("name", ["glue", "sample", "../cola", ""])
def test_what_is_published_can_be_fetched_alone(store, no_network, name):
    """No other name is ever looked for."""
    with pytest.raises(UsageError, match="blimp, cola, itacola, jcola, rucola can"):
        fetch(store, name, ignore)

    assert no_network == []


def test_cola_without_a_network_says_how_else(store, no_network):
    """What was asked for, and how to bring it by hand."""
    with pytest.raises(UnavailableError, match="can't be downloaded") as caught:
        fetch(store, "cola", ignore)

    assert no_network == [cola.COLA.address]
    assert "data import" in caught.value.hint
    assert held(store.data) == []


def test_cola_is_fetched_when_it_is_wanted(store, no_network):
    """Using it by name tries its site, and says so first."""
    events = []
    with pytest.raises(UnavailableError):
        find_corpus(store, "cola", events.append)

    assert [type(event) for event in events] == [Note]
    assert no_network == [cola.COLA.address]


def test_an_unknown_corpus_is_not_looked_for_elsewhere(store, tiny_corpus, no_network):
    """The error names those that are known."""
    bring_in(store, tiny_corpus, "tiny")
    with pytest.raises(DataError, match="no corpus or file 'nothing'") as caught:
        find_corpus(store, "nothing", ignore)

    assert "cola, sample, tiny" in caught.value.hint
    assert no_network == []


def test_the_summary_is_of_the_named_corpus(store, tiny_corpus):
    """`data show` by name counts what was imported."""
    bring_in(store, tiny_corpus, "tiny")
    found = summary(store, "tiny", ignore)

    assert found.origin == "tiny"
    assert [(split.name, split.n, split.acceptable) for split in found.splits] == [
        ("train", 60, 42),
        ("in_domain_dev", 20, 14),
        ("out_of_domain_dev", 10, 7),
    ]
