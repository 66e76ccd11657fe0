"""Stored predictions compared with the corpus they are of, where that is here."""

from __future__ import annotations

from colacli.data.corpus import Corpus
from colacli.data.layout import LAYOUT
from colacli.data.locate import COLA, imported
from colacli.data.sample import SAMPLE
from colacli.errors import DataError, IntegrityError
from colacli.results import metrics_of, predictions_of
from colacli.store.imports import import_of
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.breakdown import own_corpus, stored_sentences


def check_labels(store: Store, run: Run, corpora: dict[str, Corpus | None], *, foreign: bool = False) -> None:
    """See that a run's predictions have the labels of its corpus. A corpus of other sentences says nothing.

    Args:
        store: where corpora are looked for; nothing is fetched.
        run: a sound one.
        corpora: those read so far, by name and layout, so that each is read once.
        foreign: it comes from elsewhere: a path that it gives for its corpus is not read.

    Raises:
        IntegrityError: they have others.
    """
    corpus = _corpus(store, run, corpora, foreign=foreign or import_of(store, run) is not None)
    if corpus is None:
        return
    for split in metrics_of(run):
        sentences = stored_sentences(run, split, corpus)
        if sentences and predictions_of(run, split).labels != [sentence.label for sentence in sentences]:
            message = f"run {run.key[:12]}: its predictions on {split} have other labels than {corpus.origin}"
            raise IntegrityError(message, "remove it, or get it again from where it was made")


def _corpus(store: Store, run: Run, corpora: dict[str, Corpus | None], *, foreign: bool) -> Corpus | None:
    name = run.manifest.sources.get("data", "")
    if foreign and name not in {COLA, SAMPLE, *imported(store)}:
        return None
    place = f"{name} {run.manifest.sources.get(LAYOUT, '')}"
    if place not in corpora:
        try:
            corpora[place] = own_corpus(run, store)
        except DataError:
            corpora[place] = None
    return corpora[place]
