"""docs/report.md: its example runs as it stands there, and the report's own sections are those that it names."""

import re
import shlex
from pathlib import Path

import pytest

from colacli.cli.main import run

PAGE = (Path(__file__).parents[1] / "docs" / "report.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_its_example_runs(store_home, small_bundled, tmp_path, monkeypatch):
    """In its order, with a tiny base and some of the sample in the place of the bundled ones."""
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines():
        program, *words = shlex.split(line)
        assert (program, run(words)) == ("colacli", 0), line

    sections = re.findall(r"^## (.*)$", Path("report.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(r"\*([^*]+)\*", PAGE.partition("## What it says")[2])
    assert [title.partition(" on ")[0].partition(":")[0] for title in sections] == named
