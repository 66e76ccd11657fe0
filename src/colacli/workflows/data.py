"""Corpora: which are here, what is in them, how more come in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from colacli.data import cola
from colacli.data.about import About
from colacli.data.corpus import Corpus
from colacli.data.features import Joined
from colacli.data.importing import import_corpus
from colacli.data.layout import AS_USUAL, Layout
from colacli.data.locate import COLA, imported
from colacli.data.locate import find_corpus as locate_corpus
from colacli.data.pairs import PairSet, find_pairs, holds_pairs, import_pairs, read_pairs
from colacli.data.pairs_summary import PairsSummary, summarise_pairs
from colacli.data.repositories import fetch_published, published, store_published
from colacli.data.sample import SAMPLE
from colacli.data.summary import CorpusSummary, summarise
from colacli.errors import ColacliError, UsageError
from colacli.events import OnEvent, ignore
from colacli.store.refs import check_name
from colacli.store.store import Store


@dataclass(frozen=True)
class Known:
    """A corpus that goes by a name."""

    name: str
    path: Path | None
    """Where it is; None when it would have to be fetched, or comes with colacli."""
    sizes: dict[str, int]
    """Labelled sentences by split."""
    problem: str
    """Why it can't be used; empty when it can."""
    unlabelled: int = 0
    """Sentences of its test split, where that has no labels."""


@dataclass(frozen=True)
class Arrival:
    """A corpus that has come in."""

    name: str
    path: Path
    sizes: dict[str, int]
    """Labelled sentences by split; of minimal pairs their number."""
    unlabelled: int
    """Sentences of its test split, where that has no labels."""
    digests: dict[str, str]
    about: About | None
    joined: Joined | None = None
    """With an annotation that came with it."""


def listing(store: Store) -> list[Known]:
    """CoLA, here or not, the bundled sample, and all that was imported."""
    return [_known(store, name) for name in sorted({COLA, SAMPLE, *imported(store)})]


def _known(store: Store, name: str) -> Known:
    try:
        path = _path(store, name)
        if path is None and name != SAMPLE:
            return Known(name, None, {}, "not here: `colacli data fetch cola`, or `colacli data import FOLDER`")
        if path is not None and holds_pairs(path):
            return Known(name, path, {"pairs": len(read_pairs(path).pairs)}, "")
        corpus = locate_corpus(store, name, ignore)
    except ColacliError as error:
        return Known(name, None, {}, error.message)
    return Known(name, path, corpus.sizes, "", len(corpus.unlabelled or ()))


def _path(store: Store, name: str) -> Path | None:
    if name == SAMPLE:
        return None
    return cola.find_cola(store.data) if name == COLA else store.data / name


def summary(store: Store, name: str, on_event: OnEvent, layout: Layout = AS_USUAL) -> CorpusSummary | PairsSummary:
    """What is in a corpus, or in a set of minimal pairs."""
    path = Path(name) if name not in {COLA, SAMPLE, *imported(store)} else _path(store, name)
    if name != COLA and path is not None and path.exists() and holds_pairs(path):
        about = published()[name].about if name in published() else None
        return summarise_pairs(find_pairs(store, name), about)
    return summarise(locate_corpus(store, name, on_event, layout))


def fetch(store: Store, name: str, on_event: OnEvent) -> Arrival:
    """Download a corpus that has an official site or a public repository.

    Raises:
        UsageError: it has none.
        UnavailableError: the site can't be reached.
        IntegrityError: what came is not what was published.
    """
    if name not in published():
        known = ", ".join(sorted(published()))
        raise UsageError(f"'{name}' can't be fetched; {known} can", "bring others in with `colacli data import`")
    store.prepare()
    folder, publication = store.data / name, published()[name]
    corpus = cola.fetch(folder, on_event) if name == COLA else fetch_published(name, publication, folder, on_event)
    return _arrival(store, name, corpus)


def bring_in(store: Store, folder: Path, name: str, layout: Layout = AS_USUAL) -> Arrival:
    """Copy a corpus into the store under a name. The files of a published one are known under its name.

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
    publication = published().get(name)
    if publication and (files := publication.files_in(folder)):
        contents = {file.name: file.read_bytes() for file in files}
        return _arrival(store, name, store_published(publication, contents, store.data / name))
    if name != COLA and holds_pairs(folder):
        return _arrival(store, name, import_pairs(folder, store.data / name))
    return _arrival(store, name, import_corpus(folder, store.data / name, layout))


def _arrival(store: Store, name: str, corpus: Corpus | PairSet | None) -> Arrival:
    folder = store.data / name
    about = published()[name].about if name in published() else None
    if not isinstance(corpus, Corpus):
        pairs = corpus or read_pairs(folder)
        return Arrival(name, folder, {"pairs": len(pairs.pairs)}, 0, {"pairs": pairs.digest}, about)
    unlabelled = len(corpus.unlabelled or ())
    about = corpus.about or (about if name == COLA else None)
    return Arrival(name, folder, corpus.sizes, unlabelled, corpus.digests, about)
