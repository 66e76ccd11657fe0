"""What a notebook shows: tables as HTML, figures as SVG, progress that Rich draws."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.console import Table, printable
from colacli.render.progress import bars, bars_of

if TYPE_CHECKING:
    from rich.progress import Progress

    from colacli.events import Event, OnEvent

_WIDTH = 140
_PATIENCE = 0.5
"""Seconds until a call that has nothing to say shows its bar."""
_INTERVAL = 0.2
"""Seconds between two drawings."""
_CELL = "padding:0.2em 0.6em"
_PRE = '<pre style="white-space:pre;overflow-x:auto;line-height:normal;margin:0">{code}</pre>'


def html(*blocks: Table | str) -> str:
    """Tables and paragraphs, one below the other, with everything in them escaped."""
    return f"<div>{''.join(_table(block) if isinstance(block, Table) else _paragraph(block) for block in blocks)}</div>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(printable(text))}</p>"


def _table(table: Table) -> str:
    aligned = ["right" if table.is_numeric(index) else "left" for index in range(len(table.columns))]

    def row(cells: Any, tag: str) -> str:
        texts = [escape(printable(cell)) for cell in cells]
        styled = [f'<{tag} style="{_CELL};text-align:{side}">{text}' for side, text in zip(aligned, texts, strict=True)]
        return f"<tr>{''.join(f'{cell}</{tag}>' for cell in styled)}</tr>"

    title = f'<caption style="text-align:left">{escape(printable(table.title))}</caption>' if table.title else ""
    head = f"<thead>{row(table.columns, 'th')}</thead>" if table.header and any(table.columns) else ""
    return f"<table>{title}{head}<tbody>{''.join(row(cells, 'td') for cells in table.rows)}</tbody></table>"


@contextmanager
def watch_notebook() -> Iterator[OnEvent]:
    """An `on_event` that draws in the cell's output: the notes and epochs so far, and a bar while there is one."""
    console = _console()
    progress = bars(console)
    view = _View(console, progress)
    show = bars_of(progress)

    def on_event(event: Event) -> None:
        show(event)
        view.refresh()

    try:
        yield on_event
    finally:
        view.finish()


def _console() -> Console:
    plain: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}
    return Console(file=io.StringIO(), record=True, width=_WIDTH, force_terminal=True, force_jupyter=False, **plain)


class _View:
    """One output of a cell, replaced as the work goes on."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console, self._progress = console, progress
        self._handle: Any = None
        self._drawn = time.monotonic() + _PATIENCE - _INTERVAL

    def refresh(self) -> None:
        """Draw it anew, unless that was done a moment ago."""
        if time.monotonic() - self._drawn >= _INTERVAL:
            self._draw(self._lines() + self._bar())
            self._drawn = time.monotonic()

    def finish(self) -> None:
        """Leave the lines alone; nothing where there are none and nothing was drawn."""
        lines = self._lines()
        if lines or self._handle:
            self._draw(lines)

    def _lines(self) -> str:
        return self._console.export_html(clear=False, inline_styles=True, code_format="{code}")

    def _bar(self) -> str:
        console = _console()
        console.print(self._progress.get_renderable())
        return console.export_html(inline_styles=True, code_format="{code}")

    def _draw(self, code: str) -> None:
        from IPython.display import HTML, display

        output = HTML(_PRE.format(code=code))  # type: ignore[no-untyped-call]
        if self._handle is None:
            self._handle = display(output, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(output)
