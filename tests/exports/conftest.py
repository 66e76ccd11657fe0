"""A browser for the exported page."""

import pytest

from factories.browser import chromium


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One for all tests here."""
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser
