"""Two arms compared by construction, and the sentences that only one of them gets right."""

import shutil

import pytest

from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.errors import DataError
from colacli.metrics import confusion
from colacli.statistics.comparison import Answers, compare_arms
from colacli.statistics.holm import holm
from colacli.statistics.proportions import wilson_interval
from colacli.workflows.compare import compare
from colacli.workflows.compare_sentences import compare_sentences
from factories.annotated import LABELS, ROWS, judged, several, text, write

ROWS_OF = {
    name: [row for row, (_, _, constructions) in enumerate(ROWS) if name in constructions.split()]
    for name in ("Neg", "Wh", "Rare")
}
RIGHT = [2 * label - 1 for label in LABELS]


@pytest.fixture
def corpus(tmp_path):
    """Eight sentences with constructions."""
    return write(tmp_path / "corpus")


def wrong(*rows, size=1.0):
    """Margins of a run that is wrong on these rows alone."""
    return [(-size if row in rows else 1) * sign for row, sign in enumerate(RIGHT)]


def compared(store, *references, listed=False):
    """By construction, and the disagreements."""
    return compare_sentences(compare(references, IN_DOMAIN_DEV, store), store, listed=listed)


def test_each_construction_is_compared_on_its_own_sentences(store, corpus):
    """All that is said of two runs, on the rows that have the construction; where a is worst comes first."""
    margins = [wrong(0, 1, 2), wrong(2, 3)]
    for seed, one in enumerate(margins):
        judged(store, corpus, one, seed)
    (pair,) = compared(store, "run-0", "run-1").constructions

    assert [one.construction for one in pair] == ["Neg", "Wh", "Rare"]
    for one in pair:
        rows = ROWS_OF[one.construction]
        labels = [LABELS[row] for row in rows]
        answers = [[int(run[row] > 0) for row in rows] for run in margins]
        alone = compare_arms(labels, Answers("run-0", [answers[0]]), Answers("run-1", [answers[1]]))
        assert (one.comparison.interval, one.comparison.p) == (alone.interval, alone.p)
        assert (one.comparison.paired, one.comparison.mcnemar) == (alone.paired, alone.mcnemar)
        assert one.comparison.detectable == alone.detectable
        for score, side in ((one.a, answers[0]), (one.b, answers[1])):
            counts = confusion(labels, side)
            assert score.accuracy == counts.accuracy
            assert score.interval == wilson_interval(sum(map(int.__eq__, labels, side)), len(rows))
    assert [one.comparison.holm_p for one in pair] == holm([one.comparison.p for one in pair])


def test_mcc_is_none_where_it_is_undefined(store, corpus):
    """A construction with one label, or one answer, has no correlation."""
    judged(store, corpus, wrong(0, 1), 0)
    judged(store, corpus, wrong(2), 1)
    (pair,) = compared(store, "run-0", "run-1").constructions
    scores = {one.construction: (one.a.mcc, one.b.mcc) for one in pair}

    assert scores["Rare"] == (None, None)
    assert scores["Neg"] == (None, 1.0)


def test_p_values_are_corrected_over_all_pairs(store, corpus):
    """Three runs make three pairs of three constructions: nine tests."""
    for seed, one in enumerate((wrong(0, 1, 4, 6), wrong(), wrong(2, 5))):
        judged(store, corpus, one, seed)
    pairs = compared(store, "run-0", "run-1", "run-2").constructions
    values = [one.comparison.p for pair in pairs for one in pair]

    assert len(values) == 9
    assert [one.comparison.holm_p for pair in pairs for one in pair] == pytest.approx(holm(values))


def test_arms_of_several_seeds(store, corpus):
    """The comparison over seeds and sentences; accuracy is the mean over runs, and has no interval of its own."""
    several(store, corpus, "kd", [wrong(0), wrong(0, 1), wrong()], command="distil")
    several(store, corpus, "nokd", [wrong(1, 2), wrong(4), wrong(0, 1, 5)])
    (pair,) = compared(store, "kd", "nokd").constructions
    neg = next(one for one in pair if one.construction == "Neg")

    assert neg.a.accuracy == pytest.approx((3 / 4 + 2 / 4 + 1) / 3)
    assert (neg.a.interval, neg.comparison.mcnemar) == (None, None)
    assert neg.comparison.over_seeds.paired
    assert neg.comparison.runs == (3, 3)


def test_a_corpus_without_constructions_has_none(store, tmp_path):
    """The list is there, and empty."""
    corpus = write(tmp_path / "corpus", [(source, label, "") for source, label, _ in ROWS])
    judged(store, corpus, wrong(0), 0)
    judged(store, corpus, wrong(1), 1)

    assert compared(store, "run-0", "run-1").constructions == [[]]


def test_sentences_that_only_one_gets_right(store, corpus):
    """Those that separate two runs, the surer first: by the distance of the two probabilities."""
    judged(store, corpus, wrong(0, 1, 2, size=1), 0)
    judged(store, corpus, [10 * one if row == 1 else one for row, one in enumerate(wrong(3))], 1)
    (pair,) = compared(store, "run-0", "run-1", listed=True).disagreements

    assert (pair.a, pair.b) == ("run-0", "run-1")
    assert [one.sentence.text for one in pair.only_a_right] == [text(3)]
    assert [one.sentence.text for one in pair.only_b_right] == [text(1), text(0), text(2)]
    assert [one.right for one in pair.only_b_right] == [(0, 1)] * 3
    first = pair.only_b_right[0].probability
    assert first == pytest.approx((0.7310586, 4.5397869e-5))


def test_of_several_seeds_more_than_half_have_to_be_right(store, corpus):
    """Half of them is not enough; the fraction that is right is told, and the larger difference comes first."""
    several(store, corpus, "two", [wrong(0, 2, 5), wrong(1, 2, 5)])
    several(store, corpus, "three", [wrong(3), wrong(3, 2), wrong(5, 2)], command="distil")
    (pair,) = compared(store, "two", "three", listed=True).disagreements

    assert [(one.sentence.text, one.right) for one in pair.only_a_right] == [(text(3), (1.0, 1 / 3))]
    found = {one.sentence.text: one.right for one in pair.only_b_right}
    assert found == {text(5): (0.0, 2 / 3), text(0): (0.5, 1.0), text(1): (0.5, 1.0)}
    assert next(iter(found)) == text(5)


def test_without_the_corpus_nothing_is_said_by_construction(store, corpus):
    """The comparison stands without it; where sentences are asked for the message says which corpus is gone."""
    judged(store, corpus, wrong(0), 0)
    judged(store, corpus, wrong(1), 1)
    shutil.rmtree(corpus)

    assert compared(store, "run-0", "run-1").constructions is None
    with pytest.raises(DataError, match=f"the sentences of in_domain_dev can't be read: .*{corpus}"):
        compared(store, "run-0", "run-1", listed=True)


def test_one_of_the_corpora_is_enough(store, corpus, tmp_path):
    """Where the first run's is gone, that of another has the same sentences."""
    judged(store, corpus, wrong(0), 0, data=str(tmp_path / "gone"))
    judged(store, corpus, wrong(1), 1)

    assert compared(store, "run-0", "run-1").constructions is not None
