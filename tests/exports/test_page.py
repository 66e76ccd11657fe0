"""The exported page: one file with the student, its tokenizer and its measurements inside, and nothing from outside."""

import json
import re
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
import torch

from colacli.config import Student
from colacli.data.pairs import sample_pairs
from colacli.data.sample import sample_corpus
from colacli.errors import ModelError, UsageError
from colacli.exports import page as exports_page
from colacli.exports.byte_level import byte_level
from colacli.exports.page import page_html
from colacli.exports.rounding import dequantised
from colacli.results import metrics_of
from factories.exporting import exported, without_corpus
from factories.pages import CLAIMS, data_of, page_with, random_student
from factories.tiny import tokenizer_at

CSS = Path(exports_page.__file__).parents[1] / "bundled" / "page" / "page.css"
HOSTILE = "</script><script>stolen()</script><!--<script> \u2028 \u2029 {{app.js}} &amp; \\u003c"


@pytest.fixture
def tokenizer(tiny_base):
    """A byte-level one."""
    return tokenizer_at(tiny_base)


def test_it_is_measured_as_it_is_written(trainings, tmp_path):
    """The rounded weights judge all of the run's dev sentences: difference of logits, change of accuracy and MCC."""
    run = trainings.alone(Student(hidden=8, cell="gru", bidirectional=True, pooling="max"))
    (written,) = exported(trainings, run, "page", tmp_path / "page.html").written
    data = data_of((tmp_path / "page.html").read_bytes())

    assert written.agreement.sentences == sum(metrics.n for metrics in metrics_of(run).values())
    assert 0 < written.agreement.largest_difference < 0.1
    assert [split for split, _ in written.changes] == list(metrics_of(run))
    assert data["rounding"]["largest_difference"] == written.agreement.largest_difference
    assert [change["split"] for change in data["rounding"]["changes"]] == list(metrics_of(run))


def test_its_claims_are_the_runs(distillation, tmp_path):
    """Key, teacher, version, and each split's numbers with intervals around them."""
    run = distillation.distilled()
    exported(distillation, run, "page", tmp_path / "page.html")
    data = data_of((tmp_path / "page.html").read_bytes())
    about = dict(data["about"])

    assert (about["key"], about["teacher"]) == (run.key, distillation.first.key)
    assert about["exported by"].startswith("colacli ")
    assert str(tmp_path.parent) not in json.dumps(data["about"])
    for claim, (split, metrics) in zip(data["measurements"], metrics_of(run).items(), strict=True):
        assert (claim["name"], claim["n"], claim["accuracy"]) == (split, metrics.n, metrics.accuracy)
        assert claim["accuracy_interval"][0] < metrics.accuracy < claim["accuracy_interval"][1]


def test_no_sentence_of_the_runs_corpus_is_in_it(trainings, tmp_path):
    """Its examples are bundled minimal pairs, of each construction of the bundled corpus, which has none of them."""
    exported(trainings, trainings.alone(), "page", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    texts = [text for split in trainings.corpus.splits.values() for text in split.texts]
    bundled = [one for split in sample_corpus().splits.values() for one in split.sentences]
    examples = data_of(page.encode())["examples"]
    shown = {(one["construction"], *pair) for one in examples for pair in one["pairs"]}

    assert [text for text in texts if text in page] == []
    assert {one["construction"] for one in examples} == {one.source for one in bundled}
    assert len(shown) == 4 * 37
    assert shown <= {(pair.phenomenon, pair.good, pair.bad) for pair in sample_pairs().pairs}
    assert {text for _, *pair in shown for text in pair} & {one.text for one in bundled} == set()


def test_without_its_corpus(trainings, tiny_corpus, tmp_path):
    """A page is written, and says what was not measured."""
    run = without_corpus(trainings, tiny_corpus, tmp_path / "corpus", trainings.alone)
    (written,) = exported(trainings, run, "page", tmp_path / "page.html").written
    data = data_of((tmp_path / "page.html").read_bytes())

    assert written.agreement is None
    assert "was not measured" in written.notes[0]
    assert (data["rounding"], data["weaknesses"]) == (None, [])


def test_a_teacher_is_refused(trainings, tmp_path):
    """With the kind that fits it."""
    with pytest.raises(UsageError, match="is a teacher: --to page writes students") as caught:
        exported(trainings, trainings.teacher(), "page", tmp_path / "page.html")
    assert caught.value.hint == "give --to transformers"


def test_a_large_page_says_how_to_have_a_smaller_one(trainings, tmp_path, monkeypatch):
    """A note names --embedding-rank; a page that no browser would open is an error."""
    run = trainings.alone()
    monkeypatch.setattr(exports_page, "_LARGE", 1000)
    (written,) = exported(trainings, run, "page", tmp_path / "page.html").written
    assert "--embedding-rank" in written.notes[-1]
    monkeypatch.setattr(exports_page, "_TOO_LARGE", 1000)
    with pytest.raises(ModelError, match="the page would have"):
        exported(trainings, run, "page", tmp_path / "other.html")
    assert not (tmp_path / "other.html").exists()


def test_text_stays_text(tokenizer):
    """What ends a script, begins a comment, or looks like the template's names is data, and read back as it was."""
    page = page_with(byte_level(tokenizer, "it"), limits=HOSTILE)

    assert data_of(page)["limits"] == HOSTILE
    assert page.count(b"<script") == page.count(b"</script>") == 3
    assert b"stolen()</script>" not in page
    assert "\u2028" not in page.decode()


def test_nothing_comes_from_outside(tokenizer):
    """A policy forbids it, and the page names no address."""
    page = page_with(byte_level(tokenizer, "it")).decode()
    code = page.replace(json.dumps(data_of(page.encode())), "")

    assert "content=\"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';" in page
    assert re.findall(r"https?:|//\w+\.|\bsrc=|\bhref=|@import|url\(|fetch\(|innerHTML", code) == []


def test_weights_are_the_rounded_ones(tokenizer):
    """Read back as the page reads them: each matrix with a scale a row, biases in full."""
    student, shape = random_student(cell="lstm", bidirectional=True, pooling="attention", embedding_rank=4)
    weights = {"student": {"shape": shape, "weights": exports_page.weights_of(student), "tokenizer": {}}, **CLAIMS}
    stored = data_of(page_html(weights))["student"]["weights"]

    for name, parameter in dequantised(student).named_parameters():
        weight = stored[name]
        if "floats" in weight:
            values = np.frombuffer(b64decode(weight["floats"]), "<f4")
        else:
            rounded = np.frombuffer(b64decode(weight["int8"]), np.int8).reshape(weight["shape"])
            values = rounded.astype("f4") * np.frombuffer(b64decode(weight["scales"]), "<f4")[:, None]
        torch.testing.assert_close(torch.from_numpy(values.copy()), parameter.detach(), rtol=0.0, atol=0.0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(scheme):
    """Every colour of text has a contrast of 4.5 to 1 with every ground (WCAG 2.2, 1.4.3), and lines of 3 to 1."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS.read_text(), re.DOTALL)
    colours = dict(re.findall(r"--(\w+): (#\w{6})", light if scheme == "light" else dark))

    for ground in ("paper", "panel"):
        for text in ("ink", "faint", "good", "bad"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        assert contrast(colours["line"], colours[ground]) >= 3, ground


def contrast(one, other):
    """Of two colours, as WCAG defines it."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour):
    """Relative luminance of an sRGB colour."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
