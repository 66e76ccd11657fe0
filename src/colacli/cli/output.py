"""Where a command's results go: one JSON document, or text for a person."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from colacli.errors import ColacliError

if TYPE_CHECKING:
    from rich.console import Console

    from colacli.events import OnEvent, Piece
    from colacli.store.store import Store


@dataclass(frozen=True)
class Output:
    """A command's output. Results go to standard output, everything else to standard error."""

    as_json: bool

    @cached_property
    def console(self) -> Console:
        """For people, on standard output."""
        from colacli.render.console import make_console

        return make_console(sys.stdout)

    def store(self) -> Store:
        """The user's store."""
        from colacli.store.store import open_store

        return open_store()

    def progress(self) -> AbstractContextManager[OnEvent]:
        """An `on_event` that draws progress on standard error."""
        from colacli.render.progress import watch

        return watch(sys.stderr)

    def streaming(self, on_piece: Callable[[Piece], None] | None = None) -> AbstractContextManager[OnEvent]:
        """An `on_event` that passes on generated text as it comes, and prints progress in lines: no bar disturbs it."""
        from colacli.events import ignore
        from colacli.render.progress import stream

        return stream(sys.stderr, on_piece if on_piece and not self.as_json else ignore)

    def show(self, command: str, document: Any, view: Callable[[Console], None]) -> None:
        """Print a result.

        Args:
            command: the command's name with dots, as in "runs.list".
            document: a JSON object without its schema.
            view: prints the same for people.
        """
        _check_open()
        if self.as_json:
            sys.stdout.write(json_text({"schema": _schema(command), **document}) + "\n")
        else:
            view(self.console)

    def show_batches(
        self,
        command: str,
        field: str,
        batches: Iterable[Sequence[Any]],
        document: Callable[[Any], Any],
        view: Callable[[Console, Any], None],
    ) -> None:
        """Print results as they come: for people batch by batch; as JSON when all of them are known.

        Args:
            command: as in `show`.
            field: the document's field with the list of all results.
            batches: lists of results.
            document: a result as a JSON object.
            view: prints a batch for people.
        """
        _check_open()
        if not self.as_json:
            for batch in batches:
                view(self.console, batch)
                sys.stdout.flush()
            return
        import tempfile

        with tempfile.TemporaryFile("w+", encoding="ascii") as file:  # an incomplete document must not be printed
            file.write(f'{{"schema": "{_schema(command)}", "{field}": [')
            for number, result in enumerate(chain.from_iterable(batches)):
                file.write((", " if number else "") + json_text(document(result)))
            file.write("]}\n")
            file.seek(0)
            shutil.copyfileobj(file, sys.stdout)


def json_text(document: Any) -> str:
    """A document as JSON in ASCII; lone surrogates, as in paths that are not UTF-8, become '?'."""
    text = json.dumps(document, allow_nan=False)
    if r"\ud" not in text:
        return text
    return json.dumps(json.loads(json.dumps(document, ensure_ascii=False).encode(errors="replace")))


def _schema(command: str) -> str:
    return f"colacli.{command}/1"


def _check_open() -> None:
    if sys.stdout is None:
        raise ColacliError("standard output is closed", "leave it open, or send it to a file")
