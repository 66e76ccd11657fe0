"""The entry point, of `colacli` and of `python -m colacli`."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from colacli.allocator import keep_freed_memory

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed import ReadableBuffer


class LossyFile(io.FileIO):
    """A file that drops what it can't write: a message that nobody can read must not end a run."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write, or drop."""
        with suppress(OSError):
            if (written := super().write(data)) is not None:  # None: a pipe that doesn't block, and is full
                return written
        return memoryview(data).nbytes


def lossy(descriptor: int, encoding: str) -> TextIO:
    """A line-buffered text stream on a descriptor, which never fails."""
    binary = io.BufferedWriter(LossyFile(descriptor, "w", closefd=False))
    return io.TextIOWrapper(binary, encoding, errors="backslashreplace", line_buffering=True)


def _prepare_streams() -> None:
    """Make standard output take any text, and standard error never fail."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass  # a standard stream is closed: no file opened later may take its number
    os.close(descriptor)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # its encoding may lack characters
    if sys.stderr is None or os.name != "nt":  # a Windows console is not written by its descriptor
        sys.stderr = lossy(2, sys.stderr.encoding if sys.stderr else "utf-8")


def _show_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The traceback that Python would print under --debug, as safe text: the message may quote a file or a name."""
    import traceback

    from colacli.render.console import printable
    from colacli.sharing.address import scrub

    sys.stderr.write(printable(scrub("".join(traceback.format_exception(kind, error, trace)))))


def main() -> None:
    """Run the command line and exit."""
    _prepare_streams()
    keep_freed_memory()
    sys.excepthook = _show_traceback
    try:
        from colacli.cli.main import run

        status = run(sys.argv[1:])
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:  # while the modules were still being imported
        status = 130
    except BrokenPipeError:  # the reader has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except OSError as error:
        sys.stderr.write(f"Error: standard output can't be written: {error.strerror}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)


if __name__ == "__main__":
    main()
