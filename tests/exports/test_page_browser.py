"""The exported page in headless Chromium: its tokens, its logits, what it shows, and that it asks for nothing."""

import itertools
import random
import sys
import time
import unicodedata
from collections import defaultdict

import msgspec
import pytest
import torch
from tokenizers import AddedToken

from colacli.config import Student
from colacli.exports.byte_level import byte_level
from colacli.exports.rounding import dequantised
from colacli.models.base import BUNDLED
from colacli.models.tokenizer import encode_all
from colacli.results import metrics_of, predictions_of
from colacli.training.requests import DataChoice
from factories.browser import chromium, requested
from factories.exporting import exported
from factories.pages import data_of, document_of, page_with, random_student
from factories.tiny import END, batch_of, tokenizer_at

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Selenium's own

SHAPES = [
    *itertools.product(("rnn", "gru", "lstm"), ("last", "max", "mean", "attention"), [False, True], [1], [None]),
    *itertools.product(("rnn", "gru", "lstm"), ["attention"], [True], [3], [4]),
]
SENTENCES = [[5], [7, 9, 100, 3], list(range(1, 40)), [8] * 12]
GAPS = (
    "",
    " ",
    " ",
    " ",
    "  ",
    "\u00a0",
    "\n",
    "\t ",
    "\u3000",
    "'s ",
    "'ll",
    "\ufeff",
    "\u0085",
    END,
    "[X]",
    "-",
    "...",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One for all tests here."""
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


def open_page(browser, path, content):
    """Load a page from a file."""
    path.write_bytes(content)
    browser.get(path.as_uri())


def strings(count):
    """Strings of every script of Unicode, with what stands between words; the same every time."""
    scripts = defaultdict(list)
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.category(character) not in ("Cn", "Co", "Cs"):
            scripts[unicodedata.name(character, "control").split()[0]].append(character)
    generator, names = random.Random(0), itertools.cycle(sorted(scripts))
    assert len(scripts) > 200
    texts = []
    for _ in range(count):
        words = ["".join(generator.choices(scripts[next(names)], k=generator.randint(1, 8))) for _ in range(4)]
        words.insert(generator.randint(0, 4), generator.choice(("the", "I", "don't", "they'll", "1999", "naïve")))
        texts.append("".join(word + "".join(generator.choices(GAPS, k=generator.randint(1, 3))) for word in words))
    return texts


def bundled_tokenizer(_):
    """That of gpt2-mini, which puts a space before the first word."""
    return tokenizer_at(BUNDLED["gpt2-mini"])


def extended_tokenizer(base):
    """One with no such space, and with more tokens that are looked for first."""
    tokenizer = tokenizer_at(base)
    tokenizer.add_tokens([AddedToken("[X]", normalized=True), AddedToken("[X]-", normalized=True)])
    tokenizer.add_special_tokens([AddedToken(".|", normalized=False)])
    return tokenizer


@pytest.mark.parametrize("make", [bundled_tokenizer, extended_tokenizer])
def test_token_ids_are_those_of_the_library(make, browser, tiny_base, tmp_path):
    """On 1,000 strings of every script."""
    tokenizer, texts = make(tiny_base), strings(1000)
    open_page(browser, tmp_path / "page.html", page_with(byte_level(tokenizer, "it")))
    ids = browser.execute_script("return arguments[0].map((text) => student.tokenizer.encode(text));", texts)

    for text, found, expected in zip(texts, ids, encode_all(tokenizer, texts), strict=True):
        assert found == expected, ascii(text)


def test_logits_are_those_of_the_rounded_student(browser, tiny_base, tmp_path):
    """Every cell, pooling and direction, several layers and low-rank embeddings; rounding costs little."""
    open_page(browser, tmp_path / "page.html", page_with(byte_level(tokenizer_at(tiny_base), "it")))
    tokenizer = {"vocabulary": [], "merges": [], "added": [], "before": [], "after": []}
    for cell, pooling, bidirectional, layers, rank in SHAPES:
        student, shape = random_student(
            cell=cell, pooling=pooling, bidirectional=bidirectional, layers=layers, embedding_rank=rank
        )
        document = msgspec.to_builtins(document_of(student, shape, tokenizer))
        script = "const one = new Student(arguments[0]); return arguments[1].map((ids) => [...one.logits(ids)]);"
        logits = torch.tensor(browser.execute_script(script, document, SENTENCES))
        with torch.no_grad():
            rounded, exact = dequantised(student)(batch_of(SENTENCES)), student(batch_of(SENTENCES))
        torch.testing.assert_close(logits, rounded, rtol=0.0, atol=1e-5, msg=f"{shape}")
        torch.testing.assert_close(logits, exact, rtol=0.0, atol=0.03, msg=f"{shape}")


def test_a_token_without_a_row_is_said(browser, tiny_base, tmp_path):
    """An added token beyond the embeddings: no number is shown for what has it, but for the words before."""
    page = page_with(byte_level(extended_tokenizer(tiny_base), "it"))
    open_page(browser, tmp_path / "page.html", page)
    browser.execute_script("sides[0].text = 'The [X] sleeps.';")

    assert text_of(browser, ".verdict") == "The network can't read this."
    assert [word.text for word in browser.find_elements("css selector", ".side:first-child .word")] == ["The"]


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


def text_of(browser, selector="body"):
    """What is shown, with plain spaces."""
    return browser.find_element("css selector", selector).text.replace("\u00a0", " ")


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
