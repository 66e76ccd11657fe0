"""A class of arms in one table: sorted, with the majority class in its place, and in words what was found."""

import io

import pytest
from rich.console import Console

from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.render.compare import show_comparison
from colacli.store.refs import set_name
from colacli.workflows.compare import compare
from factories.runs import answering, commit_run, make_spec

LABELS = [1, 1, 1, 0] * 25  # 75 of 100 are acceptable


@pytest.fixture
def names(store):
    """Seven runs: right on 30, 40, ... 80 of a hundred, and a constant answer; `again` is the second."""
    for number in range(6):
        answers = [label if index % 10 < number + 3 else 1 - label for index, label in enumerate(LABELS)]
        run = commit_run(store, make_spec(number), name=f"run{number}", predictions=answering(answers, LABELS))
        if number == 1:
            set_name(store, "again", [run.key])
    commit_run(store, make_spec(6), name="constant", predictions=answering([1] * 100, LABELS))
    return [*(f"run{number}" for number in range(6)), "constant", "again"]


def headings(result, width):
    """Of the table in a terminal of so many columns, narrow headings in one line."""
    text = io.StringIO()
    console = Console(file=text, width=width, force_terminal=True, color_system=None)
    show_comparison(result, lambda _, __, view: view(console))
    lines = text.getvalue().splitlines()
    return next(line.split() for line in lines if "accuracy" in line and "MCC" in line)


def shown(result):
    """What a person reads in a pipe, and the document."""
    text, documents = io.StringIO(), []

    def show(command, document, view):
        documents.append(document)
        view(Console(file=text, width=200))

    show_comparison(result, show)
    return text.getvalue(), documents[0]


def test_there_is_one_table_of_all(store, names):
    """Each arm once, the best first; the majority class above what is no more accurate than it."""
    text, document = shown(compare(names, IN_DOMAIN_DEV, store, all_pairs=False))
    rows = [line.split("\t")[0] for line in text.splitlines() if "\t" in line][1:]

    assert rows == ["run5", "majority", "constant", "run4", "run3", "run2", "run1", "again", "run0"]
    assert document["pairs_tested"] == "first"
    assert len(document["pairs"]) == 6
    assert [arm["label"] for arm in document["arms"]] == names[:-1]
    assert document["same"] == [{"label": "again", "same_as": "run1"}]


def test_mcc_has_its_interval_where_there_is_room(store, names):
    """In a pipe and in a wide terminal; one of 80 columns has the same table without it, of a line a row."""
    result = compare(names, IN_DOMAIN_DEV, store, all_pairs=False)
    run4 = next(line.split("\t") for line in shown(result)[0].splitlines() if line.startswith("run4\t"))

    assert run4[1:6] == ["70.00 %", "60.4–78.1", "0.303", "0.10 to 0.49", "0.786"]
    assert headings(result, 100).count("interval") == 3
    assert headings(result, 80).count("interval") == 2


def test_what_was_found_is_said_in_words(store, names):
    """Who differs from the first, how many were tested, who is the same, who judges nothing; each once."""
    text, _ = shown(compare(["constant", *names[:6], "again"], IN_DOMAIN_DEV, store, all_pairs=False))

    assert "worse than constant: run0, run1, run2" in text
    assert "inconclusive beside constant: 3 of 6; the smallest difference that could show" in text
    assert "6 pairs were tested, each arm beside the first named; --all-pairs tests every two" in text
    assert "again and run1 are the same" in text
    assert text.count("one answer for every sentence, not a judgement: constant") == 1


def test_all_pairs_are_shown_on_request(store, names):
    """A second table has them, and a line how many differ."""
    text, document = shown(compare(names, IN_DOMAIN_DEV, store, all_pairs=True))

    assert document["pairs_tested"] == "all"
    assert len(document["pairs"]) == 21
    assert "of all 21 pairs differ after the correction" in text
    assert "run3\trun4" in text


def test_what_is_said_of_an_arm_is_said_once(store, names):
    """Of three arms one is in two pairs; its remark is not in both."""
    text, document = shown(compare(["run0", "run1", "constant"], IN_DOMAIN_DEV, store))

    assert text.count("constant calls every sentence of in_domain_dev acceptable") == 1
    assert "gives the same answer for every sentence" not in text
    assert sum("gives the same answer for every sentence" in pair["verdict"] for pair in document["pairs"]) == 2
