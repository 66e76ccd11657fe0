"""An annotation is joined by sentence, and what does not match is told with its line."""

from pathlib import Path

import pytest

from colacli.data.corpus import Corpus, Sentence, Split
from colacli.data.features import join, read_features
from colacli.data.readers import read_corpus, read_split
from colacli.errors import DataError
from factories.releases import COLA, needs_cola
from factories.rows import written

ITACOLA = COLA.parent / "corpora" / "itacola"
needs_itacola = pytest.mark.skipif(not ITACOLA.is_dir(), reason="ItaCoLA is not beside this checkout")

HEADER = "uid\tSource\tlabel\tdiacritic\tSentence\tgloss\tsimple\tArg. Str.\tfiller-gap"
JCOLA = [
    HEADER,
    "9109\tA_2010\t1\tg\tThe baker sings.\t\tTrue\tFalse\tFalse",
    "9354\tB_2011\t0\t*\tWhat the baker sings?\tlit.\tFalse\tTrue\tTrue",
]


def corpus_of(**splits):
    """A corpus of these sentences."""
    return Corpus("mine", {name: split_of(name, texts) for name, texts in splits.items()})


def split_of(name, texts):
    """A split of these sentences, a line each."""
    sentences = tuple(Sentence(text, 1, line=line) for line, text in enumerate(texts, start=1))
    return Split(name, sentences, ((0, f"{name}.tsv"),))


def features(folder, *lines, name="features.tsv"):
    """A file of these lines, read."""
    return read_features(written(folder, name, "\n".join(lines).encode()))


def test_the_columns_of_published_files_are_read(tmp_path):
    """Whatever else a file has beside its sentences, in upper or lower case: True and False are marks."""
    read = features(tmp_path, *JCOLA)

    assert read.names == ("simple", "Arg. Str.", "filler-gap")
    assert read.constructions == {
        "The baker sings.": ("simple",),
        "What the baker sings?": ("Arg. Str.", "filler-gap"),
    }


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("f.csv", ["Sentence,Neg", '"No, it rains.",1']),
        ("f.json", ['{"sentence": "No, it rains.", "Neg": true}']),
        ("f.JSONL", ['{"sentence": "No, it rains.", "Neg": 1}']),
    ],
)
def test_other_formats(tmp_path, name, lines):
    """CSV and JSON lines do as well."""
    assert features(tmp_path, *lines, name=name).constructions == {"No, it rains.": ("Neg",)}


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["text\tNeg", "A.\t1"], "f.tsv, line 2: no column 'sentence'"),
        (["sentence\tNeg", "A.\t1", " \t1"], "f.tsv, line 3: the sentence is ' '"),
        (["sentence\tNeg", "A.\tyes"], "f.tsv: no column has nothing but 0 and 1"),
        (["sentence\tNeg"], "f.tsv: no column has nothing but 0 and 1"),
        (["sentence\tNeg\tNeg", "A.\t1\t1"], "f.tsv, line 1: a column is repeated"),
        (["sentence\tNeg", "A."], "f.tsv, line 2: found 1 column"),
        (["sentence\tNeg", "A.\t1", "A.\t0"], "f.tsv, line 3: the sentence has other constructions in line 2"),
    ],
)
def test_what_can_not_be_used_is_told_with_its_line(tmp_path, lines, problem):
    """Each of these is an error that says where."""
    with pytest.raises(DataError) as caught:
        features(tmp_path, *lines, name="f.tsv")
    assert problem in caught.value.message


@pytest.mark.parametrize(("name", "content"), [("f.xlsx", "x"), ("f.json", "[1"), ("f.json", "3"), ("f.tsv", "")])
def test_what_is_no_table(tmp_path, name, content):
    """An unknown suffix, no JSON, no object, nothing at all."""
    with pytest.raises(DataError):
        features(tmp_path, content, name=name)


def test_constructions_are_joined_by_sentence(tmp_path):
    """To the letter, in every split; those of the corpus itself come first and none comes twice."""
    corpus = corpus_of(train=["A.", "B."], in_domain_dev=["B."])
    own = Sentence("A.", 1, constructions=("Neg", "Own"), line=1)
    corpus.splits["train"] = Split("train", (own, corpus.splits["train"].sentences[1]))
    joined = join(corpus, features(tmp_path, "sentence\tWh\tNeg", "A.\t1\t1", "B.\t1\t0"))

    assert [one.constructions for one in joined.corpus.splits["train"].sentences] == [("Neg", "Own", "Wh"), ("Wh",)]
    assert joined.annotated == {"train": 2, "in_domain_dev": 1}
    assert (joined.unmatched, joined.missing) == ((), ())


def test_what_does_not_match_is_told(tmp_path):
    """Both sides with their lines, and the sentence on the other side that is much like it."""
    corpus = corpus_of(train=["Other."] * 3, in_domain_dev=["It rains a lot.", "It  snows a lot.", "No more."])
    joined = join(
        corpus, features(tmp_path, "sentence\tNeg", "It rains a lot.\t1", "No more.\t1", "It snows a lot.\t0")
    )

    (unmatched,), (missing,) = joined.unmatched, joined.missing
    assert (unmatched.where, unmatched.text) == (f"{tmp_path / 'features.tsv'}, line 4", "It snows a lot.")
    assert (missing.where, missing.text) == ("in_domain_dev.tsv, line 2", "It  snows a lot.")
    assert (unmatched.similar, missing.similar) == (missing.where, unmatched.where)


def test_an_annotation_of_another_corpus_is_refused(tmp_path):
    """Where not one sentence matches."""
    with pytest.raises(DataError, match="mine has none of its 1 sentences"):
        join(corpus_of(train=["A."]), features(tmp_path, "sentence\tNeg", "B.\t1"))


@needs_cola
def test_the_annotated_dev_set_of_cola():
    """63 constructions; 526 of 527 sentences match, and the one that differs by a character is told."""
    dev = read_split(COLA / "in_domain_dev.tsv", "in_domain_dev")
    joined = join(Corpus("cola", {"in_domain_dev": dev}), read_features(COLA / "in_domain_dev_features.tsv"))

    assert (len(joined.features.names), joined.annotated) == (63, {"in_domain_dev": 526})
    assert [Path(one.where).name for one in joined.unmatched] == ["in_domain_dev_features.tsv, line 331"]
    assert [Path(one.similar).name for one in joined.unmatched] == ["in_domain_dev.tsv, line 330"]
    assert [Path(one.where).name for one in joined.missing] == ["in_domain_dev.tsv, line 330"]


@needs_itacola
def test_the_annotation_of_itacola():
    """Nine phenomena; the labels in their own column are none."""
    read = read_features(ITACOLA / "ItaCoLA_dataset_phenomenon.tsv")

    assert len(read.names) == 9
    assert "Acceptability" not in read.names
    assert len(read.constructions) == 2088


def test_a_corpus_may_bring_its_own(tmp_path):
    """Columns of a corpus' own file need no second file."""
    written(tmp_path, "train.csv", b"sentence,label,Neg\nIt rains.,1,0\nNo.,1,1\n")

    assert [one.constructions for one in read_corpus(tmp_path).splits["train"].sentences] == [(), ("Neg",)]
