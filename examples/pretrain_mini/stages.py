"""What the model learns: first language, then telling real sentences from fakes.

A stage's step is a pure function of the model, the seed and the number of the step. So a run that is stopped and taken
up again sees what it would have seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from checkpoint import load_model
from fakes import Forger
from loss import next_token_loss
from model import LONG_ENOUGH, Pretraining
from pairs import Pairs, as_pairs, padded
from prepare import END_ID
from tokenizers import Tokenizer
from torch import Tensor

if TYPE_CHECKING:
    from pathlib import Path

    from colacli.models.config import GPT2Config

SHORT, LONG = 32, LONG_ENOUGH
"""Tokens in a row. Every row starts with a sentence, half of all tokens stand in the first 32 of one."""


class Stage(Protocol):
    """Something to learn."""

    def losses(self, model: Pretraining, step: int) -> list[Tensor]:
        """Of one step, to be summed; each is made when it is asked for, so its graph can be freed before the next."""

    def validate(self, model: Pretraining) -> dict[str, float]:
        """How well it is learnt."""


def _generator(*numbers: int) -> np.random.Generator:
    return np.random.default_rng(numbers)


@dataclass
class Text:
    """A token stream and where its sentences start."""

    ids: np.ndarray
    starts: np.ndarray

    @classmethod
    def load(cls, work: Path, part: str) -> Text:
        """What `prepare.py` wrote."""
        return cls(np.load(work / f"{part}-ids.npy"), np.load(work / f"{part}-starts.npy"))

    def rows(self, count: int, width: int, generator: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Ids (count, width) from random sentence starts on, and the ids (count * width,) that follow each."""
        starts = self.starts[: np.searchsorted(self.starts, len(self.ids) - width)]
        firsts = generator.choice(starts, count)
        rows = torch.from_numpy(self.ids[firsts[:, None] + np.arange(width + 1)].astype(np.int64))
        return rows[:, :-1].contiguous(), rows[:, 1:].reshape(-1)


