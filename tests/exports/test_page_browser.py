"""The exported page in headless Chromium: what it shows, by which keys, and that it asks for nothing."""

import itertools
import time

import pytest
import torch

from colacli.config import Student
from colacli.exports.byte_level import byte_level
from colacli.results import metrics_of, predictions_of
from colacli.training.requests import DataChoice
from factories.browser import open_page, requested, text_of
from factories.exporting import exported
from factories.pages import data_of, page_with
from factories.tiny import tokenizer_at

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Selenium's own


@pytest.fixture
def a_page(trainings, tiny_corpus, tmp_path):
    """A run whose corpus has a source that would be a script, and its page."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for file in tiny_corpus.iterdir():
        rows = [line.split("\t")[1:] for line in file.read_text().splitlines()]
        names = itertools.cycle(["<img src=x>", "</script><b>b"])
        (corpus / file.name).write_text("".join("\t".join([next(names), *cells]) + "\n" for cells in rows))
    trainings.data = DataChoice(data=str(corpus))
    run = trainings.alone(Student(hidden=8, cell="gru", bidirectional=True, pooling="max"))
    exported(trainings, run, "page", tmp_path / "page.html")
    return run, tmp_path / "page.html"


def test_it_judges_what_is_typed(a_page, trainings, browser):
    """Every key changes the judgement, which is the run's to what rounding costs; each word has its own."""
    from selenium.webdriver.common.keys import Keys

    run, page = a_page
    browser.get(page.as_uri())
    (first, *_), predictions = trainings.corpus.split("in_domain_dev").texts, predictions_of(run, "in_domain_dev")
    field = browser.find_element("id", "sentence-A")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(Keys.BACKSPACE)
    assert "Type a sentence." in text_of(browser, ".verdict")
    field.send_keys(first)
    reject, accept = predictions.logits[0]
    probability = 100 / (1 + torch.tensor(reject - accept).exp().item())
    shown = text_of(browser, ".verdict")

    assert abs(float(shown.split()[-2]) - probability) < 0.5
    assert shown.startswith("acceptable" if accept > reject else "unacceptable")
    words = [word.text for word in browser.find_elements("css selector", "ol:first-of-type .word")]
    assert words[: len(first.split())] == first.split()
    time.sleep(1.2)
    spoken = browser.find_element("id", "spoken").get_attribute("textContent")
    assert spoken.startswith("Sentence A: ")
    assert "Sentence B: " in spoken


def test_it_shows_its_claims(a_page, browser):
    """Whose it is, how right, where weak and by what it is divided, which way it reads."""
    run, page = a_page
    browser.get(page.as_uri())
    shown = text_of(browser)

    for metrics in metrics_of(run).values():
        assert f"{100 * metrics.accuracy:.1f} % (" in shown
    for claim in (run.key, "teacher\nnone", "reads a sentence in both directions", "exported by\ncolacli "):
        assert claim in shown
    assert "which changes a logit by at most" in shown
    for one in data_of(page.read_bytes())["weaknesses"]:
        assert f"By {one['grouping']}: {one['data']}" in shown
        assert f"of {one['groups']} " in shown
        headers = {cell.text for cell in browser.find_elements("css selector", "th")}
        assert {part["name"] for part in one["weak"]} <= headers


def test_names_are_text(browser, tiny_base, tmp_path):
    """Names of sources, constructions and splits are shown as they are, whatever they would be as HTML."""
    names = ("<img src=x>", "</script><b>b")
    part = {"n": 40, "accuracy": 0.25, "interval": [0.14, 0.4], "majority": 0.5}
    weak = {
        "grouping": "source",
        "data": "<b>dev</b>",
        "unit": "sentences",
        "n": 80,
        "overall": 0.5,
        "overall_interval": [0.4, 0.6],
        "groups": 2,
        "weak": [part | {"name": name} for name in names],
    }
    page = page_with(byte_level(tokenizer_at(tiny_base), "it"), weaknesses=[weak])
    open_page(browser, tmp_path / "page.html", page)
    shown = text_of(browser)

    assert set(names) <= {cell.text for cell in browser.find_elements("css selector", "th")}
    assert "By source: <b>dev</b>" in shown
    assert "80 sentences, of which 50.0 % (40.0 % to 60.0 %) are right. 2 of 2 sources count as weak." in shown
    assert browser.find_elements("css selector", "img, b") == []


