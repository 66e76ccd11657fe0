"""Where a command's results go: one JSON document, or something for a person to look at."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
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
        if sys.stdout is None:
            raise ColacliError("standard output is closed", "leave it open, or send it to a file")
        if self.as_json:
            text = json.dumps({"schema": f"colacli.{schema}/1", **document}, allow_nan=False)
            sys.stdout.write(text + "\n")
        else:
            view(self.console)
