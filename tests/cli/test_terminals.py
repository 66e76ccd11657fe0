"""What is drawn in a terminal, in colour or without, and what one of few characters gets."""

import json
import re
import sys

import pytest

from factories.output import in_terminal, piped, training

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's")

_COLOUR = re.compile(r"\x1b\[[\d;]*(3\d|4\d|9\d)[\d;]*m")


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
