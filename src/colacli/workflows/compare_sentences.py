"""What a comparison says of sentences: by construction, and which of them only one arm gets right."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from colacli.data.corpus import Sentence
from colacli.errors import DataError
from colacli.store.store import Store
from colacli.workflows.breakdown import changed_corpus, own_corpus, stored_sentences
from colacli.workflows.compare import FEW, CompareResult
from colacli.workflows.constructions import ConstructionComparison, by_construction
from colacli.workflows.disagreements import Disagreements, disagreements
from colacli.workflows.splits import parts_of


@dataclass(frozen=True)
class SentenceComparison:
    """Of each pair of arms, in their order."""

    constructions: list[list[ConstructionComparison]] | None = None
    """None where the sentences are not here, or the arms are many."""
    disagreements: list[Disagreements] | None = None
    """None where nobody asked for them."""


def compare_sentences(result: CompareResult, store: Store, *, listed: bool) -> SentenceComparison:
    """Compare by construction where the sentences are here, and list those that separate two arms where `listed`.

    More than `FEW` arms are compared so only where `listed`: there would be a table for each pair.

    Raises:
        DataError: they are to be listed, and are not here.
    """
    if listed:
        sentences = sentences_of(result, store)
        return SentenceComparison(by_construction(result, sentences), disagreements(result, sentences))
    if len(result.arms) > FEW:
        return SentenceComparison()
    with suppress(DataError):
        return SentenceComparison(by_construction(result, sentences_of(result, store)))
    return SentenceComparison()


def sentences_of(result: CompareResult, store: Store) -> Sequence[Sentence]:
    """The sentences that arms were compared on, from the corpus of one of their runs.

    Raises:
        DataError: they are not here.
    """
    problem = DataError("there is no run", "")
    for run in (run for arm in result.arms for run in arm.runs):
        try:
            corpus = own_corpus(run, store)
            parts = [stored_sentences(run, part, corpus) for part in parts_of(result.split)]
            sentences = [sentence for part in parts for sentence in part or ()]
            if [one.label for one in sentences] == result.predictions[run.key].labels:
                return sentences
            problem = changed_corpus(run, corpus, result.split)
        except DataError as error:
            problem = error
    raise DataError(
        f"the sentences of {result.split} can't be read: {problem.message}",
        "put the corpus where it was, or import it under the name that it had",
    )
