"""Minimal pairs: in how many does a model prefer the acceptable sentence? In parts, and over all."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from colacli.config import Checked, Precision, setting
from colacli.data.pairs import BLIMP, Pair, PairSet, find_pairs
from colacli.devices import check_precision, resolve_device, resolve_precision
from colacli.errors import DataError, UsageError
from colacli.events import OnEvent, Work, ignore
from colacli.models.base import Base, find_base
from colacli.models.config import read_generation_config
from colacli.statistics.proportions import mean_interval, wilson_interval
from colacli.store.canonical import document
from colacli.store.refs import resolve_one
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.training.requests import DEVICE, FORCE_PRECISION, VARIANT

_KIND = "pairs"
_FILE = "scores.tsv"
_REVISION = 1

ScoreKind = Literal["sum", "mean"]
PairScores = list[tuple[float, float]]
"""(pairs, 2): the score of the good sentence, and of the bad one."""


@dataclass(frozen=True, kw_only=True)
class PairsOptions(Checked):
    """Which model, which pairs, and how sentences are scored."""

    variant: str | None = VARIANT
    base: Path | None = setting(
        None, "Base model's folder; instead of --variant, or where the run's has moved.", shown_default="none"
    )
    data: str = setting(BLIMP, "Pairs: blimp, sample, an imported name, a folder or a file of JSON lines.")
    columns: str | None = setting(
        None, "Other columns: good=NAME,bad=NAME,paradigm=NAME,phenomenon=NAME,field=NAME.", shown_default="BLiMP's"
    )
    paradigm: tuple[str, ...] = setting((), "Paradigms to take, comma-separated; '' for all.")
    score: ScoreKind | None = setting(
        None, "A language model's score: sum or mean of its tokens' log-probabilities.", shown_default="sum"
    )
    bos: bool | None = setting(
        None, "A language model scores the first token, after the document-start token.", shown_default="bos"
    )
    batch_size: int = setting(256, "Sentences at a time; changes no more than a last digit.", minimum=1)
    device: str = DEVICE
    precision: Precision | None = setting(
        None, "A language model's arithmetic; auto is bf16 where the device computes it fast.", shown_default="fp32"
    )
    force_precision: bool = FORCE_PRECISION


@dataclass(frozen=True)
class Group:
    """The pairs of a paradigm, a phenomenon or a field."""

    name: str
    n: int
    right: int
    """Pairs whose good sentence has the higher score."""
    ties: int
    """Pairs whose scores are equal; each counts half."""
    interval: tuple[float, float]
    """95 %, of the accuracy."""

    @property
    def credit(self) -> float:
        """Right pairs, a tie being half of one."""
        return self.right + self.ties / 2

    @property
    def accuracy(self) -> float:
        """In [0, 1]."""
        return self.credit / self.n


@dataclass(frozen=True)
class PairsResult:
    """A model measured on minimal pairs."""

    model: str
    key: str | None
    """Of a run."""
    data: str
    digest: str
    """Of the pairs."""
    score: str
    """sum, mean, or logit difference."""
    bos: bool | None
    """None for a run."""
    precision: str
    cached: bool
    by_paradigm: list[Group]
    """The worst first, as in the others."""
    by_phenomenon: list[Group]
    by_field: list[Group]
    mean: float
    """Mean accuracy over paradigms."""
    interval: tuple[float, float]
    """95 %, of it."""


@dataclass(frozen=True)
class Judge:
    """A model that scores sentences, not loaded yet."""

    name: str
    run: Run | None
    spec: dict[str, Any]
    """What identifies its scores, without the pairs and without the kind of score."""
    score: str
    bos: bool | None
    precision: Precision
    device: str
    compute: Callable[[PairSet, OnEvent], dict[str, PairScores]]
    """Scores of pairs by kind of score."""


def pairs(reference: str | None, options: PairsOptions, store: Store, on_event: OnEvent = ignore) -> PairsResult:
    """Measure a run, or the language model of a base, on minimal pairs.

    Args:
        reference: a run; None for a base model.
        options: of the model, the pairs and the scores.
        store: of runs and scores.
        on_event: told of the progress.

    Raises:
        UsageError: a run and a variant are both given, or an option doesn't apply to a run.
        DataError: the pairs can't be used.
        ColacliError: the model can't be had.
    """
    judge = find_judge(reference, options, store, on_event)
    whole = find_pairs(store, options.data, options.columns)
    chosen = whole.of_paradigms(options.paradigm)
    scores, cached = scores_of(judge, whole, chosen, store, on_event)
    return _result(judge, chosen, scores, cached=cached)


def find_judge(reference: str | None, options: PairsOptions, store: Store, on_event: OnEvent) -> Judge:
    """The run of a reference, or the language model of a base where there is none."""
    if reference is None:
        return _language_model(options, store, on_event)
    if options.variant is not None:
        raise UsageError("a run and --variant are both given", "give one; a run knows its base model")
    for name in ("score", "bos", "precision"):
        if getattr(options, name) is not None:
            message = f"--{name} is of language models; a run has two logits a sentence, in its own precision"
            raise UsageError(message, f"leave out --{name}, or give --variant or --base instead of a run")
    return judge_of(resolve_one(store, reference), options, store)


def judge_of(run: Run, options: PairsOptions, store: Store) -> Judge:
    """A run as a judge: the difference of a sentence's logits is its score."""
    device = resolve_device(options.device)

    def compute(pair_set: PairSet, on_event: OnEvent) -> dict[str, PairScores]:
        from colacli.training.predictor import load_predictor

        predictor = load_predictor(run, store, options.base, device, on_event)
        work = Work(f"judging {pair_set.name}", 0, len(pair_set))
        logits = predictor.on_split(pair_set, store, on_event, work, batch_size=options.batch_size)
        return {"logit difference": in_pairs((logits[:, 1].double() - logits[:, 0].double()).tolist())}

    spec = {"run": run.key, "content": run.content}
    precision = run.spec.training.precision
    return Judge(f"{run.spec.command} {run.key[:12]}", run, spec, "logit difference", None, precision, device, compute)


