"""docs/api.md: its blocks run as they stand there, and name all that there is."""

import re
from pathlib import Path

import pytest

import colacli

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def blocks(page):
    """The programs in a page."""
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def small(store_home, small_bundled, tmp_path, monkeypatch):
    """What is bundled is small, and the working folder empty."""
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("page", "least"), [("docs/api.md", 8), ("README.md", 1)])
def test_its_blocks_run(small, page, least, capsys):
    """In their order, as one program; what they say of an error is what is printed."""
    names = {}
    for block in blocks(page):
        exec(compile(block, page, "exec"), names)

    assert len(blocks(page)) >= least
    if page == "docs/api.md":
        assert Path("curves.svg").is_file()
        assert "finetune has no option 'epoch' - did you mean epochs?\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", [*colacli.__all__, "open"])
def test_it_names_everything(name):
    """Every public name stands on the page."""
    assert re.search(rf"\b{name}\b", PAGE)
