"""Minimal pairs: in how many does a model prefer the acceptable sentence? In parts, and over all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Literal

from colacli.config import Checked, Precision, setting
from colacli.data.pairs import BLIMP, PairSet, find_pairs
from colacli.devices import check_precision, resolve_device, resolve_precision
from colacli.errors import DataError, UsageError
from colacli.events import OnEvent, Work, ignore
from colacli.models.base import Base, find_base
from colacli.models.config import read_generation_config
from colacli.statistics.proportions import mean_interval
from colacli.store.canonical import document
from colacli.store.refs import resolve_one
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.training.requests import DEVICE, FORCE_PRECISION, VARIANT
from colacli.workflows.pair_groups import Group, groups
from colacli.workflows.pair_scores import Judge, PairScores, in_pairs, scores_of

_SCORER = 2
"""Revision of a language model's scores: since 2 the tokenizer's template adds nothing to sentences."""

ScoreKind = Literal["sum", "mean"]


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
    spec = {"base": document(base.digests), "start": start, "bos": bos, "precision": precision, "scorer": _SCORER}

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
