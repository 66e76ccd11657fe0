"""Who is told how a call is going: a notebook, a terminal, a function of the caller's, or nobody."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from colacli.events import OnEvent, ignore

Progress = bool | OnEvent | None
"""None: bars in a notebook and in a terminal, nothing elsewhere. True: lines elsewhere. False: nothing anywhere. A
function is told every event."""


@contextmanager
def reported(progress: Progress) -> Iterator[OnEvent]:
    """An `on_event` for a call, until the block ends."""
    with _reporter(progress) as on_event:
        yield on_event


def without_progress(options: Mapping[str, Any]) -> tuple[dict[str, Any], Progress]:
    """A call's options without `progress`, and that."""
    others = dict(options)
    return others, others.pop("progress", None)


def _reporter(progress: Progress) -> Any:
    if callable(progress):
        return nullcontext(progress)
    if progress is False:
        return nullcontext(ignore)
    if in_notebook():
        from colacli.render.notebook import watch_notebook

        return watch_notebook()
    if progress or (sys.stderr is not None and sys.stderr.isatty()):
        from colacli.render.progress import watch

        return watch(sys.stderr)
    return nullcontext(ignore)


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None
