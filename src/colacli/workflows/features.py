"""An annotation of constructions, joined to a corpus that is in the store or comes in with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from colacli.data.cola import find_cola
from colacli.data.corpus import Corpus
from colacli.data.features import features_file, join, kept_as, read_features
from colacli.data.layout import AS_USUAL, Layout
from colacli.data.lines import read_bytes
from colacli.data.locate import COLA, imported
from colacli.data.packed import DataFile
from colacli.data.readers import read_corpus
from colacli.data.repositories import published, store_published
from colacli.data.sample import SAMPLE
from colacli.errors import DataError, UsageError
from colacli.store.files import write_atomically
from colacli.store.store import Store
from colacli.workflows.data import Arrival, bring_in


def import_data(
    store: Store,
    folder: Path | None,
    name: str,
    features: Path | None,
    layout: Layout = AS_USUAL,
    *,
    force: bool,
) -> Arrival:
    """Copy a corpus into the store under a name, or an annotation of one that is there, or both.

    Args:
        store: where to.
        folder: the corpus; None for one that is here.
        name: the corpus's.
        layout: of the corpus' files.
        features: the annotation; it is kept with the corpus, and its constructions are read with it.
        force: whether an annotation that is there may be replaced.

    Raises:
        UsageError: neither is named; or there is another annotation and `force` is not set.
        DataError: the corpus or the annotation can't be used, or they have no sentence in common.
    """
    if features is None:
        if folder is None:
            raise UsageError("data import has nothing to import", "name a FOLDER, or an annotation with --features")
        return bring_in(store, folder, name, layout)
    annotation = read_features(features)
    if folder is None:
        folder = _here(store, name)
    joined = join(_read(folder, name, layout), annotation)
    _check_kept(store.data / name, features, force=force)
    arrival = bring_in(store, folder, name, layout)
    _keep(arrival.path, features)
    return replace(arrival, joined=joined)


def _read(folder: Path, name: str, layout: Layout) -> Corpus:
    """The corpus as it will be known; of a published one its own files alone, whatever else its repository has."""
    publication = published().get(name)
    files = publication.files_in(folder) if publication and folder.is_dir() else None
    if publication is None or files is None:
        return replace(read_corpus(folder, layout), origin=name)
    with TemporaryDirectory() as copy:
        contents = {file.name: file.read_bytes() for file in files}
        corpus = store_published(publication, contents, Path(copy) / name)
    if corpus is None:
        raise UsageError(f"'{name}' has minimal pairs, which no annotation marks", "leave --features out")
    return replace(corpus, origin=name)


def _here(store: Store, name: str) -> Path:
    """The folder of a corpus that goes by a name.

    Raises:
        UsageError: there is none, or it is the bundled one.
    """
    if name == SAMPLE:
        raise UsageError("'sample' can't be annotated: it is a part of colacli", "import a copy under another name")
    folder = find_cola(store.data) if name == COLA else store.data / name
    if folder is None or (name != COLA and name not in imported(store)):
        hint = "give its FOLDER too" + (
            "; or `colacli data fetch cola` first" if name == COLA else ", or another --name"
        )
        raise UsageError(f"there is no corpus '{name}' here to annotate", hint)
    return folder


def _check_kept(folder: Path, features: Path, *, force: bool) -> None:
    kept = features_file(folder)
    if kept is not None and not force and read_bytes(DataFile(kept)) != read_bytes(DataFile(features)):
        raise UsageError(f"{kept} is there already", "replace the annotation with --force")


def _keep(folder: Path, features: Path) -> None:
    kept, target = features_file(folder), kept_as(folder, features.suffix)
    try:
        write_atomically(target, read_bytes(DataFile(features)))
        if kept is not None and kept != target:
            kept.unlink()
    except OSError as error:
        hint = "check the folder's permissions and the free space"
        raise DataError(f"{target} can't be written: {error.strerror or error}", hint) from error
