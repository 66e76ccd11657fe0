"""Judge sentences: is each acceptable, and how likely? They are read and judged in batches, so memory is bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.config import Checked, setting
from colacli.data.layout import AS_USUAL, Layout, check_layout
from colacli.data.locate import read_test
from colacli.devices import resolve_device
from colacli.errors import DataError, UsageError
from colacli.events import OnEvent, Work, ignore
from colacli.store.refs import resolve_one
from colacli.store.store import Store
from colacli.training.requests import DEVICE, MOVED_BASE

if TYPE_CHECKING:
    from colacli.training.predictor import Predictor

_SENTENCES, _CHARACTERS = 8_192, 2**22
"""Most of a batch: of more sentences more begin alike, and the first answers come later."""


@dataclass(frozen=True, kw_only=True)
class JudgeOptions(Checked):
    """What is judged where none is given, and where the judge is and computes."""

    data: str | None = setting(
        None, "Judge a file's sentences, or a corpus' test split; labels are not needed.", shown_default="none"
    )
    layout: Layout = AS_USUAL
    base: Path | None = MOVED_BASE
    device: str = DEVICE


@dataclass(frozen=True)
class Judgement:
    """One sentence, judged."""

    sentence: str
    label: int
    """1 acceptable, 0 not."""
    probability: float
    """That it is acceptable, in the model's eyes."""


def sentences_of(
    given: list[str] | None, options: JudgeOptions, store: Store, on_event: OnEvent
) -> tuple[list[str], str] | None:
    """The sentences on the command line, or those of `--data`, and what to call them; None where there are neither.

    Raises:
        UsageError: there are both.
        DataError: the data can't be read.
    """
    check_layout(options.data, options.layout)
    if options.data is None:
        return (given, "the command line") if given else None
    if given:
        raise UsageError("judge has sentences and --data", "give one of them")
    return read_test(store, options.data, options.layout, on_event, with_ids=False).texts, options.data


def judge(
    reference: str,
    sentences: Iterable[str],
    where: str,
    options: JudgeOptions,
    store: Store,
    on_event: OnEvent = ignore,
) -> Iterator[list[Judgement]]:
    """A run's judgements of sentences, in their order, a batch at a time; `where` names them in messages.

    Raises:
        UnknownReferenceError: the reference is not one run.
        DataError: there is no sentence, or one is empty or too long.
    """
    batches = _batches(sentences, where)
    first = next(batches)
    run = resolve_one(store, reference)
    from colacli.training.predictor import load_predictor

    predictor = load_predictor(run, store, options.base, resolve_device(options.device), on_event)
    yield from _judged(predictor, chain([first], batches), where, on_event)


def judge_with(predictor: Predictor, sentences: Iterable[str], where: str, on_event: OnEvent) -> list[Judgement]:
    """The judgements of a model that is loaded.

    Raises:
        DataError: there is no sentence, or one is empty or too long.
    """
    return list(chain.from_iterable(_judged(predictor, _batches(sentences, where), where, on_event)))


def _judged(
    predictor: Predictor, batches: Iterable[list[str]], where: str, on_event: OnEvent
) -> Iterator[list[Judgement]]:
    done = 0
    for batch in batches:
        logits = predictor.on_texts(batch, where, on_event, Work("judging", 0, len(batch)), first=done + 1)
        acceptable = logits.softmax(dim=1)[:, 1].tolist()
        labels = (logits[:, 1] > logits[:, 0]).long().tolist()
        yield [Judgement(*row) for row in zip(batch, labels, acceptable, strict=True)]
        done += len(batch)


def _batches(sentences: Iterable[str], where: str) -> Iterator[list[str]]:
    """Lists of sentences that are not empty, each list of bounded size; an error where there is no sentence."""
    batch: list[str] = []
    size = number = 0
    for number, sentence in enumerate(sentences, start=1):
        if not sentence.strip():
            raise DataError(f"{where}, sentence {number} is empty", "give one sentence a line, no blank lines")
        batch.append(sentence)
        size += len(sentence)
        if len(batch) == _SENTENCES or size >= _CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
    if not number:
        raise DataError(f"{where} holds no sentence", "give sentences, or a line each on standard input")
