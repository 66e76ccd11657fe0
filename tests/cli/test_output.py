"""What is printed, and where: plain lines in a pipe, pictures in a terminal, and nothing that harms either."""

import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from threading import Thread

import pytest

from colacli.cli.main import run
from colacli.store.store import Store
from store_making import EPOCHS, answering, commit_run, make_spec

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's")

LONG = "word " * 60 + "end."
NASTY = ["\x1b[31m", "\x1b]0;title\x07", "\x9b31m", "\x85", "\u202e", "\u2066", "\u2028", "\x7f", "\x1bc"]
"""Escape codes of both sets, a title, a reset, a delete, ends of lines, and what turns text round."""
_COLOUR = re.compile(r"\x1b\[[\d;]*(3\d|4\d|9\d)[\d;]*m")


@pytest.fixture(scope="module")
def home(tiny_base, tiny_corpus, tmp_path_factory):
    """A store with two runs that were never trained, and a student that was."""
    home = tmp_path_factory.mktemp("output") / "home"
    commit_run(Store(home), name="one")
    commit_run(Store(home), make_spec(1), name="two", predictions=answering([0, 1, 1, 1]))
    commit_run(Store(home), make_spec(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLACLI_HOME", str(home))
        assert run([*training(tiny_base, tiny_corpus), "--name", "student", "--json"]) == 0
    return home


def training(base, corpus):
    """A student, quickly."""
    how = ["--epochs", "2", "--hidden", "4", "--device", "cpu"]
    return ["train-student", "--base", str(base), "--data", str(corpus), *how]


def environment(home, **more):
    """For a process with nothing of this user's, and its terminal's width."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLACLI_")}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES", "PYTHONIOENCODING", "PYTHONUTF8"):
        kept.pop(name, None)
    return {**kept, "COLACLI_HOME": str(home), "OMP_WAIT_POLICY": "passive", "TERM": "xterm-256color", **more}


def piped(home, *argv, **more):
    """A command with its output in pipes."""
    return subprocess.run(
        [sys.executable, "-m", "colacli", *argv],
        env=environment(home, **more),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


def in_terminal(home, *argv, columns=120, **more):
    """A command with a terminal for its output and another for its errors; what each showed."""
    screens = [pty.openpty() for _ in range(2)]
    for _, inner in screens:
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "colacli", *argv],
        env=environment(home, **{"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **more}),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=screens[0][1],
        stderr=screens[1][1],
    )
    shown = [b"", b""]

    def read(number):
        try:
            while chunk := os.read(screens[number][0], 65536):
                shown[number] += chunk
        except OSError:  # how a terminal says that nobody writes to it any more
            pass

    readers = [Thread(target=read, args=(number,)) for number in range(2)]
    for reader, (_, inner) in zip(readers, screens, strict=True):
        os.close(inner)
        reader.start()
    status = process.wait(timeout=60)
    for reader, (outer, _) in zip(readers, screens, strict=True):
        reader.join(timeout=30)
        os.close(outer)
    return status, *(text.decode().replace("\r\n", "\n") for text in shown)


@pytest.fixture
def here(home, tmp_path, monkeypatch):
    """A working folder in this process, with the store of `home`."""
    monkeypatch.setenv("COLACLI_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
    assert header[:4] == ["key", "names", "made by", "seed"]
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
    """A line a sentence of standard input, no header, and nothing on standard error."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Ja.\r\nNö.\n".encode())))

    assert run(["judge", "student"]) == 0

    out, err = capsys.readouterr()
    assert [line.split()[-1] for line in out.splitlines()] == ["Ja.", "Nö."]
    assert err == ""


def test_control_characters_in_a_sentence_are_shown_escaped(here, capsys):
    """A sentence can't colour the terminal, move its cursor, or make a line of its own."""
    assert run(["judge", "student", "\x1b[31mred\x07\x9b\r\t\nend"]) == 0

    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert "\\x1b[31mred\\x07\\x9b\\r" in out
    assert not set(out) & set("\x1b\x07\x9b\r")


