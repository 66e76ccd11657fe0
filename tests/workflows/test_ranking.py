"""Many arms: sorted, each beside the first, the same runs once; and the same numbers in a file."""

import csv

import pytest

from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.errors import UsageError
from colacli.statistics.correlation import single_mcc_interval
from colacli.statistics.holm import holm
from colacli.statistics.proportions import wilson_interval
from colacli.store.refs import set_name
from colacli.workflows.compare import FEW, compare
from colacli.workflows.ranking import COLUMNS, check_csv, ranked, write_csv
from factories.runs import answering, commit_run, make_spec

LABELS = [1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 1]


@pytest.fixture
def students(store):
    """Eight runs, each right on one sentence more than that before it; `twin` is another name for the third."""
    names = [f"student{number}" for number in range(8)]
    for number, name in enumerate(names):
        answers = [label if index <= number else 1 - label for index, label in enumerate(LABELS)]
        run = commit_run(store, make_spec(number), name=name, predictions=answering(answers, LABELS))
        if number == 2:
            set_name(store, "twin", [run.key])
    return [*names, "twin"]


def test_many_arms_are_tested_beside_the_first(store, students):
    """One test for each other arm, corrected for so many; all pairs where they are asked for."""
    result = compare(students, IN_DOMAIN_DEV, store, all_pairs=False)
    every = compare(students, IN_DOMAIN_DEV, store, all_pairs=True)

    assert [(pair.a, pair.b) for pair in result.pairs] == [("student0", name) for name in students[1:8]]
    assert [pair.holm_p for pair in result.pairs] == holm([pair.p for pair in result.pairs])
    assert len(every.pairs) == 8 * 7 / 2
    assert (result.tests_all, every.tests_all) == (False, True)


def test_few_arms_are_all_tested(store, students):
    """Up to that number nothing has to be asked for."""
    result = compare(students[:FEW], IN_DOMAIN_DEV, store, all_pairs=False)

    assert len(result.pairs) == FEW * (FEW - 1) / 2
    assert result.tests_all


def test_the_same_run_is_one_arm(store, students):
    """Another reference to it is told, and is in no test."""
    result = compare(["student0", "student2", "twin"], IN_DOMAIN_DEV, store)

    assert [arm.label for arm in result.arms] == ["student0", "student2"]
    assert result.same == {"twin": "student2"}
    assert [(pair.a, pair.b) for pair in result.pairs] == [("student0", "student2")]


@pytest.mark.parametrize("references", [["student2", "twin"], ["student0", "student0", "student1"]])
def test_nothing_but_the_same_run_is_a_mistake(store, students, references):
    """Where there is one run in all, or one word twice."""
    with pytest.raises(UsageError, match="are the same run"):
        compare(references, IN_DOMAIN_DEV, store)


def test_the_most_accurate_comes_first(store, students):
    """A repeated reference stands after its arm; differences are the arm's less the first's."""
    result = compare(students, IN_DOMAIN_DEV, store, all_pairs=False)
    rows = ranked(result)

    assert [row.label for row in rows] == [*students[7:2:-1], "student2", "twin", "student1", "student0"]
    assert [row.same_as for row in rows if row.same_as] == ["student2"]
    assert rows[0].difference[0] == pytest.approx(7 / 12)
    assert rows[0].difference[1] < 7 / 12 < rows[0].difference[2]
    assert rows[0].interval == wilson_interval(8, 12)
    assert rows[-1].difference is None
    assert [row.mcc_interval for row in rows] == [single_mcc_interval(row.arm.metrics[0].confusion) for row in rows]


def test_the_file_has_a_line_an_arm(store, students, tmp_path):
    """With every digit, the keys, and nothing where nothing is defined."""
    result = compare(students, IN_DOMAIN_DEV, store, all_pairs=False)
    write_csv(result, tmp_path / "class.csv")
    with (tmp_path / "class.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    by_name = {line["arm"]: line for line in lines}

    assert list(lines[0]) == COLUMNS
    assert [line["arm"] for line in lines] == [row.label for row in ranked(result)]
    assert float(by_name["student3"]["accuracy"]) == result.arms[3].metrics[0].accuracy
    low, value, high = (float(by_name["student3"][column]) for column in ("mcc_low", "mcc", "mcc_high"))
    assert low < value == result.arms[3].metrics[0].mcc < high
    assert by_name["student3"]["keys"] == result.arms[3].runs[0].key
    assert float(by_name["student3"]["holm_p"]) == result.pairs[2].holm_p
    assert (by_name["twin"]["same_as"], by_name["twin"]["keys"]) == ("student2", by_name["student2"]["keys"])
    assert (by_name["student0"]["difference"], by_name["student0"]["holm_p"]) == ("", "")


def test_an_arm_of_several_seeds_has_its_mean(store, students):
    """And no interval of its own: its runs share their sentences."""
    both = compare(["student0", "student1"], IN_DOMAIN_DEV, store).arms
    set_name(store, "seeds", [arm.runs[0].key for arm in both])
    result = compare(["seeds", *students[2:8], "student0"][:-1], IN_DOMAIN_DEV, store, all_pairs=False)
    (row,) = [row for row in ranked(result) if row.label == "seeds"]

    assert row.accuracy.mean == pytest.approx(1.5 / 12)
    assert (row.interval, row.mcc_interval) == (None, None)


def test_a_file_that_is_there_is_not_replaced(store, tmp_path):
    """It is refused before anything is computed."""
    (tmp_path / "class.csv").touch()

    with pytest.raises(UsageError, match="is there already"):
        check_csv(tmp_path / "class.csv", store, force=False)
    check_csv(tmp_path / "class.csv", store, force=True)
