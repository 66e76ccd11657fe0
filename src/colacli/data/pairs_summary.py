"""What is in a set of minimal pairs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from colacli.data.about import About
from colacli.data.pairs import Pair, PairSet


@dataclass(frozen=True)
class PairsOfPhenomenon:
    """How many pairs show a phenomenon."""

    field: str
    phenomenon: str
    paradigms: int
    pairs: int


@dataclass(frozen=True)
class PairsSummary:
    """A set of minimal pairs, by phenomenon."""

    origin: str
    pairs: int
    paradigms: int
    equal: int
    """Pairs whose two sentences are the same: always a tie."""
    phenomena: list[PairsOfPhenomenon]
    """By field, then by name."""
    digest: str
    about: About | None


def summarise_pairs(pair_set: PairSet, about: About | None) -> PairsSummary:
    """Count pairs and paradigms of each phenomenon."""
    groups: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in pair_set.pairs:
        groups[pair.field, pair.phenomenon].append(pair)
    return PairsSummary(
        origin=pair_set.name,
        pairs=len(pair_set.pairs),
        paradigms=len({pair.paradigm for pair in pair_set.pairs}),
        equal=sum(pair.good == pair.bad for pair in pair_set.pairs),
        phenomena=[
            PairsOfPhenomenon(field, phenomenon, len({pair.paradigm for pair in pairs}), len(pairs))
            for (field, phenomenon), pairs in sorted(groups.items())
        ],
        digest=pair_set.digest,
        about=about,
    )
