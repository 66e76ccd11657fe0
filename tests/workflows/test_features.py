"""An annotation is kept with its corpus in the store, and read with it."""

import pytest

from colacli.data.cola import VARIABLE
from colacli.data.locate import find_corpus
from colacli.errors import DataError, UsageError
from colacli.events import ignore
from colacli.workflows.features import import_data
from factories.releases import COLA, SHARED, contents, needs_cola, needs_corpora
from factories.rows import written

FILE = b"Sentence\tLabel\tNeg\tWh\nIt rains.\t1\t1\t0\nRains it.\t0\t0\t1\nElse.\t1\t0\t0\n"


@pytest.fixture
def corpus(tmp_path):
    """A folder with two sentences to train on, and one to measure."""
    written(tmp_path, "mine/train.tsv", b"s\t1\t\tIt rains.\ns\t0\t*\tRains it.\n")
    written(tmp_path, "mine/dev.tsv", b"s\t1\t\tIt snows.\n")
    return tmp_path / "mine"


@pytest.fixture
def features(tmp_path):
    """An annotation of that corpus."""
    return written(tmp_path, "annotation.TSV", FILE)


def marked(store, name="mine"):
    """The constructions of each training sentence of a corpus."""
    return [one.constructions for one in find_corpus(store, name, ignore).splits["train"].sentences]


def test_a_corpus_comes_with_its_annotation(store, corpus, features):
    """Both at once: the annotation lies beside the splits, byte for byte, and changes no digest."""
    arrival = import_data(store, corpus, "mine", features, force=False)

    assert marked(store) == [("Neg",), ("Wh",)]
    assert contents(store.data / "mine")["features.tsv"] == FILE
    assert [(one.text, one.where) for one in arrival.joined.unmatched] == [("Else.", f"{features}, line 4")]
    plain = import_data(store, corpus, "plain", None, force=False)
    assert plain.digests["train"] == find_corpus(store, "mine", ignore).splits["train"].digest


def test_an_annotation_may_come_later(store, corpus, features):
    """By the corpus' name alone; the folder is not needed any more."""
    import_data(store, corpus, "mine", None, force=False)
    before = marked(store)
    import_data(store, None, "mine", features, force=False)

    assert (before, marked(store)) == ([(), ()], [("Neg",), ("Wh",)])


def test_another_annotation_needs_force(store, corpus, features, tmp_path):
    """The same again is nothing; another one replaces the first, whatever its format, with --force alone."""
    import_data(store, corpus, "mine", features, force=False)
    import_data(store, None, "mine", features, force=False)
    other = written(tmp_path, "other.csv", b"sentence,Other\nIt rains.,1\n")
    with pytest.raises(UsageError, match="is there already") as caught:
        import_data(store, None, "mine", other, force=False)
    assert "--force" in caught.value.hint
    import_data(store, None, "mine", other, force=True)

    assert marked(store) == [("Other",), ()]
    assert sorted(contents(store.data / "mine")) == ["dev.tsv", "features.csv", "train.tsv"]


def test_a_bad_annotation_brings_nothing_in(store, corpus, tmp_path):
    """Neither it nor the corpus that it was to come with."""
    for content in (b"Sentence\tNeg\nElsewhere.\t1\n", b"Sentence\tNeg\nIt rains.\n"):
        with pytest.raises(DataError):
            import_data(store, corpus, "mine", written(tmp_path, "bad.tsv", content), force=False)

    assert not (store.data / "mine").exists()


@pytest.mark.parametrize(
    ("name", "problem"), [("sample", "can't be annotated"), ("none", "no corpus 'none'"), ("cola", "no corpus 'cola'")]
)
def test_what_is_not_here_can_not_be_annotated(store, features, name, problem):
    """The bundled corpus, one that nobody imported, CoLA before it was fetched."""
    with pytest.raises(UsageError, match=problem):
        import_data(store, None, name, features, force=False)


def test_there_has_to_be_something_to_import(store):
    """A corpus or an annotation."""
    with pytest.raises(UsageError, match="nothing to import"):
        import_data(store, None, "mine", None, force=False)


def test_a_damaged_annotation_is_told(store, corpus, features):
    """The message names the file in the store."""
    import_data(store, corpus, "mine", features, force=False)
    (store.data / "mine" / "features.tsv").write_text("no header\n")

    with pytest.raises(DataError, match=r"features\.tsv"):
        marked(store)


@needs_cola
def test_cola_can_be_annotated_wherever_it_is(store, monkeypatch):
    """Where the environment names its folder it comes into the store with its annotation, and both are read."""
    monkeypatch.setenv(VARIABLE, str(COLA))
    import_data(store, None, "cola", COLA / "in_domain_dev_features.tsv", force=False)
    sentences = find_corpus(store, "cola", ignore).splits["in_domain_dev"].sentences
    monkeypatch.delenv(VARIABLE)

    assert sum(bool(one.constructions) for one in sentences) > 500
    assert find_corpus(store, "cola", ignore).splits["in_domain_dev"].sentences == sentences


@needs_corpora
def test_a_published_folder_comes_with_its_annotation(store):
    """The file with the annotation lies in the folder of the corpus, as ItaCoLA's repository has it."""
    folder = SHARED / "corpora" / "itacola"
    arrival = import_data(store, folder, "itacola", folder / "ItaCoLA_dataset_phenomenon.tsv", force=False)

    assert arrival.sizes == {"train": 7801, "in_domain_dev": 946, "test": 975}
    dev = find_corpus(store, "itacola", ignore).split("in_domain_dev").sentences
    assert sum(bool(one.constructions) for one in dev) == 210
