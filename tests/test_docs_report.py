"""docs/report.md: its example runs as it stands there, and the report's own sections are those that it names."""

import re
import shlex
from pathlib import Path

import pytest

from colacli.cli.main import run
from colacli.data.corpus import Corpus, Split
from colacli.data.sample import sample_corpus
from colacli.models import base

PAGE = (Path(__file__).parents[1] / "docs" / "report.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_its_example_runs(store_home, tiny_base, tmp_path, monkeypatch):
    """In its order, with a tiny base and some of the sample in the place of the bundled ones."""
    pytest.importorskip("matplotlib")
    parts = {
        name: Split(name, tuple(one for one in split.sentences if len(one.text) < 40)[:48])
        for name, split in sample_corpus().splits.items()
    }
    monkeypatch.setattr("colacli.data.locate.sample_corpus", lambda: Corpus("sample", parts))
    monkeypatch.setitem(base.BUNDLED, "gpt2-mini", tiny_base)
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines():
        program, *words = shlex.split(line)
        assert (program, run(words)) == ("colacli", 0), line

    sections = re.findall(r"^## (.*)$", Path("report.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(r"\*([^*]+)\*", PAGE.partition("## What it says")[2])
    assert [title.partition(" on ")[0].partition(":")[0] for title in sections] == named
