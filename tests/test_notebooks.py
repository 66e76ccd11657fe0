"""The notebooks of examples/notebooks/ run, and their outputs are kept in them."""

import re
from pathlib import Path

import pytest

from examples.notebooks.run import FOLDER, NOTEBOOKS, executed

nbformat = pytest.importorskip("nbformat")
_PLACE = re.compile(r"/(home|root|tmp|work|var|Users|mnt)/|[A-Z]:\\\\")
"""A path of a machine."""


def code(notebook):
    """Its cells with code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def results(notebook):
    """The kinds of what each cell answers with; what it shows on the way depends on the time that it takes."""
    return [
        [sorted(output.data) for output in cell.outputs if output.output_type == "execute_result"]
        for cell in code(notebook)
    ]


def kept(name):
    """The notebook as it is in the repository."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def test_all_are_run():
    """A new notebook is named in `run.py`."""
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(NOTEBOOKS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_outputs_are_kept(name):
    """Those of one run, from the top; none is an error, and none names a place of the machine it was on."""
    notebook = kept(name)
    nbformat.validate(notebook)

    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    assert [cell for cell in code(notebook)[1:] if not cell.outputs] == []
    assert "error" not in {output.output_type for cell in code(notebook) for output in cell.outputs}
    assert _PLACE.search((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")) is None


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore")  # of the kernel's libraries
def test_they_run(store_home, tmp_path, monkeypatch):
    """One after the other in one folder, as they stand there; each cell answers with what is kept."""
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    folder = Path(tmp_path / "notebooks")
    folder.mkdir()
    for name in NOTEBOOKS:
        assert results(executed(name, folder)) == results(kept(name))

    assert not store_home.exists()
