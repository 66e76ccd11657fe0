"""A record of what commands compute finds what has changed, and nothing where nothing has."""

import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest

from record.record import differences, record

NAMES = ("finetune", "finetune resumed", "train-student gru", "distil shuffled", "generate likeliest")
RECORD = {
    "machine": {"processor": "a", "torch": "2"},
    "inputs": {"base/config.json": "1"},
    "steps": {
        "distil": {
            "command": "distil --teacher teacher",
            "keys": ["ab"],
            "files": {"ab": {"metrics.json": "2", "README.md": "3"}},
            "document": {"runs": [{"best_epoch": 1}]},
        }
    },
}


@pytest.fixture
def changed():
    """A record in which one file, one value of a document and the machine can be changed."""
    return deepcopy(RECORD)


def test_a_record_agrees_with_itself():
    """Nothing is reported where nothing differs."""
    assert differences(RECORD, deepcopy(RECORD)) == []


def test_a_difference_is_reported_by_command_and_file(changed):
    """Whoever reads it knows where to look."""
    changed["steps"]["distil"]["files"]["ab"]["metrics.json"] = "4"
    changed["steps"]["distil"]["document"]["runs"][0]["best_epoch"] = 2

    assert differences(RECORD, changed) == [
        "distil/files/ab/metrics.json: 2 before, 4 now",
        "distil/document/runs/0/best_epoch: 1 before, 2 now",
    ]


def test_a_file_that_is_missing_or_new_is_a_difference(changed):
    """Neither side decides alone what is compared."""
    changed["steps"]["distil"]["files"] = {"ab": {"metrics.json": "2", "history.jsonl": "5"}}

    assert differences(RECORD, changed) == [
        "distil/files/ab/README.md: 3 before, (nothing) now",
        "distil/files/ab/history.jsonl: (nothing) before, 5 now",
    ]


def test_differences_that_are_meant_can_be_ignored(changed):
    """By a pattern of their paths."""
    changed["steps"]["distil"]["files"]["ab"]["README.md"] = "4"

    assert differences(RECORD, changed, ["*/README.md"]) == []


def test_on_another_machine_only_keys_are_compared(changed):
    """Bytes may differ there; keys may not."""
    changed["machine"]["torch"] = "3"
    changed["steps"]["distil"]["files"]["ab"]["metrics.json"] = "4"

    assert differences(RECORD, changed) == []

    changed["steps"]["distil"]["keys"] = ["cd"]

    assert differences(RECORD, changed) == ["distil/0: ab before, cd now"]


@pytest.mark.slow
@pytest.mark.timeout(900)  # twelve commands, one after the other
def test_one_spec_gives_the_same_bytes(tmp_path):
    """Two processes compute the same, one training of each killed at some step and resumed."""
    path = tmp_path / "record.json"
    path.write_text(json.dumps(record(NAMES)))

    script = Path(__file__).with_name("record.py")
    checked = subprocess.run([sys.executable, script, "check", path], capture_output=True, text=True, check=False)

    assert (checked.stdout, checked.returncode) == (f"the same: {len(NAMES)} commands\n", 0)