def _language_model(options: PairsOptions, store: Store, on_event: OnEvent) -> Judge:
    device = resolve_device(options.device)
    precision = resolve_precision(options.precision or "fp32", device)
    check_precision(precision, device, force=options.force_precision)
    base = find_base(store, options.variant, options.base, on_event)
    bos = options.bos is not False
    start = read_generation_config(base.folder).bos_token_id
    spec = {"base": document(base.digests), "start": start, "bos": bos, "precision": precision}

    def compute(pair_set: PairSet, on_event: OnEvent) -> dict[str, PairScores]:
        from colacli.training.scorer import load_scorer

        scorer = load_scorer(base, precision, device)
        work = Work(f"scoring {pair_set.name}", 0, len(pair_set))
        scores = scorer.on_split(pair_set, store, on_event, work, bos=bos, batch_size=options.batch_size)
        for index, count in enumerate(scores.counts.tolist()):
            if not count:
                message = f"{pair_set.location(index)}: the sentence has one token, and without --bos no score"
                raise DataError(message, "leave it out, or leave out --no-bos")
        return {"sum": in_pairs(scores.sums.tolist()), "mean": in_pairs(scores.means.tolist())}

    return Judge(_name(base), None, spec, options.score or "sum", bos, precision, device, compute)


def _name(base: Base) -> str:
    return f"language model {base.name}"


def in_pairs(values: Sequence[float]) -> PairScores:
    """Scores (pairs, 2) of both sentences of each pair in turn."""
    return list(zip(values[::2], values[1::2], strict=True))


def scores_of(
    judge: Judge, whole: PairSet, chosen: PairSet, store: Store, on_event: OnEvent
) -> tuple[PairScores, bool]:
    """A model's scores of chosen pairs, and whether they were stored: with all pairs, or by themselves."""
    if (stored := _stored(judge, whole, store)) is not None:
        if len(chosen) == len(whole):
            return stored, True
        names = {pair.paradigm for pair in chosen.pairs}
        return [score for score, pair in zip(stored, whole.pairs, strict=True) if pair.paradigm in names], True
    if chosen.digest != whole.digest and (stored := _stored(judge, chosen, store)) is not None:
        return stored, True
    started = time.perf_counter()
    by_kind = judge.compute(chosen, on_event)
    seconds = time.perf_counter() - started
    for kind, scores in by_kind.items():
        content = "".join(f"{good!r}\t{bad!r}\n" for good, bad in scores).encode()
        spec = _spec(judge, chosen, kind)
        store.put_cached(_KIND, spec, _FILE, content, seconds=seconds, device=judge.device)
    return by_kind[judge.score], False


def _spec(judge: Judge, pair_set: PairSet, score: str) -> dict[str, Any]:
    return {"kind": _KIND, "revision": _REVISION, **judge.spec, "pairs": pair_set.digest, "score": score}


def _stored(judge: Judge, pair_set: PairSet, store: Store) -> PairScores | None:
    content = store.find_cached(_KIND, _spec(judge, pair_set, judge.score), _FILE)
    if content is None:
        return None
    rows = (line.split("\t") for line in content.decode().splitlines())
    return [(float(good), float(bad)) for good, bad in rows]


def _result(judge: Judge, pair_set: PairSet, scores: PairScores, *, cached: bool) -> PairsResult:
    paradigms = groups(pair_set.pairs, scores, lambda pair: pair.paradigm)
    return PairsResult(
        model=judge.name,
        key=judge.run.key if judge.run else None,
        data=pair_set.name,
        digest=pair_set.digest,
        score=judge.score,
        bos=judge.bos,
        precision=judge.precision,
        cached=cached,
        by_paradigm=paradigms,
        by_phenomenon=groups(pair_set.pairs, scores, lambda pair: pair.phenomenon),
        by_field=groups(pair_set.pairs, scores, lambda pair: pair.field),
        mean=fmean(group.accuracy for group in paradigms),
        interval=mean_interval([(group.credit, group.n) for group in paradigms]),
    )


def groups(pair_list: Sequence[Pair], scores: PairScores, name_of: Callable[[Pair], str]) -> list[Group]:
    """The pairs by a name that they have, the worst group first; pairs without it are in none."""
    counts: dict[str, list[int]] = {}
    for pair, (good, bad) in zip(pair_list, scores, strict=True):
        if name := name_of(pair):
            count = counts.setdefault(name, [0, 0, 0])
            count[0] += 1
            count[1] += good > bad
            count[2] += good == bad
    made = [
        Group(name, n, right, ties, wilson_interval(right + ties / 2, n)) for name, (n, right, ties) in counts.items()
    ]
    return sorted(made, key=lambda group: (group.accuracy, group.name))
