"""Progress is not worth a run: where standard error can't be written, a command goes on in silence and ends well."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from colacli.__main__ import lossy
from colacli.events import Note, Work
from colacli.render.progress import watch
from factories.output import environment, training

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors are inherited otherwise there")


def unwritable(kind, stack):
    """A descriptor that can't be written: of a full device, of a pipe without a reader, of a closed file."""
    if kind == "full":
        if not Path("/dev/full").exists():
            pytest.skip("this system has no /dev/full")
        descriptor = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, descriptor = os.pipe()
        os.close(reader)
    stack.callback(os.close, descriptor)
    return descriptor


@pytest.mark.parametrize("kind", ["full", "without a reader"])
def test_progress_goes_silent(kind):
    """Notes and work raise nothing, nor does the flush at the end."""
    with ExitStack() as stack:
        stream = lossy(unwritable(kind, stack), "utf-8")
        with watch(stream) as on_event:
            for event in (Note("text"), Work("judging", 1, 2), Work("judging", 2, 2)):
                assert on_event(event) is None
        assert stream.flush() is None


def test_what_can_be_written_is(tmp_path):
    """Where nothing is wrong every line arrives, whatever the encoding knows."""
    with (tmp_path / "errors").open("wb") as file:
        stream = lossy(file.fileno(), "ascii")
        with watch(stream) as on_event:
            on_event(Note("one"))
            on_event(Note("ö"))

    assert (tmp_path / "errors").read_text() == "one\n\\xf6\n"


def test_a_full_pipe_that_does_not_block_loses_text():
    """What doesn't fit is dropped, and not an error."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    stream = lossy(writer, "utf-8")
    stream.write("long\n" * 50_000)
    stream.flush()
    os.close(writer)

    assert len(os.read(reader, 2**20)) > 0
    os.close(reader)


def run_without_errors(kind, home, argv):
    """A command whose standard error is full, closed, or without a reader."""
    with ExitStack() as stack:
        closed = kind == "closed"
        done = subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable, "-m", "colacli", *argv]
            if closed
            else [sys.executable, "-m", "colacli", *argv],
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if closed else unwritable(kind, stack),
            timeout=200,
            check=False,
        )
    return done.returncode, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["full", "closed", "without a reader"])
def test_a_training_ends_well(tmp_path, tiny_base, tiny_corpus, kind):
    """It is trained and found again, its result printed, with exit status 0."""
    command = [*training(tiny_base, tiny_corpus), "--name", "made"]
    home = tmp_path / "store"
    home.mkdir()
    made = run_without_errors(kind, home, command)
    found = run_without_errors(kind, home, command)

    assert (made[0], found[0]) == (0, 0)
    assert b"made" in made[1]
    assert b"made" in found[1]


@pytest.mark.parametrize("kind", ["full", "closed", "without a reader"])
def test_an_error_keeps_its_status(tmp_path, kind):
    """A reference that is unknown ends with 3, though nobody can be told."""
    assert run_without_errors(kind, tmp_path, ["runs", "show", "nothing"]) == (3, b"")
