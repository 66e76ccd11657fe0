"""A report's sections as one file, by its suffix.

HTML has its figures inside; Markdown and LaTeX have theirs in a folder beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from colacli.errors import UnavailableError, UsageError
from colacli.output_files import check_output, check_output_folder, open_output, open_output_folder
from colacli.render.console import one_line
from colacli.render.report.blocks import Figure, Section
from colacli.render.report.columns import column_kind, column_types
from colacli.render.report.content import sections
from colacli.render.report.escapes import beyond_t1, fence, latex, latex_code, markdown
from colacli.render.report.plots import formula, inline, plot
from colacli.store.canonical import canonical

if TYPE_CHECKING:
    from colacli.store.store import Store
    from colacli.workflows.report import Report

MARKER = "report.json"
"""In every folder of figures: of which runs they are."""


@dataclass(frozen=True)
class _Format:
    """How one kind of file is written."""

    template: str
    figures: str | None
    """Suffix of the figures' own files; None where they are in the page."""
    escape: Callable[[str], str] | None
    """None where Jinja's own for HTML does it."""
    options: dict[str, Any]


_TEX_NAME = re.compile(r"[A-Za-z0-9._-]+")
_TEX_MARKS = {
    "block_start_string": "<%",
    "block_end_string": "%>",
    "variable_start_string": "<<",
    "variable_end_string": ">>",
    "comment_start_string": "<#",
    "comment_end_string": "#>",
}
_FORMATS = {
    ".html": _Format("report.html", None, None, {}),
    ".md": _Format("report.md", "svg", markdown, {}),
    ".tex": _Format("report.tex", "pdf", latex, _TEX_MARKS),
}


class _Verbatim(str):
    """Text that is not escaped again."""

    __slots__ = ()


def check_report(path: Path, store: Store, *, force: bool) -> None:
    """Check, before anything is computed, that a report can be written.

    Raises:
        UsageError: the suffix is none of the known, or something is there without `force`, or can't be written.
        UnavailableError: Jinja or matplotlib is not installed.
    """
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise UsageError(f"--output {path}: a report is HTML, Markdown or LaTeX", "name a file .html, .md or .tex")
    for module, name in (("jinja2", "Jinja"), ("matplotlib", "matplotlib")):
        if find_spec(module) is None:
            raise UnavailableError(f"{name}, which reports need, is not installed", "pip install 'colacli[report]'")
    check_output(path, force=force, store=store.root)
    if form.escape is latex and not _TEX_NAME.fullmatch(path.stem):
        hint = "use letters, digits, '-', '_' and '.'"
        raise UsageError(f"--output {path}: TeX can't find figures by such a name", hint)
    if form.figures:
        check_output_folder(figures_of(path), force=force, store=store.root, marker=MARKER)


def figures_of(path: Path) -> Path:
    """The folder of a file's figures."""
    return path.with_name(f"{path.stem}_{path.suffix[1:].lower()}_figures")


def write_report(report: Report, path: Path) -> list[Path]:
    """Write a report; the paths of all that was written, the report first."""
    form, parts = _FORMATS[path.suffix.lower()], sections(report)
    content = _filled(form, report, parts, figures_of(path).name)
    written = [path]
    if form.figures:
        written += _write_figures(report, parts, figures_of(path), form.figures)
    with open_output(path) as stream:
        stream.write(content.encode())
    return written


def _write_figures(report: Report, parts: list[Section], folder: Path, suffix: str) -> list[Path]:
    contents = {
        _plot_name(block, number, suffix): plot(drawing, suffix)
        for section in parts
        for block in section.blocks
        if isinstance(block, Figure)
        for number, drawing in enumerate(block.plots, start=1)
    }
    with open_output_folder(folder) as new:
        (new / MARKER).write_bytes(canonical({"runs": [run.key for run in report.runs]}))
        for name, content in contents.items():
            (new / name).write_bytes(content)
    return [folder / name for name in contents]


def _plot_name(figure: Figure, number: int, suffix: str) -> str:
    return f"{figure.name}-{number}.{suffix}"


def _filled(form: _Format, report: Report, parts: list[Section], folder: str) -> str:
    import jinja2

    def finalize(value: Any) -> Any:
        if isinstance(value, _Verbatim) or hasattr(value, "__html__"):
            return value
        return one_line(str(value)) if form.escape is None else form.escape(str(value))

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=form.escape is None,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        **form.options,
    )
    environment.globals |= {
        "drawn": lambda block, drawing: _markup(inline(plot(drawing, "svg"), f"{drawing.title}: {block.caption}")),
        "equation": lambda block: _markup(inline(formula(block.tex), block.spoken)),
        "plot_name": lambda block, number: _Verbatim(_plot_name(block, number, form.figures or "")),
        "fence": lambda lines: _Verbatim(fence(lines)),
        "verbatim": _Verbatim,
        "link": lambda name: _Verbatim(quote(name)),
        "line": lambda text: _Verbatim(one_line(text) if form.escape is not latex else latex_code(text)),
        "column_kind": column_kind,
        "column_types": lambda table: _Verbatim(column_types(table)),
    }
    template = environment.get_template(form.template)
    values = {"report": report, "sections": parts, "folder": folder}
    text = template.render(values, unknown=[])
    return template.render(values, unknown=beyond_t1(text)) if form.escape is latex else text


def _markup(text: str) -> Any:
    """What matplotlib drew, with its text escaped."""
    from markupsafe import Markup

    return Markup(text)
