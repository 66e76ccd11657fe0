"""What `data show` tells of a corpus: its sizes, its sources, and where it repeats or contradicts itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from colacli.data.corpus import TRAIN, Corpus, Sentence, Split

EXAMPLES = 10
"""How many repeated sentences a summary shows at most."""

SOURCES = 10
"""How many sources of a split a summary shows at most."""


@dataclass(frozen=True)
class Lengths:
    """Words a sentence, where words are what stands between white space."""

    min: int
    median: float
    mean: float
    max: int


@dataclass(frozen=True)
class SourceSummary:
    """One source of a split."""

    source: str
    n: int
    acceptable_share: float
    """Between 0 and 1."""


@dataclass(frozen=True)
class Place:
    """Where a repeated sentence stands, and how it was judged there."""

    split: str
    line: int
    label: int


@dataclass(frozen=True)
class Repeat:
    """A sentence that stands in more than one place."""

    text: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Repeats:
    """Sentences repeated within a split. They are reported, never dropped."""

    texts: int
    """Different sentences that are repeated."""
    extra_rows: int
    """Rows beyond the first of each."""
    examples: tuple[Repeat, ...]


@dataclass(frozen=True)
class Overlap:
    """Rows of a split whose sentence stands in training too, so that it measures memory there."""

    split: str
    n: int
    """Rows of the split."""
    other_label: int
    """Those of them that training judges the other way, at least once."""
    examples: tuple[Repeat, ...]
    """Each row with its places in training after it."""


@dataclass(frozen=True)
class SplitSummary:
    """One split in numbers."""

    name: str
    n: int
    acceptable: int
    acceptable_share: float
    """Between 0 and 1."""
    words: Lengths
    digest: str
    distinct_sources: int
    sources: tuple[SourceSummary, ...]
    """The most frequent first."""
    duplicates: Repeats
    """All sentences that are repeated, however they were judged."""
    contradictions: Repeats
    """Those of the duplicates that carry both labels."""


@dataclass(frozen=True)
class CorpusSummary:
    """A corpus in numbers."""

    origin: str
    splits: tuple[SplitSummary, ...]
    overlaps: tuple[Overlap, ...]
    """One for each split beside training; none where there is no training split."""


def summarise(corpus: Corpus) -> CorpusSummary:
    """Count what a reader of results should know about their corpus.

    Args:
        corpus: splits of at least one sentence each, which is what the readers give.
    """
    train = corpus.splits.get(TRAIN)
    others = [split for split in corpus.splits.values() if split.name != TRAIN]
    return CorpusSummary(
        origin=corpus.origin,
        splits=tuple(_split_summary(split) for split in corpus.splits.values()),
        overlaps=tuple(_overlap(train, split) for split in others) if train else (),
    )


def _split_summary(split: Split) -> SplitSummary:
    duplicates = [Repeat(text, places) for text, places in _places(split).items() if len(places) > 1]
    sources = Counter(sentence.source for sentence in split.sentences)
    return SplitSummary(
        name=split.name,
        n=len(split),
        acceptable=sum(split.labels),
        acceptable_share=fmean(split.labels),
        words=_lengths(split),
        digest=split.digest,
        distinct_sources=len(sources),
        sources=_source_summaries(split.sentences, sources),
        duplicates=_repeats(duplicates),
        contradictions=_repeats([repeat for repeat in duplicates if _is_contradictory(repeat)]),
    )


def _lengths(split: Split) -> Lengths:
    words = [len(text.split()) for text in split.texts]
    return Lengths(min(words), float(median(words)), fmean(words), max(words))


def _source_summaries(sentences: Sequence[Sentence], sources: Counter[str]) -> tuple[SourceSummary, ...]:
    acceptable = Counter(sentence.source for sentence in sentences if sentence.label)
    return tuple(SourceSummary(source, n, acceptable[source] / n) for source, n in sources.most_common(SOURCES))


def _places(split: Split) -> dict[str, tuple[Place, ...]]:
    places: dict[str, list[Place]] = {}
    for sentence in split.sentences:
        places.setdefault(sentence.text, []).append(_place(split, sentence))
    return {text: tuple(found) for text, found in places.items()}


def _place(split: Split, sentence: Sentence) -> Place:
    return Place(split.name, sentence.line, sentence.label)


def _repeats(repeats: list[Repeat]) -> Repeats:
    extra_rows = sum(len(repeat.places) - 1 for repeat in repeats)
    return Repeats(len(repeats), extra_rows, tuple(repeats[:EXAMPLES]))


def _is_contradictory(repeat: Repeat) -> bool:
    return len({place.label for place in repeat.places}) > 1


def _overlap(train: Split, split: Split) -> Overlap:
    in_train = _places(train)
    rows = [
        Repeat(sentence.text, (_place(split, sentence), *in_train[sentence.text]))
        for sentence in split.sentences
        if sentence.text in in_train
    ]
    contradicted = sum(_is_contradictory(row) for row in rows)
    return Overlap(split.name, len(rows), contradicted, tuple(rows[:EXAMPLES]))
