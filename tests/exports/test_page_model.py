"""The exported page's tokenizer and network in headless Chromium: their ids and logits are those of the run."""

import itertools
import random
import sys
import unicodedata
from collections import defaultdict

import msgspec
import pytest
import torch
from tokenizers import AddedToken

from colacli.exports.byte_level import byte_level
from colacli.exports.rounding import dequantised
from colacli.models.base import BUNDLED
from colacli.models.tokenizer import encode_all
from factories.browser import open_page, text_of
from factories.pages import document_of, page_with, random_student
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