@pytest.mark.parametrize("text", NASTY)
def test_a_sentence_in_a_document_is_whole(here, capsys, text):
    """JSON has escapes of its own, so there the sentence is what was given, and no byte of it reaches a terminal."""
    assert run(["judge", "student", f"a{text}b", "--json"]) == 0

    out = capsys.readouterr().out
    assert out.isascii()
    assert out.removesuffix("\n").isprintable()
    assert json.loads(out)["judgements"][0]["sentence"] == f"a{text}b"


@pytest.fixture
def odd(here):
    """A folder and a corpus whose names, sources, marks and sentences hold every nasty character there is."""
    text = "".join(NASTY)
    folder = here / f"a{text}b"
    folder.mkdir()
    (folder / "train.tsv").write_text(f"x{text}y\t1\t{text}\tYes{text}.\n", newline="")
    return folder


def is_safe(shown):
    """Whether nothing in it but ends of lines and tabs does anything but be seen."""
    return all(character.isprintable() or character in "\n\t" for character in shown)


def test_nothing_that_turns_a_terminal_s_head_is_piped(here, odd, capsys):
    """Sentences, references, paths, sources and errors are shown escaped."""
    for argv in (
        ["judge", "student", odd.name],
        ["runs", "show", odd.name],
        ["data", "show", str(odd)],
        ["data", "list"],
        ["eval", "student", "--data", str(odd)],
        ["finetune", "--base", str(odd)],
        ["finetune", odd.name],
        ["runs", "name", odd.name, "student"],
    ):
        run(argv)
        assert is_safe("".join(capsys.readouterr())), argv


def test_nothing_that_turns_a_terminal_s_head_is_drawn(home, odd):
    """Nor in a terminal: what holds it stands in tables, and in a traceback."""
    for argv in (["data", "show", str(odd)], ["runs", "show", odd.name, "--debug"]):
        _, out, err = in_terminal(home, *argv, columns=400, TERM="dumb")
        assert is_safe(out + err), argv


def test_a_plot_s_labels_are_safe(home, here):
    """Runs called by a path with control characters in it are drawn without them."""
    odd = here / "\x9b31mred\u202e"
    odd.symlink_to(home / "runs")
    one, two = ((home / "refs" / name).read_text().strip() for name in ("one", "two"))
    status, out, _ = in_terminal(home, "compare", str(odd / one), str(odd / two), columns=300, NO_COLOR="1")

    assert status == 0
    assert "⠒⠒" in out
    assert not set(out) & set("\x9b\u202e")


def test_markup_in_a_sentence_is_text(here, capsys):
    """Brackets and colons are not read as colours or pictures."""
    assert run(["judge", "student", "[red]Stop[/red] :smile:"]) == 0
    assert capsys.readouterr().out.endswith("[red]Stop[/red] :smile:\n")


def test_control_characters_in_a_prompt_are_shown_escaped(here, tiny_base, capsys):
    """The prompt is repeated without its escape codes, and so is what is generated."""
    argv = ["generate", "--base", str(tiny_base), "--prompt", "\x1b[31mred", "--max-new-tokens", "9", "--seed", "1"]
    assert run(argv) == 0

    out = capsys.readouterr().out
    assert out.startswith("\\x1b[31mred")
    assert not [character for character in out if ord(character) < 32 and character not in "\n\t"]


def test_control_characters_in_a_path_reach_no_terminal(home, here):
    """A folder's name is shown escaped, also where it is the title of a table."""
    folder = here / "\x1b[31mred"
    folder.mkdir()
    (folder / "train.tsv").write_text("x\t1\t\tYes.\n")
    status, out, err = in_terminal(home, "data", "show", str(folder), columns=200, NO_COLOR="1")

    assert status == 0
    assert "\x1b[31m" not in out + err


