"""The documentation as a site: built offline, with every link checked, and searched from a folder without a network."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from factories.browser import chromium, requested

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Selenium's own


def built(folder, config=ROOT / "mkdocs.yml"):
    """Build the site as `make site` does."""
    pytest.importorskip("material", reason="needs pip install 'colacli[site]'")
    command = [sys.executable, "-m", "mkdocs", "build", "--config-file", config, "--site-dir", folder]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    done = built(folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_it_is_found_and_read_from_a_folder(site, tmp_path):
    """A word is searched in a browser; nothing is asked for that is not in the folder."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.wait import WebDriverWait

    with chromium(tmp_path) as browser:
        browser.get((site / "index.html").as_uri())
        browser.execute_script("document.getElementById('__search').click()")
        WebDriverWait(browser, 120).until(
            lambda one: one.find_element(By.CLASS_NAME, "md-search__input").is_displayed()
        )
        browser.find_element(By.CLASS_NAME, "md-search__input").send_keys("temperature")
        WebDriverWait(browser, 120).until(lambda one: "matching" in one.find_element(By.CLASS_NAME, "md-search").text)
        links = [link.get_attribute("href") for link in browser.find_elements(By.CLASS_NAME, "md-search-result__link")]
        asked = requested(browser)

    assert links
    assert all(urlsplit(link).path.startswith(str(site)) for link in links)
    assert [url for url in asked if url.startswith(("http", "ws"))] == []


@pytest.mark.parametrize("link", ["missing.md", "store.md#missing", "../missing.py"])
def test_a_broken_link_ends_the_build(tmp_path, link):
    """Of a page, of a heading, of a file outside the site."""
    copy = tmp_path / "project"
    copy.mkdir()
    for name in ("README.md", "CHANGELOG.md", "examples", "src", "constraints.txt"):
        (copy / name).symlink_to(ROOT / name)
    (copy / "docs").mkdir()
    for path in (ROOT / "docs").iterdir():
        if path.is_file():
            (copy / "docs" / path.name).write_bytes(path.read_bytes())
    (copy / "mkdocs.yml").write_bytes((ROOT / "mkdocs.yml").read_bytes())
    page = copy / "docs" / "tutorial.md"
    page.write_text(page.read_text() + f"\nSee [this]({link}).\n")

    done = built(tmp_path / "site", copy / "mkdocs.yml")

    assert done.returncode != 0
    assert "missing" in done.stderr
