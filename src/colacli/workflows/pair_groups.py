"""Right answers on minimal pairs, by paradigm, phenomenon or field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from colacli.data.pairs import Pair
from colacli.statistics.proportions import wilson_interval
from colacli.workflows.pair_scores import PairScores


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
