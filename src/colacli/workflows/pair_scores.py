"""Scores of minimal pairs by a model, kept in the store by what made them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from colacli.config import Precision
from colacli.data.pairs import PairSet
from colacli.events import OnEvent
from colacli.store.run import Run
from colacli.store.store import Store

_KIND = "pairs"
_FILE = "scores.tsv"
_REVISION = 3

PairScores = list[tuple[float, float]]
"""(pairs, 2): the score of the good sentence, and of the bad one."""


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


def in_pairs(values: Sequence[float]) -> PairScores:
    """Scores (pairs, 2) of both sentences of each pair in turn."""
    return list(zip(values[::2], values[1::2], strict=True))


def scores_of(
    judge: Judge, whole: PairSet, chosen: PairSet, store: Store, on_event: OnEvent
) -> tuple[PairScores, bool]:
    """A model's scores of chosen pairs, and whether they were stored: with all pairs, or by themselves."""
    if (stored := stored_scores(judge, whole, store)) is not None:
        if len(chosen) == len(whole):
            return stored, True
        names = {pair.paradigm for pair in chosen.pairs}
        return [score for score, pair in zip(stored, whole.pairs, strict=True) if pair.paradigm in names], True
    if chosen.digest != whole.digest and (stored := stored_scores(judge, chosen, store)) is not None:
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


def stored_scores(judge: Judge, pair_set: PairSet, store: Store) -> PairScores | None:
    """A model's scores of these pairs, where they are stored."""
    content = store.find_cached(_KIND, _spec(judge, pair_set, judge.score), _FILE)
    if content is None:
        return None
    rows = (line.split("\t") for line in content.decode().splitlines())
    return [(float(good), float(bad)) for good, bad in rows]
