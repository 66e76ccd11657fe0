"""A browser for the exported page, and a place for its base in the cache."""

import shutil

import pytest

from factories.browser import chromium


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One for all tests here."""
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def cache(tiny_base, store_home):
    """GPT-2's place in the Hugging Face cache, with the tiny base there."""
    folder = store_home.parent / "hugging-face" / "hub" / "models--openai-community--gpt2"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc")
    return shutil.copytree(tiny_base, folder / "snapshots" / "abc")