def test_control_characters_in_a_path_reach_no_pipe(here, capsys):
    """An imported corpus is announced with the path of its store, escaped."""
    source = here / "corpus"
    source.mkdir()
    (source / "train.tsv").write_text("x\t1\t\tYes.\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLACLI_HOME", str(here / "\x1b[31mred"))
        assert run(["data", "import", str(source), "--name", "mine"]) == 0

    assert "\x1b" not in capsys.readouterr().out


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
            timeout=60,
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
        timeout=60,
        check=False,
    )

    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


def test_curves_are_drawn_in_a_terminal(home):
    """Loss, accuracy and MCC by epoch are plots there, no wider than the terminal, in colour."""
    pytest.importorskip("plotext")
    status, out, err = in_terminal(home, "runs", "show", "student")
    plain = re.sub(r"\x1b\[[\d;]*m", "", out)

    assert (status, err) == (0, "")
    assert all(f"{what} by epoch" in plain for what in ("loss", "accuracy", "MCC"))
    assert "┤" in plain
    assert _COLOUR.search(out)
    assert max(map(len, plain.splitlines()[:20])) <= 120


def test_no_colour_is_respected(home):
    """With NO_COLOR the curves are drawn all the same, without a colour's code."""
    status, out, _ = in_terminal(home, "runs", "show", "student", NO_COLOR="1")

    assert status == 0
    assert "loss by epoch" in out
    assert not _COLOUR.search(out)


def test_a_dumb_terminal_gets_no_codes(home):
    """TERM=dumb is believed."""
    status, out, _ = in_terminal(home, "runs", "show", "student", TERM="dumb")

    assert status == 0
    assert "\x1b" not in out


def test_progress_in_a_terminal_goes_to_standard_error(home, tiny_base, tiny_corpus):
    """Bars and epochs are drawn there; standard output has the one document that was asked for."""
    status, out, err = in_terminal(home, *training(tiny_base, tiny_corpus), "--seed", "3", "--json")

    assert status == 0
    assert json.loads(out)["schema"] == "colacli.train-student/1"
    assert all(f"epoch {number}  train loss" in re.sub(r"\x1b\[[\d;]*m", "", err) for number in (1, 2))
    assert "epoch 2/2" in err


@pytest.mark.parametrize(
    "words",
    [
        ["runs", "list"],
        ["runs", "show", "latest~1"],
        ["runs", "show", "student"],
        ["compare", "one", "two"],
        ["data", "show", "{corpus}"],
        ["doctor"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_an_encoding_of_few_characters_is_no_failure(home, here, words):
    """Where standard output is ASCII, what it can't show is replaced, and the command ends well."""
    (here / "dev.tsv").write_text("x\t1\t\tIt rains — today.\n\t0\t\tIt rains — today.\n", encoding="utf-8")
    argv = [word.format(corpus=here) for word in words]
    done = piped(home, *argv, PYTHONIOENCODING="ascii")

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()


def test_the_plain_locale_is_no_failure(home):
    """LANG=C, as cron has it, works as any other."""
    done = piped(home, "runs", "show", "student", LANG="C", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_comparison_repeats_references_escaped(here, home, capsys):
    """A run called by a path with control characters in it is shown without them."""
    odd = here / "\x1b[31mred"
    odd.symlink_to(home / "runs")
    one, two = ((home / "refs" / name).read_text().strip() for name in ("one", "two"))

    assert run(["compare", str(odd / one), str(odd / two)]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_the_history_is_a_table_in_a_pipe(here, capsys):
    """Where nothing can be drawn, each epoch is a line of numbers."""
    assert run(["runs", "show", "one"]) == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    start = next(number for number, cells in enumerate(lines) if cells[:1] == ["epoch"])
    numbers = [[str(one.epoch), f"{one.train_loss:.4f}", f"{one.dev_loss:.4f}"] for one in EPOCHS]
    assert [cells[:3] for cells in lines[start + 1 : start + 3]] == numbers
