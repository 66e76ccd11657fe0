"""A headless Chromium, driven over Selenium, which has no network to look for a driver."""

import json
import shutil
from contextlib import contextmanager

import pytest

_BROWSER, _DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


@contextmanager
def chromium(folder):
    """A browser with a profile in a folder; the test is skipped where Debian's two packages are not installed."""
    if _BROWSER is None or _DRIVER is None:
        pytest.skip("needs Debian's packages chromium and chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = _BROWSER
    for flag in (*_FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(executable_path=_DRIVER))
    try:
        yield browser
    finally:
        browser.quit()


def requested(browser):
    """Addresses that the browser has asked for since it was last asked."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]


def open_page(browser, path, content):
    """Load a page from a file."""
    path.write_bytes(content)
    browser.get(path.as_uri())


def text_of(browser, selector="body"):
    """What is shown, with plain spaces."""
    return browser.find_element("css selector", selector).text.replace("\u00a0", " ")
