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
from factories.tiny import base_at

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPTS = Path(__file__).parents[1] / "examples" / "pretrain_mini"
NAMES = (
    "text",
    "prepare",
    "words",
    "phrases",
    "rules",
    "fakes",
    "corrupt",
    "draws",
    "lexicon",
    "clauses",
    "pairing",
    "questions",
    "islands",
    "raising",
    "ellipsis_rules",
    "licensing",
    "quantifiers",
    "binding",
    "agreement",
    "verbs",
    "forge",
    "text_rows",
    "model",
    "muon",
    "checkpoint",
    "pairs",
    "objective",
    "validate",
    "train",
    "export",
)
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
def scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports one of the scripts, which import each other by bare names."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield lambda name: __import__(name)
    for name in NAMES:
        sys.modules.pop(name, None)


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


def test_muon_is_torchs(scripts: Any) -> None:
    """Three steps of matrices of three shapes, two of one of them, are those of `torch.optim.Muon`, to 1e-6."""
    generator = torch.Generator().manual_seed(0)
    shapes = ((16, 48), (16, 48), (16, 16), (64, 16))
    ours = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]
    theirs = [torch.nn.Parameter(one.detach().clone()) for one in ours]
    options = {"weight_decay": 0.05, "momentum": 0.95, "adjust_lr_fn": "match_rms_adamw"}
    optimisers = scripts("muon").Muon(ours, 2e-3), torch.optim.Muon(theirs, lr=2e-3, **options)
    for _ in range(3):
        for one, other in zip(ours, theirs, strict=True):
            one.grad = torch.randn(one.shape, generator=generator)
            other.grad = one.grad.clone()
        for optimiser in optimisers:
            optimiser.step()
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(ours, theirs, strict=True))


@pytest.fixture
def pairs(scripts: Any, tmp_path: Path) -> Any:
    """Two pairs: 5 6 7 8 and 5 9 7 8; 5 6 7 and 5 6 6 7."""
    ids = np.zeros((2, 2, 32), np.uint16)
    for number, rows in enumerate((([5, 6, 7, 8], [5, 9, 7, 8]), ([5, 6, 7], [5, 6, 6, 7]))):
        for kind, row in enumerate(rows):
            ids[kind, number, : len(row)] = row
    lengths, first = np.array([[4, 3], [4, 4]], np.uint8), np.array([1, 2], np.uint8)
    kinds = np.zeros(2, np.uint8)
    file = tmp_path / "pairs.npz"
    np.savez(file, ids=ids, lengths=lengths, first_wrong=first, kinds=kinds, names=np.array(["rule"]))
    return scripts("pairs").Pairs(file, 16, "cpu")


def test_rows_of_pairs(pairs: Any) -> None:
    """A pair as it is, and one after the end-of-text token: what is read, predicted, judged, and where."""
    rows = pairs.at(torch.tensor([0, 1]), torch.tensor([0, 1]))
    ids, wrong, within, last, scored = (
        getattr(rows, name).view(2, 2, 16)[..., :6].int().tolist()
        for name in ("ids", "wrong", "within", "last", "scored")
    )
    assert ids == [[[5, 6, 7, 8, 0, 0], [0, 5, 6, 7, 0, 0]], [[5, 9, 7, 8, 0, 0], [0, 5, 6, 6, 7, 0]]]
    assert wrong == [[[0] * 6, [0] * 6], [[0, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]]]
    assert within == [[[1, 1, 1, 1, 0, 0], [0, 1, 1, 1, 0, 0]], [[1, 1, 1, 1, 0, 0], [0, 1, 1, 1, 1, 0]]]
    assert last == [[[0, 0, 0, 1, 0, 0], [0, 0, 0, 1, 0, 0]], [[0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0]]]
    assert scored == [[[1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0]], [[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0]]]
    assert torch.equal(rows.targets.view(4, 16)[:, :-1], rows.ids.view(4, 16)[:, 1:])


def test_margins_are_of_whole_sentences(scripts: Any, pairs: Any) -> None:
    """Log P(good) - log P(bad) sums the tokens that are predicted, those after the end alone left out."""
    rows = pairs.at(torch.tensor([0, 1]), torch.tensor([0, 1]))
    scores = torch.arange(64.0)
    expected = [(0 + 1 + 2) - (32 + 33 + 34), (16 + 17 + 18) - (48 + 49 + 50 + 51)]
    assert scripts("objective").margins(rows, scores).tolist() == expected


def test_a_token_is_replaced_by_what_the_model_draws(scripts: Any, pairs: Any) -> None:
    """One token that is neither the first nor the last is another one, and the pair says where and by whom."""

    class Certain:
        def next_logits(self, ids: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
            logits = torch.full((len(ids), 10), -1e9)
            logits[:, 3] = 1.0
            return logits

    scripts("pairs").REPLACED = 1.0
    pairs.replace_some(Certain(), torch.zeros(10, dtype=torch.bool), torch.Generator().manual_seed(0))
    for number, length in enumerate((4, 3)):
        place = int(pairs.first[number])
        assert 1 <= place <= length - 2
        changed = pairs.ids[0, number].clone()
        changed[place] = 3
        assert torch.equal(pairs.ids[1, number], changed)
    assert pairs.names[int(pairs.kinds[0])] == "model"


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
