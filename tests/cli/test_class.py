"""A class of arms from the command line: one document, one file, and few or all pairs."""

import csv
import json

import pytest

from colacli.cli.main import run
from factories.runs import answering, commit_run, make_spec


@pytest.fixture
def students(store, folder):
    """Names of eight runs."""
    names = [f"student{number}" for number in range(8)]
    for number, name in enumerate(names):
        commit_run(store, make_spec(number), name=name, predictions=answering([number % 2, 0, 1, number // 4]))
    return names


def document(capsys, *words):
    """What a command says with --json."""
    assert run([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_each_is_tested_beside_the_first(students, capsys):
    """Seven pairs of eight arms; 28 on request."""
    some = document(capsys, "compare", *students)
    every = document(capsys, "compare", *students, "--all-pairs")

    assert [(pair["a"], pair["b"]) for pair in some["pairs"]] == [("student0", name) for name in students[1:]]
    assert (some["pairs_tested"], every["pairs_tested"], len(every["pairs"])) == ("first", "all", 28)
    assert [arm["label"] for arm in every["arms"]] == students


def test_the_file_is_written_beside_the_document(students, folder, capsys):
    """A line a student; a file that is there is replaced with --force alone."""
    document(capsys, "compare", *students, "--csv", "class.csv")
    with (folder / "class.csv").open(encoding="utf-8", newline="") as file:
        assert sorted(line["arm"] for line in csv.DictReader(file)) == students

    assert run(["compare", *students, "--csv", "class.csv"]) == 2
    assert run(["compare", *students, "--csv", "class.csv", "--force"]) == 0


def test_disagreements_of_many_are_those_of_the_tested_pairs(students, capsys):
    """They need sentences, which made-up runs have none of: the error says so, as for two arms."""
    assert run(["compare", *students, "--disagreements"]) == 1
    assert "can't be read" in capsys.readouterr().err
