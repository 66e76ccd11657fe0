"""What is said of a corpus on the command line is remembered, shown, and refused where it can't be."""

import json

import pandas as pd
import pytest

from colacli.cli.main import run
from colacli.data.about import About, about_bytes
from colacli.data.splits import KEPT
from factories.rows import frame_bytes

OPTIONS = ["--columns", "sentence=Satz, label=Urteil", "--labels", "ja=1,nein=0"]


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A folder with a corpus whose columns have names of their own, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train.csv").write_text("Satz;Urteil\nDie Lampe brennt.;ja\nLampe die brennt.;nein\n")
    (tmp_path / "mine" / "test.parquet").write_bytes(frame_bytes(pd.DataFrame({"Satz": ["Es regnet."], "id": [7]})))
    return tmp_path / "mine"


def document(capsys, argv):
    """What a command prints with --json."""
    assert run([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_import_takes_a_layout(store_home, mine, capsys):
    """The corpus has a name then, and needs no options; what is unlabelled is told apart."""
    arrival = document(capsys, ["data", "import", "mine", "--name", "mine", *OPTIONS])
    listed = document(capsys, ["data", "list"])["corpora"]
    shown = document(capsys, ["data", "show", "mine"])

    assert (arrival["splits"], arrival["unlabelled"]) == ({"train": 2}, 1)
    assert arrival["about"]["layout"]["columns"] == ["sentence=Satz", "label=Urteil"]
    assert [(one["splits"], one["unlabelled"]) for one in listed if one["name"] == "mine"] == [({"train": 2}, 1)]
    assert [(split["n"], split["acceptable"]) for split in shown["splits"]] == [(2, 1)]
    assert shown["unlabelled"] == 1
    assert shown["readings"][0]["labels"] == {"ja": 1, "nein": 0}
    assert shown["readings"][0]["columns"] == {"sentence": "Satz", "label": "Urteil"}


def test_a_person_is_told_how_a_corpus_was_read(store_home, mine, capsys):
    """Columns, words, quoting; then licence and citation where they are kept."""
    (mine / KEPT).write_bytes(about_bytes(About(licence="CC0\x1b[31m", citation="Nobody 2020")))
    assert run(["data", "show", "mine", *OPTIONS]) == 0
    out = capsys.readouterr().out

    for part in ("sentence=Satz, label=Urteil", "ja = acceptable, nein = not acceptable", "enclose values",
                 "1 sentences of test have no labels", "licence: CC0\\x1b[31m", "cite: Nobody 2020"):  # fmt: skip
        assert part in out


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        (["data", "show", "mine"], 1, "no column 'sentence', 'label'; found 'Satz', 'Urteil'"),
        (["data", "show", "mine", *OPTIONS[:2]], 1, "the label is 'ja', expected 0 or 1"),
        (["data", "show", "sample", *OPTIONS], 2, "'sample' has its own layout"),
        (["data", "show", "mine", "--columns", "Satz"], 2, "--columns: 'satz' is no column that is read"),
        (["data", "show", "mine", "--labels", "ja"], 2, "--labels: 'ja' is not WORD=1 or WORD=0"),
        (["data", "show", "mine", "--quoting", "some"], 2, "'some'"),
        (["data", "fetch", "mine"], 2, "'mine' can't be fetched; blimp, cola, itacola, jcola, rucola can"),
        (["judge", "latest", "--columns", "sentence=Satz"], 2, "--data is laid out, which is not given"),
        (["judge", "latest", "Ja.", "--data", "mine"], 2, "judge has sentences and --data"),
        (["train-student", "--data", "rucola", "--variant", "gpt2-mini"], 1, "no corpus or file 'rucola'"),
    ],
)
def test_errors(store_home, mine, capsys, argv, status, said):
    """Each says what, and what to do next."""
    found = run([*argv, "--json"])
    error = json.loads(capsys.readouterr().out)

    assert (found, said in error["message"], bool(error["hint"])) == (status, True, True)


def test_settings_may_say_it(store_home, mine, capsys, monkeypatch):
    """A file of the working folder or a variable: they make nothing run."""
    (mine.parent / "colacli.toml").write_text('[data.show]\ncolumns = ["sentence=Satz", "label=Urteil"]\n')
    monkeypatch.setenv("COLACLI_DATA_SHOW_LABELS", "ja=1,nein=0")

    assert document(capsys, ["data", "show", "mine"])["splits"][0]["n"] == 2
