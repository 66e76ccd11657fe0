"""Corpora: which are here, what is in them, how more come in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from colacli.data import cola
from colacli.data.corpus import Corpus
from colacli.data.features import Joined
from colacli.data.locate import COLA, imported
from colacli.data.locate import find_corpus as locate_corpus
from colacli.data.pairs import PairSet, holds_pairs, import_pairs, read_pairs
from colacli.data.sample import SAMPLE
from colacli.data.summary import CorpusSummary, summarise
from colacli.errors import ColacliError, UsageError
from colacli.events import OnEvent
from colacli.store.refs import check_name
from colacli.store.store import Store


@dataclass(frozen=True)
class Known:
    """A corpus that goes by a name."""

    name: str
    path: Path | None
    """Where it is; None when it would have to be fetched, or comes with colacli."""
    sizes: dict[str, int]
    """Sentences by split."""
    problem: str
    """Why it can't be used; empty when it can."""


@dataclass(frozen=True)
class Arrival:
    """A corpus that has come in."""

    name: str
    path: Path
    corpus: Corpus | PairSet
    joined: Joined | None = None
    """With an annotation that came with it."""

    @property
    def sizes(self) -> dict[str, int]:
        """Sentences by split, or the number of pairs."""
        if isinstance(self.corpus, PairSet):
            return {"pairs": len(self.corpus.pairs)}
        return {name: len(split) for name, split in self.corpus.splits.items()}

    @property
    def digests(self) -> dict[str, str]:
        """Digests of the same."""
        if isinstance(self.corpus, PairSet):
            return {"pairs": self.corpus.digest}
        return {name: split.digest for name, split in self.corpus.splits.items()}


def listing(store: Store) -> list[Known]:
    """CoLA, here or not, the bundled sample, and all that was imported."""
    return [_known(store, name) for name in sorted({COLA, SAMPLE, *imported(store)})]


def _known(store: Store, name: str) -> Known:
    try:
        path = _path(store, name)
        if path is None and name != SAMPLE:
            return Known(name, None, {}, "not here: `colacli data fetch cola`, or `colacli data import FOLDER`")
        if path is not None and holds_pairs(path):
            return Known(name, path, Arrival(name, path, read_pairs(path)).sizes, "")
        corpus = locate_corpus(store, name, lambda _: None)
    except ColacliError as error:
        return Known(name, None, {}, error.message)
    return Known(name, path, {split.name: len(split) for split in corpus.splits.values()}, "")


def _path(store: Store, name: str) -> Path | None:
    if name == SAMPLE:
        return None
    return cola.find_cola(store.data) if name == COLA else store.data / name


def summary(store: Store, name: str, on_event: OnEvent) -> CorpusSummary:
    """What is in a corpus."""
    return summarise(locate_corpus(store, name, on_event))


def fetch(store: Store, name: str, on_event: OnEvent) -> Arrival:
    """Download a corpus that has an official site.

    Raises:
        UsageError: it has none.
        UnavailableError: the site can't be reached.
        IntegrityError: what came is not what was published.
    """
    if name != COLA:
        raise UsageError(f"'{name}' can't be fetched; only cola can", "bring others in with `colacli data import`")
    store.prepare()
    corpus = cola.fetch(store.data / COLA, on_event)
    return Arrival(name, store.data / COLA, corpus)


def bring_in(store: Store, folder: Path, name: str) -> Arrival:
    """Copy a corpus into the store under a name.

    Raises:
        UsageError: the name can't be one, or is the bundled corpus's.
        DataError: it can't be read, or is called cola and is not the public release.
    """
    check_name(name)
    if name == SAMPLE:
        raise UsageError("'sample' is the bundled corpus's name", "give another with --name")
    if name == COLA:
        cola.check_release(folder)
    store.prepare()
    if name != COLA and holds_pairs(folder):
        return Arrival(name, store.data / name, import_pairs(folder, store.data / name))
    corpus = cola.import_corpus(folder, store.data / name)
    return Arrival(name, store.data / name, replace(corpus, origin=name))
