"""Where a command's results go: one JSON document, or something for a person to look at."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
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
    """A command's way out. Data goes to standard output, all else to standard error."""

    as_json: bool

    @cached_property
    def console(self) -> Console:
        """For people, on standard output."""
        from colacli.render.console import make_console

        return make_console(sys.stdout)

    def store(self) -> Store:
        """The store of this user."""
        from colacli.store.store import open_store

        return open_store()

    def watching(self) -> AbstractContextManager[OnEvent]:
        """An `on_event` that draws progress on standard error."""
        from colacli.render.progress import watch

        return watch(sys.stderr)

    def piping(self, on_piece: Callable[[Piece], None]) -> AbstractContextManager[OnEvent]:
        """An `on_event` that hands on generated text as it comes, and tells the rest as `watching` does."""
        from colacli.render.progress import stream

        return stream(sys.stderr, (lambda _: None) if self.as_json else on_piece)

    def show(self, schema: str, document: Any, view: Callable[[Console], None]) -> None:
        """Print a document, or let `view` show it to a person.

        Args:
            schema: the command's name in dots, as in "runs.list".
            document: a JSON object without its schema.
            view: prints the same for people.
        """
        _check_open()
        if self.as_json:
            sys.stdout.write(json_text({"schema": _schema(schema), **document}) + "\n")
        else:
            view(self.console)

    def show_batches(
        self,
        schema: str,
        field: str,
        batches: Iterable[Sequence[Any]],
        document: Callable[[Any], Any],
        view: Callable[[Console, Any], None],
    ) -> None:
        """Show results as they come: to a person a batch at a time; a JSON document when all of them are known.

        Args:
            schema: as in `show`.
            field: of the document, which is a list of all results.
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
        with tempfile.TemporaryFile("w+", encoding="ascii") as whole:  # half a document must not be printed
            whole.write(f'{{"schema": "{_schema(schema)}", "{field}": [')
            for number, one in enumerate(chain.from_iterable(batches)):
                whole.write((", " if number else "") + json_text(document(one)))
            whole.write("]}\n")
            whole.seek(0)
            shutil.copyfileobj(whole, sys.stdout)


def json_text(document: Any) -> str:
    """A document as JSON in ASCII; what is half a surrogate pair, as in paths that are not UTF-8, is '?'."""
    text = json.dumps(document, allow_nan=False)
    if r"\ud" not in text:
        return text
    return json.dumps(json.loads(json.dumps(document, ensure_ascii=False).encode(errors="replace")))


def _schema(name: str) -> str:
    return f"colacli.{name}/1"


def _check_open() -> None:
    if sys.stdout is None:
        raise ColacliError("standard output is closed", "leave it open, or send it to a file")