class LanguageModelling:
    """Stage one: predict the next token, in rows short and long."""

    def __init__(self, work: Path, seed: int, tokens: int, *, compiled: bool) -> None:
        self._train, self._valid = Text.load(work, "train"), Text.load(work, "valid")
        self._seed, self._tokens, self._compiled = seed, tokens, compiled

    def losses(self, model: Pretraining, step: int):  # type: ignore[no-untyped-def]
        """Half of the tokens in short rows, half in long ones."""
        for width in (SHORT, LONG):
            yield self.loss(model, step, width, self._tokens // 2) / 2

    def loss(self, model: Pretraining, step: int, width: int, tokens: int) -> Tensor:
        """Mean loss of rows of one width."""
        ids, targets = self._train.rows(tokens // width, width, _generator(self._seed, 1, width, step))
        return next_token_loss(model.states(ids), model.embedding, targets, compiled=self._compiled)

    @torch.no_grad()
    def validate(self, model: Pretraining, rows: int = 320) -> dict[str, float]:
        """Loss in nats a token over windows of the validation text, each token predicted once."""
        ids = torch.from_numpy(self._valid.ids.astype(np.int64))
        windows = ids[: len(ids) - 1].unfold(0, LONG + 1, LONG)[:rows]
        total = 0.0
        for some in windows.split(16):
            if len(some) == 16:
                states = model.states(some[:, :-1].contiguous())
                total += float(
                    next_token_loss(states, model.embedding, some[:, 1:].reshape(-1), compiled=self._compiled)
                )
        return {"loss": total / (len(windows) // 16)}


WIDTHS, FRACTIONS = (12, 16, 24, 32), (0.35, 0.3, 0.25, 0.1)
"""Tokens in a row of sentences, and each width's part of the steps: short ones often, as in CoLA."""
REPLACED = 0.15
"""Part of the fakes that the language model of stage one makes, as ELECTRA's generator does (Clark et al. 2020)."""


class RealOrFake:
    """Stage two: tell real sentences from fakes at their last token, and keep predicting the next one."""

    def __init__(self, work: Path, seed: int, tokens: int, config: GPT2Config, first: Path, *, compiled: bool) -> None:
        self._language = LanguageModelling(work, seed, tokens, compiled=compiled)
        self._tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
        train = _lines(work / "train-sentences.txt")
        self._forger = Forger(train)
        self._train, self._valid = self._by_width(train), self._by_width(_lines(work / "valid-sentences.txt"))
        self._seed, self._tokens, self._compiled = seed, tokens, compiled
        self._generator = Pretraining(config, 0).requires_grad_(requires_grad=False)
        load_model(first, self._generator)

    def _by_width(self, sentences: list[str]) -> dict[int, list[str]]:
        """Sentences by the narrowest row that holds them and a token more."""
        rows: dict[int, list[str]] = {width: [] for width in WIDTHS}
        for sentence, encoding in zip(sentences, self._tokenizer.encode_batch_fast(sentences), strict=True):
            width = next((width for width in WIDTHS if len(encoding.ids) < width), None)
            if width is not None:
                rows[width].append(sentence)
        return rows

    def losses(self, model: Pretraining, step: int):  # type: ignore[no-untyped-def]
        """Two grids of pairs, and a quarter as much of running text."""
        for part in (0, 1):
            generator = _generator(self._seed, 2, part, step)
            width = _some_width(self._train, generator)
            yield self._pair_loss(model, self.pairs(self._train, width, self._tokens // 2, generator)) / 2
        yield self._language.loss(model, step, LONG, self._tokens // 4) / 2

    def _pair_loss(self, model: Pretraining, pairs: Pairs) -> Tensor:
        """Next token on the real half, wrong by the last token, and (half as much) wrong by each token."""
        states = model.states(pairs.ids)  # (N, d)
        follows = pairs.real.view(-1).nonzero()[:, 0]
        language = next_token_loss(
            states[follows], model.embedding, pairs.ids.view(-1)[follows + 1], compiled=self._compiled
        )
        logits = model.judge(states.float())[:, 0]  # (N,)
        wrong = pairs.wrong.view(-1)
        at_end = F.binary_cross_entropy_with_logits(logits[pairs.last], wrong[pairs.last])
        within = (torch.arange(pairs.ids.shape[1])[None] < pairs.lengths[:, None]).view(-1)
        throughout = F.binary_cross_entropy_with_logits(logits[within], wrong[within])
        return language / 2 + at_end + throughout / 2

    def pairs(self, sentences: dict[int, list[str]], width: int, tokens: int, generator: np.random.Generator) -> Pairs:
        """Random sentences of one width with a fake of each."""
        pool = sentences[width]
        real = [pool[i] for i in generator.integers(len(pool), size=tokens // width // 2)]
        # CoLA's sentences speak of people by name, novels rather of him and her.
        real = [self._forger.rename(text, generator) if generator.random() < 0.5 else text for text in real]
        forged = [self._forger.forge(sentence, generator) for sentence in real]
        texts = real + [text for text, _ in forged]
        # Some of CoLA's sentences have no mark at the end.
        bare = generator.random(len(real)) < 0.05
        texts = [text[:-1] if bare[i % len(real)] else text for i, text in enumerate(texts)]
        rows = [encoding.ids[:width] for encoding in self._tokenizer.encode_batch_fast(texts)]
        kinds = [name for _, name in forged]
        count = int(REPLACED * len(real))
        rows[len(real) : len(real) + count] = self._replaced(rows[:count], width, generator)
        kinds[:count] = ["model"] * count
        return as_pairs(rows, kinds, width)

    @torch.no_grad()
    def _replaced(self, rows: list[list[int]], width: int, generator: np.random.Generator) -> list[list[int]]:
        """Rows with one token in each drawn from the language model instead, a word's beginning for a beginning."""
        ids = padded(rows, width)
        with torch.autocast("cpu", torch.bfloat16):
            states = self._generator.states(ids).view(len(rows), width, -1)
        places = torch.tensor([int(generator.integers(1, max(2, len(row) - 1))) for row in rows])
        every = torch.arange(len(rows))
        logits = (states[every, places - 1] @ self._generator.embedding.bfloat16().T).float()  # (R, V)
        old = ids[every, places]
        logits[every, old] = -torch.inf
        logits[:, END_ID] = -torch.inf
        logits = logits.masked_fill(self._begins[None] != self._begins[old][:, None], -torch.inf)
        uniform = torch.from_numpy(generator.random(logits.shape)).clamp_(1e-12, 1 - 1e-12)
        new = (logits.double() - (-uniform.log()).log()).argmax(dim=1)  # Gumbel's way of drawing from a softmax
        changed = [list(row) for row in rows]
        for row, place, token in zip(changed, places.tolist(), new.tolist(), strict=True):
            row[place] = token
        return changed

    @cached_property
    def _begins(self) -> Tensor:
        """(V,) whether an entry begins a word."""
        size = self._tokenizer.get_vocab_size()
        return torch.tensor([self._tokenizer.id_to_token(i).startswith("\u0120") for i in range(size)])

    @torch.no_grad()
    def validate(self, model: Pretraining, grids: int = 6) -> dict[str, float]:
        """Language loss, and how often the judge is right at the last token: all, and fakes by kind."""
        right: dict[str, list[float]] = {}
        for number in range(grids):
            filled = [width for width in WIDTHS if self._valid[width]]
            width = filled[number % len(filled)]
            pairs = self.pairs(self._valid, width, self._tokens // 2, _generator(self._seed, 3, number))
            logits = model.judge(model.states(pairs.ids).float())[:, 0][pairs.last]
            for i, kind in enumerate([*(["real"] * len(pairs.kinds)), *pairs.kinds]):
                right.setdefault(kind, []).append(float((logits[i] > 0) == (kind != "real")))
        fakes = [hit for kind, hits in right.items() if kind != "real" for hit in hits]
        accuracy = (np.mean(right["real"]) + np.mean(fakes)) / 2
        by_kind = {kind: float(np.mean(hits)) for kind, hits in sorted(right.items())}
        return {**self._language.validate(model), "accuracy": float(accuracy), **by_kind}


def _some_width(sentences: dict[int, list[str]], generator: np.random.Generator) -> int:
    """A width that there are sentences of, as often as its fraction says."""
    filled = [(width, fraction) for width, fraction in zip(WIDTHS, FRACTIONS, strict=True) if sentences[width]]
    fractions = np.array([fraction for _, fraction in filled])
    return int(generator.choice([width for width, _ in filled], p=fractions / fractions.sum()))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
