"""README.md and docs/tutorial.md: every shell block runs as it stands there, or says why the tests don't run it."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from colacli.cli.main import run

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(
    r"(?:<!-- not run by the tests: (?P<reason>[^>]+) -->\n+)?```(?:sh|bash)\n(?P<lines>.*?)```", re.DOTALL
)


def blocks(page):
    """The shell blocks of a page: why one is not run, and its commands."""
    for block in BLOCK.finditer((ROOT / page).read_text(encoding="utf-8")):
        commands = block["lines"].replace("\\\n", " ").splitlines()
        words = [shlex.split(command, comments=True) for command in commands]
        yield block["reason"], [command for command in words if command]


def run_all(page):
    """Every command of every block that is run, in order; how many there were."""
    commands = [command for reason, block in blocks(page) if reason is None for command in block]
    for program, *words in commands:
        assert (program, run(words)) == ("colacli", 0), words
    return len(commands)


@pytest.fixture
def in_a_folder(store_home, tmp_path, monkeypatch):
    """An empty working folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.slow
def test_the_tutorial_runs(in_a_folder, small_bundled):
    """With a tiny base and a part of the sample in the place of the bundled ones."""
    assert run_all("docs/tutorial.md") > 20


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_readme_runs(in_a_folder, tiny_base, tiny_corpus, monkeypatch):
    """With a tiny base as the hub's gpt2, which is in the cache, and a tiny corpus where no data are named."""
    pytest.importorskip("matplotlib")
    hub = in_a_folder.parent / "hugging-face" / "hub" / "models--openai-community--gpt2"
    snapshot = hub / "snapshots" / ("0" * 40)
    shutil.copytree(tiny_base, snapshot)
    (hub / "refs").mkdir()
    (hub / "refs" / "main").write_text("0" * 40)
    for command in ("FINETUNE", "TRAIN_STUDENT", "DISTIL", "BASELINE_LM", "BASELINE_NGRAMS"):
        monkeypatch.setenv(f"COLACLI_{command}_DATA", str(tiny_corpus))
    rows = [f'"Satz {number} {number % 7}",{"nein" if number % 3 else "ja"}' for number in range(60)]
    Path("mine.csv").write_text("\n".join(["Satz,Urteil", *rows]) + "\n")

    assert run_all("README.md") > 20


def test_what_is_not_run_says_why():
    """And the others begin with what the tests can run."""
    found = list(blocks("README.md")) + list(blocks("docs/tutorial.md"))

    assert all(reason or command[0] == "colacli" for reason, block in found for command in block)
    assert sum(reason is None for reason, _ in found) > 10
