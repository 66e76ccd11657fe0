"""Histories of several runs as one: epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from itertools import zip_longest
from statistics import fmean

from colacli.events import Epoch


def by_epoch(runs: Sequence[Sequence[Epoch]]) -> list[list[Epoch]]:
    """What all runs had at the first epoch, the second, and so on; of those that still ran."""
    return [[one for one in together if one is not None] for together in zip_longest(*runs)]


def mean_history(runs: Sequence[Sequence[Epoch]]) -> list[Epoch]:
    """Epoch by epoch the mean of all runs that still ran."""
    return [_mean_epoch(together) for together in by_epoch(runs)]


def _mean_epoch(together: Sequence[Epoch]) -> Epoch:
    number, rate, tokens, *values = (fmean(column) for column in zip(*map(astuple, together), strict=True))
    return Epoch(round(number), rate, round(tokens), *values)
