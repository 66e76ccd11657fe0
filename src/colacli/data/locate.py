"""A corpus by name or path: `cola`, `sample`, an imported corpus, a folder or a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from colacli.data.corpus import TEST, Corpus, Unlabelled
from colacli.data.layout import AS_USUAL, Layout
from colacli.data.readers import read_corpus
from colacli.data.sample import SAMPLE, sample_corpus
from colacli.errors import DataError, UsageError
from colacli.events import Note, OnEvent
from colacli.store.store import Store

COLA = "cola"


def imported(store: Store) -> list[str]:
    """Names of the corpora in the store's data folder, except one with the bundled corpus' name, which hides it."""
    if not store.data.is_dir():
        return []
    names = (path.name for path in store.data.iterdir() if path.is_dir() and not path.name.startswith("."))
    return sorted(name for name in names if name != SAMPLE)


def find_corpus(store: Store, name: str, on_event: OnEvent, layout: Layout = AS_USUAL) -> Corpus:
    """The corpus of this name; CoLA is downloaded at its first use.

    Args:
        store: whose data folder has the imported ones.
        name: a corpus' name, or the path of a folder or a file.
        on_event: told of a download.
        layout: of a path's files; a corpus with a name has its own.

    Raises:
        DataError: there is no such corpus, or it can't be read.
        UnavailableError: CoLA can't be downloaded.
        UsageError: a layout is given for a corpus with a name.
    """
    named = {COLA, SAMPLE, *imported(store)}
    if name in named:
        if layout != AS_USUAL:
            hint = "leave --columns, --labels and --quoting out, or import it with them under another name"
            raise UsageError(f"--data: '{name}' has its own layout", hint)
        return _with_name(store, name, on_event)
    if name and Path(name).exists():
        return read_corpus(Path(name), layout)
    from colacli.data.repositories import published

    names = ", ".join(sorted(named))
    hint = f"give a folder or a file, or one of {names}; `colacli data import FOLDER --name NAME` adds one"
    if name in published():
        hint = f"`colacli data fetch {name}` brings it in"
    raise DataError(f"--data: there is no corpus or file '{name}'", hint)


def _with_name(store: Store, name: str, on_event: OnEvent) -> Corpus:
    if name == SAMPLE:
        return sample_corpus()  # which needs none of the following
    from colacli.data.cola import fetch, find_cola
    from colacli.data.features import with_features
    from colacli.data.repositories import published

    if name in published() and published()[name].kind == "pairs" and published()[name].files_in(store.data / name):
        raise DataError(f"{name} holds minimal pairs, no judged sentences", "name a corpus of judged sentences")
    if name != COLA:
        return with_features(replace(read_corpus(store.data / name), origin=name), store.data / name)
    folder = find_cola(store.data)
    if folder is None:
        on_event(Note("CoLA is not here yet; fetching it from its official site"))
        corpus = fetch(store.data / COLA, on_event)
    else:
        corpus = read_corpus(folder)
    return with_features(replace(corpus, origin=COLA, about=published()[COLA].about), store.data / COLA)


def read_test(store: Store, name: str, layout: Layout, on_event: OnEvent, *, with_ids: bool) -> Unlabelled:
    """The sentences of a file, or of the test split of a folder or of a corpus with a name, whatever their labels are.

    Args:
        store: whose data folder has the imported ones.
        name: a file's path, or a corpus.
        layout: of a path's files.
        on_event: told of a download.
        with_ids: whether each sentence must have an id, as a benchmark's have.

    Raises:
        DataError: the file can't be used, or the corpus has no test split.
    """
    from colacli.data.unlabelled import read_unlabelled, without_labels

    path = Path(name)
    if name not in {COLA, SAMPLE, *imported(store)} and path.exists() and not path.is_dir():
        return read_unlabelled(path, layout, with_ids=with_ids)
    corpus = find_corpus(store, name, on_event, layout)
    if corpus.unlabelled is None and TEST in corpus.splits and not with_ids:
        return without_labels(corpus.splits[TEST])
    if corpus.unlabelled is None or (with_ids and not all(corpus.unlabelled.ids)):
        wanted = "test split with ids" if with_ids else "test split"
        raise DataError(f"{name} has no {wanted}; it has {', '.join(corpus.sizes)}", "give a file: --data FILE")
    return corpus.unlabelled
