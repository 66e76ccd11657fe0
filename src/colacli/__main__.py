"""The entry point, of `colacli` and of `python -m colacli`."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


def _show_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What Python would print of an error under --debug, made safe: its message may quote a file or a name."""
    import traceback

    from colacli.render.console import printable
    from colacli.sharing.address import scrub

    sys.stderr.write(printable(scrub("".join(traceback.format_exception(kind, error, trace)))))


def main() -> None:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal or pipe may know less than Unicode
    sys.excepthook = _show_traceback
    try:
        from colacli.cli.main import run

        status = run(sys.argv[1:])
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:  # while the modules were still being imported
        status = 130
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except OSError as error:
        sys.stderr.write(f"Error: standard output can't be written: {error.strerror}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)


if __name__ == "__main__":
    main()
