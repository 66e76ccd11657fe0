"""What counts as weak: by source and construction of a run's own splits, and by phenomenon of minimal pairs."""

import json

import pytest

from colacli.data.about import About, about_bytes
from colacli.data.pairs import find_pairs, sample_pairs
from colacli.data.readers import read_corpus
from colacli.data.splits import KEPT
from colacli.events import Note
from colacli.exports.weaknesses import FEWEST, WeakGroup, weaknesses
from colacli.statistics.proportions import wilson_interval
from colacli.workflows.pairs import PairsOptions, pairs
from factories import annotated
from factories.pair_scores import put_scores
from factories.runs import DEV, answering, commit_run, make_spec

# source, construction, sentences, how many are judged rightly
PARTS = [("a", "Wh", 40, 10), ("b", "Neg", 40, 40), ("b", "", 20, 20), ("c", "Rare", 9, 0)]


@pytest.fixture
def run(store, tmp_path):
    """One that has judged a corpus in parts, of which the bundled pairs were judged as well: one half right."""
    labels, answers, rows = [], [], []
    for source, construction, n, right in PARTS:
        rows += [(source, number % 2, construction) for number in range(n)]
        labels += [number % 2 for number in range(n)]
        answers += [number % 2 if number < right else 1 - number % 2 for number in range(n)]
    folder = annotated.write(tmp_path / "corpus", rows)
    digests = {name: split.digest for name, split in read_corpus(folder).splits.items()}
    run = commit_run(store, make_spec(data=digests), data=str(folder), predictions=answering(answers, labels))
    names = sorted({pair.phenomenon for pair in sample_pairs().pairs})
    scores = [(float(names.index(pair.phenomenon) % 2), 0.5) for pair in sample_pairs().pairs]
    put_scores(store, run, sample_pairs(), scores)
    return run


@pytest.mark.parametrize(
    ("right", "n", "overall", "majority", "weak"),
    [
        (10, 40, 0.7, 0.9, True),
        (24, 40, 0.7, 0.9, False),
        (30, 40, 0.7, 1.0, False),
        (10, 40, 0.4, 0.9, False),
        (10, 40, 0.4, None, True),
        (16, 40, 0.4, None, False),
        (10, 40, 0.7, None, True),
        (0, 10, 0.25, None, True),
    ],
)
def test_the_rule(right, n, overall, majority, weak):
    """The interval's upper end lies below the accuracy over all; or, of pairs, does not exceed one half."""
    group = WeakGroup("it", n, right / n, wilson_interval(right, n), majority)
    assert group.is_weak(overall) == weak


def test_sources_and_constructions(store, run):
    """By the run's stored predictions; a part of nine sentences never counts, however bad."""
    by_source, by_construction, _ = weaknesses(run, store, pytest.fail)

    assert [(one.grouping, one.data, one.n, one.groups) for one in (by_source, by_construction)] == [
        ("source", DEV, 109, 2),
        ("construction", DEV, 109, 2),
    ]
    for found, name in ((by_source, "a"), (by_construction, "Wh")):
        assert found.weak == [WeakGroup(name, 40, 0.25, wilson_interval(10, 40), 0.5)]
        assert found.overall == 70 / 109
        assert found.overall_interval[0] < found.overall < found.overall_interval[1]


def test_phenomena_of_the_bundled_pairs(store, run):
    """Scores that are stored are taken, and nothing is said or computed: the made-up run has no model."""
    *_, by_phenomenon = weaknesses(run, store, pytest.fail)
    names = sorted({pair.phenomenon for pair in sample_pairs().pairs})

    assert (by_phenomenon.grouping, by_phenomenon.unit, by_phenomenon.n) == ("phenomenon", "minimal pairs", 370)
    assert by_phenomenon.groups == len(names)
    assert {one.name for one in by_phenomenon.weak} == set(names[::2])
    assert all((one.n, one.accuracy, one.majority) == (FEWEST, 0, None) for one in by_phenomenon.weak)


def test_other_pairs_with_scores(store, run):
    """Pairs in the store that `pairs` scored are taken; those without scores are left out, and a corpus is none."""
    for name in ("blimp", "unscored"):
        (store.data / name).mkdir(parents=True)
        rows = [
            {"sentence_good": f"{name} {n}", "sentence_bad": f"{n} {name}", "linguistics_term": "order"[: 3 + n % 2]}
            for n in range(80)
        ]
        (store.data / name / "some.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    annotated.write(store.data / "corpus")
    blimp = find_pairs(store, "blimp")
    put_scores(store, run, blimp, [(float(n % 2), 0.5) for n in range(80)])
    *_, last = weaknesses(run, store, pytest.fail)

    assert [one.data for one in weaknesses(run, store, pytest.fail)][3:] == ["blimp"]
    assert (last.n, last.overall, last.groups) == (80, 0.5, 2)
    assert [(one.name, one.n, one.accuracy) for one in last.weak] == [("ord", 40, 0.0)]


def test_bundled_pairs_are_judged_once(trainings):
    """Where they have no scores the student judges them, which is said; they are stored as `pairs` stores them."""
    run, told = trainings.alone(), []
    first = weaknesses(run, trainings.store, told.append)
    result = pairs(str(run.path), PairsOptions(data="sample", device="cpu"), trainings.store)

    assert [one.text for one in told if isinstance(one, Note)] == [
        "judging the 370 bundled minimal pairs, for where it is weak"
    ]
    assert result.cached
    assert first[-1].groups == len(result.by_phenomenon)
    assert [one.name for one in first[-1].weak] == [
        one.name for one in result.by_phenomenon if one.interval[1] < first[-1].overall or one.interval[1] <= 0.5
    ]
    assert weaknesses(run, trainings.store, pytest.fail) == first


def test_a_student_of_another_language(trainings, tiny_corpus, store):
    """Does not judge the English pairs by itself."""
    folder = store.data / "other"
    folder.mkdir(parents=True)
    for file in tiny_corpus.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / KEPT).write_bytes(about_bytes(About(language="Russian")))
    trainings.data = type(trainings.data)(data="other")
    found = weaknesses(trainings.alone(), store, pytest.fail)

    assert "phenomenon" not in {one.grouping for one in found}
