"""What a notebook shows: escaped tables, and one output with progress that ends as lines."""

import re

import pytest

from colacli.render.console import Table
from colacli.render.notebook import html

_CELL = """
import time
from colacli.render import notebook
from colacli.events import Note, Step, Work
from colacli.api.progress import reported
notebook._PATIENCE = {patience}
with reported({progress}) as on_event:
    {body}
"""


def test_everything_is_escaped():
    """Markup in a name stays text, and control characters are seen."""
    table = Table(["<b>", "n"], [["<script>", "1"], ["a\x1b[31m&", "2"]], "<title>")

    assert html(table, "<p>").replace("padding:0.2em 0.6em;", "") == (
        '<div><table><caption style="text-align:left">&lt;title&gt;</caption>'
        '<thead><tr><th style="text-align:left">&lt;b&gt;</th><th style="text-align:right">n</th></tr></thead>'
        '<tbody><tr><td style="text-align:left">&lt;script&gt;</td><td style="text-align:right">1</td></tr>'
        '<tr><td style="text-align:left">a\\x1b[31m&amp;</td><td style="text-align:right">2</td></tr></tbody></table>'
        "<p>&lt;p&gt;</p></div>"
    )


def test_a_table_without_names_has_no_head():
    """Facts, for example."""
    assert "<thead>" not in html(Table(["", ""], [["a", "b"]]))


def outputs(tmp_path, progress, body, patience):
    """What a cell in a kernel shows."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    cell = nbformat.v4.new_code_cell(_CELL.format(progress=progress, body=body, patience=patience))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}}).execute()
    return notebook.cells[0].outputs


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the kernel's libraries
@pytest.mark.parametrize(
    ("progress", "body", "patience", "shown"),
    [
        (None, "on_event(Note('<hello>'))", 0.5, ["&lt;hello&gt;\n"]),
        (None, "on_event(Work('reading', 1, 2)); on_event(Work('reading', 2, 2))", 1000, []),
        (
            None,
            "on_event(Note('a')); time.sleep(1); on_event(Work('reading', 1, 2)); on_event(Note('b'))",
            0.5,
            ["a\nb\n"],
        ),
        (False, "on_event(Note('hello'))", 0.5, []),
    ],
)
def test_progress_is_one_output(tmp_path, progress, body, patience, shown):
    """Notes stay when it is over, bars don't; what is over before somebody waits shows none."""
    found = [output.data["text/html"] for output in outputs(tmp_path, progress, body, patience)]

    assert [re.sub("<pre[^>]*>|</pre>", "", text) for text in found] == shown
