"""The script that made gpt2-mini: its parts, and that an interrupted training ends as a whole one does."""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from colacli.models.tokenizer_files import vocabulary_files
from colacli.models.weights import load_language_model
from factories.pretrain_scripts import SCRIPTS, importable
from factories.tiny import base_at

if TYPE_CHECKING:
    from collections.abc import Iterator

SENTENCES = [
    "The old man walked slowly to the house.",
    "She has never seen the children in the garden.",
    "What did the doctor say about his brother?",
    "Some of the letters were written by my sister.",
    "They want to buy a bigger house near the river.",
    "I think that the teachers are in the school now.",
    "He gave the dog some water and went away.",
    "There were many people on the road that day.",
]


@pytest.fixture
def scripts() -> Iterator[Any]:
    """Imports one of the scripts."""
    with importable() as load:
        yield load


def _run(script: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, SCRIPTS / script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `prepare.py` makes of a little text, one file of it compressed."""
    folder = tmp_path_factory.mktemp("pretrain")
    text = "\n".join(" ".join(SENTENCES[i:] + SENTENCES[:i]) for i in range(8)) + "\n\n"
    with lzma.open(folder / "train-00.txt.xz", "wt", encoding="utf-8") as file:
        file.write(text * 20)
    (folder / "valid.txt").write_text(text * 6, encoding="utf-8")
    _run("prepare.py", folder, folder / "work", "--vocabulary", 400)
    return folder / "work"


@pytest.fixture(scope="module")
def forged(work: Path) -> Path:
    """Pairs of these sentences."""
    _run("forge.py", work, work / "pairs.npz", "--pairs", 400, "--workers", 1)
    return work / "pairs.npz"


def _train(work: Path, out: Path, pairs: Path, steps: int, *more: object) -> None:
    shape = ["--layers", 1, "--width", 64, "--heads", 1, "--rows", 2, 8, 4, "--no-compile"]
    schedule = ["--pairs", pairs, "--steps", steps, "--language-steps", 2]
    _run("train.py", work, out, *shape, *schedule, *more)


@pytest.mark.slow
@pytest.mark.parametrize("stop", [1, 3])
def test_an_interrupted_training_ends_as_a_whole_one(work: Path, forged: Path, tmp_path: Path, stop: int) -> None:
    """Stopped among the steps of language or those of pairs and taken up again, every tensor has the same bytes."""
    from safetensors.torch import load_file

    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    _train(work, whole, forged, 4)
    for _ in range(stop):  # a step each
        _train(work, parts, forged, 4, "--minutes", 0)
    assert json.loads(parts.with_suffix(".jsonl").read_text().splitlines()[-1])["step"] == stop
    _train(work, parts, forged, 4)
    one, other = load_file(whole), load_file(parts)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_what_is_exported_is_the_model_that_was_trained(work: Path, forged: Path, tmp_path: Path) -> None:
    """`export.py` gives a folder that colacli and transformers load, with the same logits, to 1e-4."""
    from tokenizers import Tokenizer
    from transformers import GPT2LMHeadModel

    from colacli.kernels.packing import Batch

    _train(work, tmp_path / "one.safetensors", forged, 1)
    _run("export.py", work, tmp_path / "one.safetensors", tmp_path / "model")
    ours = load_language_model(base_at(tmp_path / "model")).eval()
    theirs = GPT2LMHeadModel.from_pretrained(tmp_path / "model", dtype=torch.float32).eval()
    tokenizer = Tokenizer.from_file(str(tmp_path / "model" / vocabulary_files(tmp_path / "model")[0]))
    ids = torch.tensor(tokenizer.encode(SENTENCES[0]).ids)
    with torch.no_grad():
        expected = theirs(ids[None]).logits[0]
        actual = ours(Batch(ids, torch.tensor([len(ids)])))
    assert torch.allclose(actual, expected, atol=1e-4)


def test_full_rows_are_a_batch_of_equal_lengths(scripts: Any) -> None:
    """What is trained is colacli's own GPT-2: the same states, to 1e-5, as its forward on rows of two widths."""
    from colacli.kernels.packing import Batch
    from colacli.models.config import GPT2Config

    model = scripts("model")
    pretraining = model.Pretraining(GPT2Config(vocab_size=50, n_positions=256, n_embd=32, n_layer=2, n_head=2), 0)
    ids = torch.randint(50, (3 * 8 + 2 * 5,))
    with torch.no_grad():
        actual = model.Body(pretraining.model)(ids, ((3, 8), (2, 5)))
        expected = pretraining.model.transformer(Batch(ids, torch.tensor([8, 8, 8, 5, 5])))
    assert torch.allclose(actual, expected, atol=1e-5)


def test_every_rule_makes_something_wrong(scripts: Any) -> None:
    """Over many draws each rule is used, no fake equals its sentence, and it still looks like a sentence."""
    fakes, rules = scripts("fakes"), scripts("rules")
    forger = fakes.Forger(SENTENCES * 10)
    generator = np.random.default_rng(0)
    seen = set()
    for number in range(1500):
        sentence = SENTENCES[number % len(SENTENCES)]
        fake, name = forger.forge(sentence, generator)
        seen.add(name)
        assert fake != sentence
        assert fake[0].isupper()
        assert fake[-1] in {sentence[-1], "?"}
    assert seen == set(rules.RULES)


@pytest.mark.parametrize(
    ("paragraph", "count"),
    [
        ("He came. She left.", 2),
        ("Mr. Smith came. He left!", 2),
        ('"Come here," he said. "Now."', 2),
        ("J. P. Morgan was rich.", 1),
        ("No end", 1),
    ],
)
def test_sentences_are_found(scripts: Any, paragraph: str, count: int) -> None:
    """Marks end sentences; titles and initials don't."""
    assert len(scripts("text").sentences(paragraph)) == count


def test_a_folder_without_text_is_an_error(tmp_path: Path) -> None:
    """The message names the folder and what is expected in it."""
    done = subprocess.run(
        [sys.executable, SCRIPTS / "prepare.py", tmp_path, tmp_path / "work"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr
    assert "train*.txt" in done.stderr


def test_real_sentences_and_their_twins_are_a_transfer_set(tmp_path: Path) -> None:
    """A sentence, then its twins, which differ from it; one seed gives the same lines, a shorter file begins so too."""
    (tmp_path / "sentences.txt").write_text("\n".join(SENTENCES) + "\n")
    read = {}
    for name, sentences in (("all", 6), ("again", 6), ("fewer", 2)):
        options = ("--sentences", sentences, "--longest", 9)
        _run("corrupt.py", tmp_path / "sentences.txt", tmp_path / name, *options)
        read[name] = (tmp_path / name).read_text().splitlines()
    lines = read["all"]
    groups = [lines[at : at + 3] for at in range(0, len(lines), 3)]

    assert read["again"] == lines
    assert read["fewer"] == lines[:6]
    assert len(groups) == 6
    assert all(real not in twins for real, *twins in groups)
    assert all(len(real.split()) <= 9 for real, *_ in groups)


@pytest.mark.parametrize("count", [64, 9])
def test_centred_keys_change_nothing_but_rounding(scripts: Any, count: int) -> None:
    """By a text of four rows, or less than one: in fp64 the states are the same to 1e-12, without what keys share."""
    from colacli.kernels.packing import Batch
    from colacli.models.config import GPT2Config
    from colacli.models.gpt2 import GPT2

    torch.manual_seed(0)
    body = GPT2(GPT2Config(vocab_size=50, n_positions=16, n_embd=128, n_layer=2, n_head=2)).double()
    body.dtype = torch.float64
    for parameter in body.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    for block in body.h:
        torch.nn.init.constant_(block.attn.c_attn.bias, 5.0)
    tensors = {f"transformer.{name}": tensor.clone() for name, tensor in body.state_dict().items()}
    ids = torch.randint(50, (count,))
    batch = Batch(torch.randint(50, (20,)), torch.tensor([12, 8]))
    with torch.no_grad():
        before = body(batch)
        scripts("export").center_keys(tensors, ids)
        body.load_state_dict({name.removeprefix("transformer."): tensor for name, tensor in tensors.items()})
        assert torch.allclose(body(batch), before, atol=1e-12)
    for layer in range(2):
        keys = tensors[f"transformer.h.{layer}.attn.c_attn.bias"][128:256]
        assert keys.abs().max() < 2.5
