"""Who is told how a call goes."""

import pytest

import colacli
from colacli.api.progress import reported
from colacli.events import Note


@pytest.fixture
def trained(how, tiny_base, tmp_path):
    """A training with a `progress`."""
    return lambda progress: colacli.open(tmp_path / "store").train_student(
        base=tiny_base, hidden=4, **how, progress=progress
    )


@pytest.mark.parametrize("progress", [None, False])
def test_a_program_prints_nothing(trained, progress, capsys):
    """Where standard error is no terminal."""
    trained(progress)

    assert capsys.readouterr() == ("", "")


def test_lines_are_asked_for(trained, capsys):
    """On standard error, one an epoch."""
    trained(True)
    captured = capsys.readouterr()

    assert captured.out == ""
    assert sum(line.startswith("epoch ") for line in captured.err.splitlines()) == 2


def test_a_function_is_told_the_events(trained):
    """Those of the workflows."""
    events = []
    trained(events.append)

    assert {type(event).__name__ for event in events} >= {"Counted", "Step", "Epoch"}


def test_a_terminal_gets_bars(monkeypatch):
    """Standard error decides."""
    import io

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with reported(None) as on_event:
        on_event(Note("hello"))

    assert "hello" in terminal.getvalue()
