"""A run is measured by source, by length and by what it learnt from, every sentence once."""

import shutil
import subprocess
import sys

from colacli.config import Training
from colacli.data.corpus import Sentence
from colacli.data.holdout import holdout_rows
from colacli.data.readers import read_corpus
from colacli.metrics import measure
from colacli.statistics.proportions import wilson_interval
from colacli.workflows.breakdown import break_down
from colacli.workflows.evaluate import EvaluateOptions, evaluate
from factories.judged import ANSWERS, LABELS, OWN, ROWS, judged, sources, write
from factories.runs import DEV, answering, commit_run, make_spec


def test_each_source_is_measured_by_itself(store, corpus):
    """A source's metrics are those of its sentences alone, with Wilson's interval of their accuracy."""
    judged(store, corpus)
    island = next(part for part in evaluate("run", OWN, store).breakdown.by_source if part.name == "island")

    assert island.metrics == measure([0, 1, 0], answering([1, 1, 1]).logits)
    assert (island.metrics.n, island.metrics.accuracy, island.metrics.majority_accuracy) == (3, 1 / 3, 2 / 3)
    assert island.interval == wilson_interval(1, 3)


def test_the_worst_source_comes_first(store, corpus):
    """By accuracy; of equal ones the larger, then the earlier in the alphabet."""
    judged(store, corpus)

    assert sources(evaluate("run", OWN, store)) == ["island", "binding", "agreement", "order"]


def test_the_parts_make_the_whole(store, corpus):
    """Every sentence is in one source: their confusions add up to the split's."""
    judged(store, corpus)
    result = evaluate("run", OWN, store)
    first, *others = (part.metrics.confusion for part in result.breakdown.by_source)

    assert sum(others, first) == result.metrics.confusion
    assert (result.cached, result.missing) == (True, "")


def test_one_source_is_the_whole(store, tmp_path):
    """A corpus without sources has one, of no name, with the split's own metrics."""
    judged(store, write(tmp_path / "corpus", [("", label, answer) for _, label, answer in ROWS]))
    result = evaluate("run", OWN, store)

    assert [(part.name, part.metrics) for part in result.breakdown.by_source] == [("", result.metrics)]


def test_held_out_sentences_have_sources_too(store, tmp_path):
    """Those of a holdout are found in train again."""
    train = [(f"source {row % 2}", row % 2, 1) for row in range(40)]
    corpus = write(tmp_path / "corpus", train, "train.tsv")
    split = read_corpus(corpus).splits["train"]
    held = [split.labels[row] for row in holdout_rows(split.labels)[1]]
    spec = make_spec(data={"train": split.digest})
    commit_run(store, spec, name="run", data=str(corpus), predictions=answering([1] * 4, held), split="holdout")
    result = evaluate("run", OWN, store)

    assert [(part.name, part.metrics.n, part.metrics.accuracy) for part in result.breakdown.by_source] == [
        ("source 0", 2, 0.0),
        ("source 1", 2, 1.0),
    ]


def test_labels_that_differ_are_no_breakdown(store, corpus):
    """Predictions that are not of these sentences are not shared out among them, whatever the digests say."""
    spec = make_spec(data={"train": "1" * 64, DEV: read_corpus(corpus).splits[DEV].digest})
    commit_run(store, spec, name="run", data=str(corpus))

    assert evaluate("run", OWN, store).breakdown is None


def test_hundreds_of_sources_are_all_measured():
    """However many there are, none is left out."""
    sentences = [Sentence(f"Sentence {row}.", 1, source=f"source {row % 500}") for row in range(1500)]

    assert len(break_down(sentences, answering([1] * 1500, [1] * 1500), None).by_source) == 500


def test_each_length_is_measured_by_itself():
    """Sentences fall into ranges by their words, the shortest first, and an empty range is left out."""
    lengths = [1, 5, 6, 8, 13, 40, 3]
    sentences = [Sentence(" ".join(["word"] * length), 1) for length in lengths]
    parts = break_down(sentences, answering([1, 0, 1, 1, 0, 0, 1], [1] * 7), None).by_length

    assert [(part.name, part.metrics.n) for part in parts] == [("1 to 5", 3), ("6 to 8", 2), ("13 or more", 2)]
    assert [part.metrics.accuracy for part in parts] == [2 / 3, 1.0, 0.0]


def test_sentences_of_train_are_measured_apart(store, corpus):
    """Those that the run learnt from, and those that are new to it."""
    (corpus / "train.tsv").write_text("a\t0\t\tSentence 0.\na\t1\t\tSentence 9.\na\t1\t\tAnother.\n")
    digests = {name: split.digest for name, split in read_corpus(corpus).splits.items()}
    spec = make_spec(data=digests)
    commit_run(store, spec, name="run", data=str(corpus), predictions=answering(ANSWERS, LABELS))
    parts = evaluate("run", OWN, store).breakdown.by_overlap

    assert [(part.name, part.metrics.n) for part in parts] == [("new", 9), ("in train", 2)]
    assert parts[1].metrics == measure([0, 1], answering([1, 0]).logits)


def test_what_was_held_out_is_not_learnt_from(store, tmp_path):
    """With --validation holdout a tenth of train is new."""
    corpus = write(tmp_path / "corpus", [("a", row % 2, 1) for row in range(40)], "train.tsv")
    split = read_corpus(corpus).splits["train"]
    held = [split.labels[row] for row in holdout_rows(split.labels)[1]]
    spec = make_spec(data={"train": split.digest}, training=Training(precision="fp32", validation="holdout"))
    commit_run(store, spec, name="run", data=str(corpus), predictions=answering([1] * 4, held), split="holdout")

    assert [part.name for part in evaluate("run", OWN, store).breakdown.by_overlap] == ["new"]


def test_a_train_that_has_changed_is_not_compared_with(store, corpus):
    """What the run learnt from is not known any more; the rest of the breakdown stands."""
    judged(store, corpus)
    write(corpus, file="train.tsv")
    breakdown = evaluate("run", OWN, store).breakdown

    assert (breakdown.by_overlap, len(breakdown.by_source)) == (None, 4)


def test_what_was_learnt_from_is_found_for_other_sentences(store, corpus, tmp_path):
    """Measured elsewhere, a run's own train tells which sentences it knew."""
    write(corpus, file="train.tsv")
    digests = {name: split.digest for name, split in read_corpus(corpus).splits.items()}
    commit_run(store, make_spec(data=digests), name="run", data=str(corpus), predictions=answering(ANSWERS, LABELS))
    moved = shutil.copytree(corpus, tmp_path / "moved")
    breakdown = evaluate("run", EvaluateOptions(data=str(moved)), store).breakdown

    assert [(part.name, part.metrics.n) for part in breakdown.by_overlap] == [("in train", len(ROWS))]


def test_a_breakdown_of_what_is_stored_needs_no_torch(store, corpus):
    """Reading the sentences again imports nothing heavy."""
    judged(store, corpus)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from colacli.store.store import Store\n"
        "from colacli.workflows.evaluate import EvaluateOptions, evaluate\n"
        "result = evaluate('run', EvaluateOptions(), Store(Path(sys.argv[1])))\n"
        "found = len(result.breakdown.by_source)\n"
        "print(found, sorted({'torch', 'transformers', 'pandas', 'rich'} & set(sys.modules)))\n"
    )
    arguments = [sys.executable, "-c", script, str(store.root)]

    assert subprocess.run(arguments, capture_output=True, text=True, check=True).stdout == "4 []\n"
