"""Nothing that a person or a file gives harms a terminal or breaks a line: it is shown escaped."""

import json
import sys

import pytest

from colacli.cli.main import run
from factories.output import in_terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's")

NASTY = ["\x1b[31m", "\x1b]0;title\x07", "\x9b31m", "\x85", "\u202e", "\u2066", "\u2028", "\x7f", "\x1bc"]
"""Escape codes of both sets, a title, a reset, a delete, ends of lines, and what turns text round."""


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


def test_a_comparison_repeats_references_escaped(here, home, capsys):
    """A run called by a path with control characters in it is shown without them."""
    odd = here / "\x1b[31mred"
    odd.symlink_to(home / "runs")
    one, two = ((home / "refs" / name).read_text().strip() for name in ("one", "two"))

    assert run(["compare", str(odd / one), str(odd / two)]) == 0
    assert "\x1b" not in capsys.readouterr().out
