"""A corpus by name or path: `cola`, `sample`, an imported corpus, a folder or a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from colacli.data.cola import fetch, find_cola
from colacli.data.corpus import Corpus
from colacli.data.features import with_features
from colacli.data.readers import read_corpus
from colacli.data.sample import SAMPLE, sample_corpus
from colacli.errors import DataError
from colacli.events import Note, OnEvent
from colacli.store.store import Store

COLA = "cola"


def imported(store: Store) -> list[str]:
    """Names of the corpora in the store's data folder, except one with the bundled corpus' name, which hides it."""
    if not store.data.is_dir():
        return []
    names = (path.name for path in store.data.iterdir() if path.is_dir() and not path.name.startswith("."))
    return sorted(name for name in names if name != SAMPLE)


def find_corpus(store: Store, name: str, on_event: OnEvent) -> Corpus:
    """The corpus of this name; CoLA is downloaded at its first use.

    Raises:
        DataError: there is no such corpus, or it can't be read.
        UnavailableError: CoLA can't be downloaded.
    """
    if name == COLA:
        folder = find_cola(store.data)
        if folder is None:
            on_event(Note("CoLA is not here yet; fetching it from its official site"))
            folder = store.data / COLA
            fetch(folder, on_event)
        return with_features(replace(read_corpus(folder), origin=COLA), store.data / COLA)
    if name == SAMPLE:
        return sample_corpus()
    if name in imported(store):
        return with_features(replace(read_corpus(store.data / name), origin=name), store.data / name)
    if name and Path(name).exists():
        return read_corpus(Path(name))
    names = ", ".join(sorted({COLA, SAMPLE, *imported(store)}))
    raise DataError(
        f"--data: there is no corpus or file '{name}'",
        f"give a folder or a file, or one of {names}; `colacli data import FOLDER --name NAME` adds one",
    )
