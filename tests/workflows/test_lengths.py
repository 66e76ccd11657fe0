"""Length is counted in words, and where a language has none between spaces, in the run's own tokens."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from colacli.config import Lora, Student
from colacli.models.tokenizer import encode_all
from colacli.render.evaluate import show_evaluation
from colacli.training.requests import BaseChoice, DataChoice
from colacli.workflows.evaluate import EvaluateOptions, evaluate
from colacli.workflows.finetune import FinetuneRequest, finetune
from colacli.workflows.lengths import in_quarters, word_lengths
from colacli.workflows.train_student import TrainStudentRequest, train_student
from factories.interruptions import CPU, TRAINING
from factories.languages import write_language, write_sentences
from factories.tiny import tokenizer_at

HERE = EvaluateOptions()


@pytest.fixture
def made(store, tmp_path):
    """A student and a teacher of a Japanese base, by name; the folder with `base` and `corpus`."""
    write_language(tmp_path / "base", "japanese")
    write_sentences(tmp_path / "corpus", "japanese")
    base, data = BaseChoice(base=tmp_path / "base"), DataChoice(data=str(tmp_path / "corpus"))
    shared = {"base": base, "data": data, "training": replace(TRAINING, epochs=1)}
    train_student(
        TrainStudentRequest(student=Student(hidden=4), execution=replace(CPU, name="student"), **shared), store
    )
    finetune(FinetuneRequest(lora=Lora(rank=1), execution=replace(CPU, name="teacher"), **shared), store)
    return tmp_path


@given(counts=st.lists(st.integers(0, 60), min_size=1, max_size=200))
def test_quarters(counts):
    """Every length is in the one range that its name says, shorter ranges come first, and none is empty."""
    lengths = in_quarters("tokens", counts)
    for count, name in zip(counts, lengths.names, strict=True):
        low, _, high = name.replace(" or more", " to 999").partition(" to ")
        assert int(low) <= count <= int(high or low)
    assert set(lengths.names) == set(lengths.order)
    assert list(lengths.order) == sorted(lengths.order, key=lambda name: int(name.split()[0]))


def test_words_have_ranges_that_stay():
    """As they were before other units were known."""
    lengths = word_lengths(["one", "a b c d e f", " ".join("abcdefghij"), " ".join("abcdefghijklmn")])

    assert (lengths.unit, lengths.names) == ("words", ("1 to 5", "6 to 8", "9 to 12", "13 or more"))
    assert lengths.order == lengths.names


@pytest.mark.parametrize("name", ["student", "teacher"])
def test_tokens_are_the_runs_own(store, made, name):
    """What it was stored with, and other sentences, are counted with its tokenizer; the parts make the whole."""
    texts = [line.split("\t")[3] for line in (made / "corpus/train.tsv").read_text(encoding="utf-8").splitlines()]
    counts = [len(ids) for ids in encode_all(tokenizer_at(made / "base"), texts)]
    elsewhere = EvaluateOptions(data=str(made / "corpus"), split="train", device="cpu")
    expected = in_quarters("tokens", counts)
    breakdown = evaluate(name, elsewhere, store).breakdown

    assert breakdown.length_unit == evaluate(name, HERE, store).breakdown.length_unit == "tokens"
    assert [(part.name, part.metrics.n) for part in breakdown.by_length] == [
        (name, expected.names.count(name)) for name in expected.order
    ]


def test_characters_where_the_tokenizer_is_gone(store, made):
    """A student has its own; a teacher's is with its base, which is not needed for what is stored."""
    shutil.rmtree(made / "base")

    assert evaluate("student", HERE, store).breakdown.length_unit == "tokens"
    assert evaluate("teacher", HERE, store).breakdown.length_unit == "characters"


def test_another_tokenizer_does_not_count(store, made):
    """Where the base's folder holds another tokenizer now."""
    shutil.rmtree(made / "base")
    write_language(made / "base", "chinese")

    assert evaluate("teacher", HERE, store).breakdown.length_unit == "characters"


def test_the_unit_is_said(store, made, capsys):
    """In the title of the table, in the column, and in the document, whose other keys are as ever."""
    documents = []

    def show(_, document, draw):
        documents.append(document)
        draw(Console(width=200))

    show_evaluation(evaluate("student", HERE, store), show)
    assert "by length in tokens: the sentences have no spaces between words" in capsys.readouterr().out
    assert documents[0]["length_unit"] == "tokens"
    assert all("tokens" in part and "words" not in part for part in documents[0]["by_length"])
    json.dumps(documents[0])


def test_a_hit_needs_no_torch(store, made):
    """A student's tokens are counted without it, and without transformers."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from colacli.store.store import Store\n"
        "from colacli.workflows.evaluate import EvaluateOptions, evaluate\n"
        "result = evaluate('student', EvaluateOptions(), Store(Path(sys.argv[1])))\n"
        "print(result.breakdown.length_unit, sorted({'torch', 'transformers', 'pandas', 'rich'} & set(sys.modules)))\n"
    )
    arguments = [sys.executable, "-c", script, str(store.root)]

    assert subprocess.run(arguments, capture_output=True, text=True, check=True).stdout == "tokens []\n"
