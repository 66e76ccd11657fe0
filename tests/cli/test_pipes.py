"""What is printed in a pipe: plain lines of cells, whole, for `cut`, `head` and their kind."""

import io
import json
import os
import subprocess
import sys

import pytest

from colacli.cli.main import run
from colacli.workflows import judge
from factories.output import environment, piped
from factories.runs import EPOCHS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's")

LONG = "word " * 60 + "end."


@pytest.fixture(scope="module")
def shown(home):
    """What `runs show` says of a trained run, in a pipe."""
    return piped(home, "runs", "show", "student")


def test_piped_output_has_no_escape_codes(home, shown):
    """A pipe gets text and nothing else, even where the terminal's name promises colours."""
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert b"\x1b" not in shown.stdout


def test_piped_output_is_neither_wrapped_nor_cut(home, shown):
    """A long path and a whole key stand on one line each, however narrow the terminal is said to be."""
    narrow = piped(home, "runs", "show", "student", COLUMNS="20").stdout
    key = (home / "refs" / "student").read_text().strip()

    assert narrow == shown.stdout
    assert f"{home / 'runs' / key}\n".encode() in narrow
    assert "…".encode() not in narrow


def test_piped_tables_are_tab_separated(here, capsys):
    """`runs list` has a header and a line a run, with as many cells each."""
    assert run(["runs", "list"]) == 0

    header, *rows = (line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert header[:4] == ["key", "names", "command", "seed"]
    assert [row[1] for row in rows] == ["one", "two", "", "student"]
    assert {len(row) for row in rows} == {len(header)}


def test_eval_in_a_pipe_has_a_line_a_source(here, capsys):
    """After the overall metrics each source has a line of cells, and there is no plot."""
    assert run(["eval", "student"]) == 0

    lines = capsys.readouterr().out.splitlines()
    start = lines.index("# by source, the least accurate first") + 1
    end = lines.index("# by length in words")
    header, *rows = (line.split("\t") for line in lines[start:end])
    assert header == ["source", "n", "accuracy", "95 % interval", "MCC", "majority"]
    assert {row[0] for row in rows} == {"src10", "src11", "src12"}
    assert {len(row) for row in rows} == {len(header)}


def test_eval_without_its_corpus_still_answers(here, capsys):
    """The stored numbers in one document, with null where the sentences would be needed; nothing on standard error."""
    assert run(["eval", "one", "--json"]) == 0

    out, err = capsys.readouterr()
    assert (json.loads(out)["metrics"]["n"], json.loads(out)["by_source"], err) == (4, None, "")


def test_a_long_sentence_stays_one_line(here, capsys):
    """It is neither wrapped nor cut."""
    assert run(["judge", "student", LONG]) == 0

    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.endswith(f"{LONG}\n")


def test_a_judgement_s_cells_are_tab_separated(here, capsys):
    """`judge` prints label, probability and sentence, for `cut` and its kind."""
    assert run(["judge", "student", "Yes."]) == 0

    label, probability, sentence = capsys.readouterr().out.removesuffix("\n").split("\t")
    assert label in ("acceptable", "not acceptable")
    assert 0 <= float(probability) <= 1
    assert sentence == "Yes."


def test_judge_prints_nothing_but_judgements(here, capsys, monkeypatch):
    """A line a sentence of standard input, no header, and nothing on standard error; a blank last line is none."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Ja.\r\nNö.\n\n".encode())))

    assert run(["judge", "student"]) == 0

    out, err = capsys.readouterr()
    assert [line.split()[-1] for line in out.splitlines()] == ["Ja.", "Nö."]
    assert err == ""


@pytest.fixture
def small_batches(monkeypatch):
    """Two sentences at a time."""
    monkeypatch.setattr(judge, "_SENTENCES", 2)


def feed(monkeypatch, content):
    """Bytes as standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_judge_streams(here, capsys, monkeypatch, small_batches):
    """What stands before a flaw is judged and printed; the flaw is told with its number. JSON is whole or an error."""
    flawed = b"One.\nTwo.\nThree.\n\nFive.\n"
    feed(monkeypatch, flawed)
    assert run(["judge", "student"]) == 1
    out, err = capsys.readouterr()
    feed(monkeypatch, flawed)
    assert run(["judge", "student", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)

    assert [line.split("\t")[-1] for line in out.splitlines()] == ["One.", "Two."]
    assert "standard input, sentence 4 is empty" in err
    assert document["schema"] == "colacli.error/1"


def test_batches_change_no_judgement(here, capsys, monkeypatch):
    """The same document, in the order of the lines, whatever is judged at a time; blank lines at the end are none."""
    lines = "".join(f"The baker paints {number} lamps.\n" for number in range(9)).encode() + b"\n\n"
    found = []
    for size in (2, 100):
        monkeypatch.setattr(judge, "_SENTENCES", size)
        feed(monkeypatch, lines)
        assert run(["judge", "student", "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out)["judgements"])

    assert [one["sentence"] for one in found[0]] == lines.decode().split("\n")[:9]
    assert [one["label"] for one in found[0]] == [one["label"] for one in found[1]]
    assert [one["probability"] for one in found[0]] == pytest.approx([one["probability"] for one in found[1]], abs=1e-6)


def test_an_endless_line_is_refused(here, capsys, monkeypatch):
    """A line longer than any sentence is not read to its end."""
    feed(monkeypatch, b"One.\n" + b"a" * 2**22)

    assert run(["judge", "student"]) == 1
    assert "standard input, line 2: the line has 1,048,576 bytes or more" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["runs", "list"], ["runs", "show", "student"], ["runs", "list", "--json"]])
def test_a_reader_that_goes_away_leaves_no_traceback(home, words):
    """Where the pipe is closed before anything is written, nothing is said."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "colacli", *words],
            env=environment(home),
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=200,
            check=False,
        )
    finally:
        os.close(writer)

    assert done.stderr == b""


def test_head_takes_what_it_wants(home):
    """`colacli runs show | head -1` prints a line, and nothing on standard error."""
    done = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m colacli runs show student | head -1', sys.executable],
        env=environment(home),
        capture_output=True,
        timeout=200,
        check=False,
    )

    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


def test_the_history_is_a_table_in_a_pipe(here, capsys):
    """Where nothing can be drawn, each epoch is a line of numbers."""
    assert run(["runs", "show", "one"]) == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    start = next(number for number, cells in enumerate(lines) if cells[:1] == ["epoch"])
    numbers = [[str(one.epoch), f"{one.train_loss:.4f}", f"{one.dev_loss:.4f}"] for one in EPOCHS]
    assert [cells[:3] for cells in lines[start + 1 : start + 3]] == numbers
