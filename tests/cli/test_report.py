"""`colacli report` from the command line."""

import json

import pytest

from colacli.cli.main import run
from colacli.store.store import Store
from factories.reported import commit_arms, write_hostile

pytest.importorskip("matplotlib")


@pytest.fixture
def arms(folder, store_home):
    """Three arms in the store."""
    return commit_arms(Store(store_home), write_hostile(folder / "corpus"))


def test_it_says_what_was_written(arms, folder, capsys):
    """As JSON: files, runs, verdicts, commands."""
    assert run(["report", "alone", "distilled", "-o", "report.md", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)

    assert document["schema"] == "colacli.report/1"
    assert [(arm["label"], len(arm["runs"])) for arm in document["arms"]] == [("alone", 2), ("distilled", 2)]
    assert all((folder / file).is_file() for file in document["files"])
    assert (len(document["verdicts"]), document["missing"]) == (1, None)
    assert document["commands"][-1].startswith(f"colacli distil --teacher run:{arms.key[:12]} ")


def test_a_file_is_replaced_with_force_alone(arms, folder, capsys):
    """And until then it stays as it is."""
    (folder / "report.html").write_text("mine")

    assert run(["report", "alone", "-o", "report.html"]) == 2
    assert (folder / "report.html").read_text() == "mine"
    assert run(["report", "alone", "-o", "report.html", "--force"]) == 0
    assert "report of 2 runs is in report.html" in capsys.readouterr().out


def test_errors_have_their_status(arms, capsys):
    """No such run, no such split, the same run twice."""
    for argv, status in ((["nope"], 3), (["alone", "--split", "nope"], 1), (["alone", "alone"], 2)):
        assert run(["report", *argv, "-o", "report.md"]) == status
    assert "Traceback" not in capsys.readouterr().err
