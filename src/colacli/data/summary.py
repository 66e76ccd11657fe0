"""The summary of `data show`: sizes and sources of a corpus, its duplicates and contradictions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from colacli.data.about import About
from colacli.data.corpus import TRAIN, Corpus, Reading, Sentence, Split

EXAMPLES = 10
"""Repeated sentences in a summary, at most."""
SOURCES = 10
"""Sources of a split in a summary, at most."""


@dataclass(frozen=True)
class Lengths:
    """Words a sentence, separated by white space."""

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
class OneLabelSources:
    """Sources of two or more sentences whose label is always the same: a model may learn the source instead."""

    sources: int
    """How many of the split's."""
    rows: int
    """Sentences of these."""
    largest: tuple[SourceSummary, ...]


@dataclass(frozen=True)
class Occurrence:
    """A row of a repeated sentence."""

    split: str
    line: int
    label: int


@dataclass(frozen=True)
class Repeat:
    """A sentence that occurs more than once."""

    text: str
    places: tuple[Occurrence, ...]


@dataclass(frozen=True)
class Repeats:
    """Sentences repeated within a split; they are reported, never dropped."""

    texts: int
    """Distinct repeated sentences."""
    extra_rows: int
    """Rows after the first of each."""
    examples: tuple[Repeat, ...]


@dataclass(frozen=True)
class Overlap:
    """Rows of a split whose sentence is in train too, so that they measure memory."""

    split: str
    n: int
    """Rows of the split."""
    other_label: int
    """Those that have the other label in train at least once."""
    examples: tuple[Repeat, ...]
    """Each row, followed by those in train."""


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
    """All repeated sentences, whatever their labels."""
    contradictions: Repeats
    """The duplicates with both labels."""
    constant_label: int | None
    """The label of all its sentences; None where they have both."""
    one_label: OneLabelSources


@dataclass(frozen=True)
class CorpusSummary:
    """A corpus in numbers."""

    origin: str
    splits: tuple[SplitSummary, ...]
    overlaps: tuple[Overlap, ...]
    """One for each split but train; none where there is no train."""
    unlabelled: int
    """Sentences of its test split, where that has no labels."""
    readings: tuple[Reading, ...]
    """How each file was read."""
    about: About | None
    """Its licence and citation, where they are known."""


def summarise(corpus: Corpus) -> CorpusSummary:
    """Summarise a corpus, whose splits are not empty."""
    train = corpus.splits.get(TRAIN)
    others = [split for split in corpus.splits.values() if split.name != TRAIN]
    return CorpusSummary(
        origin=corpus.origin,
        splits=tuple(_split_summary(split) for split in corpus.splits.values()),
        overlaps=tuple(_overlap(train, split) for split in others) if train else (),
        unlabelled=len(corpus.unlabelled or ()),
        readings=corpus.readings,
        about=corpus.about,
    )


def _split_summary(split: Split) -> SplitSummary:
    duplicates = [Repeat(text, places) for text, places in _occurrences(split).items() if len(places) > 1]
    sources = _source_summaries(split.sentences)
    acceptable = sum(split.labels)
    return SplitSummary(
        name=split.name,
        n=len(split),
        acceptable=acceptable,
        acceptable_share=fmean(split.labels),
        words=_lengths(split),
        digest=split.digest,
        distinct_sources=len(sources),
        sources=sources[:SOURCES],
        duplicates=_repeats(duplicates),
        contradictions=_repeats([repeat for repeat in duplicates if _is_contradictory(repeat)]),
        constant_label=split.labels[0] if acceptable in (0, len(split)) else None,
        one_label=_one_label_sources(sources),
    )


def _lengths(split: Split) -> Lengths:
    words = [len(text.split()) for text in split.texts]
    return Lengths(min(words), float(median(words)), fmean(words), max(words))


def _source_summaries(sentences: Sequence[Sentence]) -> tuple[SourceSummary, ...]:
    """Every source, the most frequent first."""
    sources = Counter(sentence.source for sentence in sentences)
    acceptable = Counter(sentence.source for sentence in sentences if sentence.label)
    return tuple(SourceSummary(source, n, acceptable[source] / n) for source, n in sources.most_common())


def _one_label_sources(sources: Sequence[SourceSummary]) -> OneLabelSources:
    found = [source for source in sources if source.n > 1 and source.acceptable_share in (0, 1)]
    return OneLabelSources(len(found), sum(source.n for source in found), tuple(found[:SOURCES]))


def _occurrences(split: Split) -> dict[str, tuple[Occurrence, ...]]:
    rows: dict[str, list[Occurrence]] = defaultdict(list)
    for sentence in split.sentences:
        rows[sentence.text].append(_occurrence(split, sentence))
    return {text: tuple(occurrences) for text, occurrences in rows.items()}


def _occurrence(split: Split, sentence: Sentence) -> Occurrence:
    return Occurrence(split.name, sentence.line, sentence.label)


def _repeats(repeats: list[Repeat]) -> Repeats:
    extra_rows = sum(len(repeat.places) - 1 for repeat in repeats)
    return Repeats(len(repeats), extra_rows, tuple(repeats[:EXAMPLES]))


def _is_contradictory(repeat: Repeat) -> bool:
    return len({place.label for place in repeat.places}) > 1


def _overlap(train: Split, split: Split) -> Overlap:
    in_train = _occurrences(train)
    rows = [
        Repeat(sentence.text, (_occurrence(split, sentence), *in_train[sentence.text]))
        for sentence in split.sentences
        if sentence.text in in_train
    ]
    contradicted = sum(_is_contradictory(row) for row in rows)
    return Overlap(split.name, len(rows), contradicted, tuple(rows[:EXAMPLES]))
