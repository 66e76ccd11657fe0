"""docs/page.md: its commands run as they stand there."""

import re
import shlex
from pathlib import Path

from colacli.cli.main import run

BLOCKS = re.findall(r"```bash\n(.*?)```", (Path(__file__).parents[1] / "docs" / "page.md").read_text(), re.DOTALL)


def test_its_examples_run(store_home, tiny_base, tiny_corpus, tmp_path, monkeypatch):
    """In their order, with a student of that name; the page is there."""
    monkeypatch.chdir(tmp_path)
    how = ["--data", str(tiny_corpus), "--epochs", "1", "--precision", "fp32", "--device", "cpu"]
    assert run(["train-student", "--base", str(tiny_base), *how, "--hidden", "8", "--name", "student"]) == 0
    lines = [shlex.split(line) for block in BLOCKS for line in block.splitlines()]

    assert len(lines) == 2
    for program, *words in lines:
        assert (program, run(words)) == ("colacli", 0), words
    assert (tmp_path / "student.html").read_text().startswith("<!DOCTYPE html>")