def test_a_weak_phenomenon_leads_to_its_examples(browser, tiny_base, tmp_path):
    """Its name chooses the construction, an example puts its sentences into A and B; nothing weak is said to be so."""
    part = {"name": "order", "n": 10, "accuracy": 0.1, "interval": [0.02, 0.4], "majority": None}
    weak = {
        "grouping": "phenomenon",
        "data": "sample",
        "unit": "minimal pairs",
        "n": 20,
        "overall": 0.5,
        "overall_interval": [0.3, 0.7],
        "groups": 2,
        "weak": [part],
    }
    examples = [
        {"construction": "agreement", "pairs": [["He runs.", "He run."]]},
        {"construction": "order", "pairs": [["The boy sleeps.", "Boy the sleeps."], ["A cat runs.", "Cat a runs."]]},
    ]
    claims = {"weaknesses": [weak, weak | {"grouping": "source", "weak": []}], "examples": examples}
    open_page(browser, tmp_path / "page.html", page_with(byte_level(tokenizer_at(tiny_base), "it"), **claims))

    assert "None of 2 sources count as weak." in text_of(browser)
    assert sentences(browser) == ["He runs.", "He run."]
    browser.find_element("css selector", "#weaknesses button").click()
    assert browser.switch_to.active_element.get_attribute("id") == "construction"
    buttons = browser.find_elements("css selector", ".example")
    assert len(buttons) == 2
    assert buttons[1].accessible_name == "acceptable: A cat runs. unacceptable: *Cat a runs."
    buttons[1].click()
    assert sentences(browser) == ["A cat runs.", "Cat a runs."]


def sentences(browser):
    """What is in both fields."""
    return [browser.find_element("id", f"sentence-{name}").get_property("value") for name in "AB"]


def test_it_asks_for_nothing(a_page, browser):
    """Neither a request nor an error, from a file; and where something asked, the policy would refuse."""
    _, page = a_page
    browser.get("about:blank")
    requested(browser), browser.get_log("browser")
    browser.get(page.as_uri())
    browser.find_element("css selector", ".example").click()
    time.sleep(0.5)

    assert requested(browser) == [page.as_uri()]
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert browser.get_log("browser") == []
    script = "fetch('http://127.0.0.1:9/').then(() => arguments[0](''), (error) => arguments[0](error.message));"
    assert "Failed to fetch" in browser.execute_async_script(script)
    assert "Content Security Policy" in browser.get_log("browser")[0]["message"]


def test_by_keyboard_alone(a_page, browser):
    """Tab goes through both sentences, the construction and its examples in the order of reading; each has a name."""
    from selenium.webdriver.common.keys import Keys

    _, page = a_page
    browser.get(page.as_uri())
    order = []
    for _ in range(5):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        order.append(browser.switch_to.active_element.accessible_name)
    first = data_of(page.read_bytes())["examples"][0]["pairs"][:2]
    expected = [f"acceptable: {good} unacceptable: *{bad}" for good, bad in first]
    assert order == ["Sentence A", "Sentence B", "Examples of", *expected]
    browser.find_element("id", "construction").send_keys("island")
    browser.find_element("css selector", ".example").send_keys(Keys.ENTER)
    assert sentences(browser)[0].endswith("?")


@pytest.mark.parametrize("width", [360, 1200])
def test_it_fits_its_window(width, a_page, browser):
    """Nothing is wider than the window."""
    _, page = a_page
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(page.as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
