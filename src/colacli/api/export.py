"""Runs written as other programs read them."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colacli.api.boundary import python_errors
from colacli.api.progress import reported, without_progress
from colacli.options import request_of
from colacli.store.store import Store

if TYPE_CHECKING:
    from colacli.workflows.export import ExportResult


class Export:
    """What was written, and how it agrees with its run."""

    def __init__(self, result: ExportResult) -> None:
        self._result = result

    @property
    def path(self) -> Path:
        """The folder, or the file."""
        return self._result.path

    @property
    def document(self) -> dict[str, Any]:
        """All of it, as `colacli export --json` prints it."""
        from colacli.render.export import export_document

        return export_document(self._result)

    def __repr__(self) -> str:
        from colacli.render.export import export_line

        return export_line(self._result)

    def _repr_html_(self) -> str:
        from colacli.render.export import export_blocks
        from colacli.render.notebook import html

        return html(*export_blocks(self._result), repr(self))


def export_runs(
    reference: str, store: Store, to: str, output: str | PathLike[str], options: Mapping[str, Any], *, force: bool
) -> Export:
    """The runs of a reference, written as a kind."""
    from colacli.exports.kinds import ExportOptions
    from colacli.workflows.export import export

    others, progress = without_progress(options)
    with python_errors(), reported(progress) as on_event:
        request = request_of(ExportOptions, others, "export")
        return Export(export(reference, to, Path(output), request, store, on_event, force=force))
