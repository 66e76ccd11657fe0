"""Run the notebooks beside this file, and keep their outputs in them.

python examples/notebooks/run.py [NAME...]

The kernel's working folder is a temporary one: nothing is left but the outputs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

FOLDER = Path(__file__).parent
NOTEBOOKS = ("tour", "student")
"""In this order the second finds the first one's runs."""
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def executed(name: str, folder: Path) -> NotebookNode:
    """A notebook with the outputs of a run in a folder.

    Raises:
        CellExecutionError: a cell fails.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", record_timing=False, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    notebook.metadata = nbformat.from_dict(_METADATA)  # not which Python it was
    return notebook


def main() -> None:
    """Run those that are named, or all."""
    import nbformat

    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or NOTEBOOKS:
            nbformat.write(executed(name, Path(folder)), FOLDER / f"{name}.ipynb")


if __name__ == "__main__":
    main()
