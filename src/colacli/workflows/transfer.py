"""Sentences for a teacher to label (Tang et al. 2019): from a text file, or made by a recipe and kept in the cache."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.config import RECIPES, Checked, Transfer, setting
from colacli.data.chooser import Chooser
from colacli.data.corpus import TRAIN
from colacli.data.edits import changed_words, exchanged_parts
from colacli.data.transfer import Unjudged, gather, read_text, shuffled
from colacli.errors import DataError, UsageError
from colacli.events import Note, Work
from colacli.store.canonical import document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colacli.workflows.make_run import Job

_KIND = "transfer"
_FILE = "sentences.txt"
_KNOWN = ", ".join(RECIPES)


@dataclass(frozen=True, kw_only=True)
class TransferChoice(Checked):
    """Which sentences the teacher labels beside those of train."""

    transfer: str | None = setting(
        None,
        f"Unlabelled sentences to teach too: a text file, one a line, or made by {_KNOWN}, or several of "
        "these with commas.",
        shown_default="none",
    )
    transfer_size: int = setting(20_000, "How many of them.", minimum=1, maximum=10_000_000)
    transfer_seed: int = setting(0, "Fixes which; more of them begin with the fewer.", minimum=0, below=2**62)


def source_of(choice: TransferChoice) -> tuple[Transfer | None, Unjudged | None]:
    """What a choice is in a spec, and the sentences of its file if it is one.

    Raises:
        UsageError: it is neither a file nor recipes.
        DataError: the file can't be used.
    """
    if choice.transfer is None:
        return None, None
    size, seed = choice.transfer_size, choice.transfer_seed
    recipes = {name.strip() for name in choice.transfer.split(",")}
    if recipes <= set(RECIPES):
        return Transfer(recipes=tuple(sorted(recipes)), size=size, seed=seed), None
    path = Path(choice.transfer)
    if not _is_file(path):
        raise UsageError(f"--transfer: '{choice.transfer}' is no file", f"give a text file, or some of {_KNOWN}")
    given = read_text(path)
    return Transfer(sentences=given.digest, size=min(size, len(given)), seed=seed), given


def _is_file(path: Path) -> bool:
    """Whether it is one; what no system could have as a path is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def transfer_set(job: Job, given: Unjudged | None, train_rows: Sequence[int]) -> Unjudged:
    """The sentences that a job's spec describes: from the store's cache, or made and put there.

    Args:
        job: its spec has a transfer section.
        given: the file's sentences, where it is a file.
        train_rows: the sentences of train that are learnt from; none is made from others.

    Raises:
        DataError: there is none.
    """
    how = job.spec.transfer
    assert how is not None, "only such a job comes here"
    spec = {"kind": _KIND, "revision": 1, "transfer": document(how), "data": job.spec.data}
    if how.recipes:  # these hang on what is made from what
        spec |= {"validation": job.spec.training.validation, "base": document(job.spec.base)}
    if content := job.store.find_cached(_KIND, spec, _FILE, Path.read_bytes):
        return Unjudged(content.decode().splitlines())
    started = time.perf_counter()
    texts = job.corpus.split(TRAIN).texts
    sources = [texts[row] for row in train_rows]
    longest = max(len(text.split()) for text in texts)
    streams = [shuffled(given.texts, how.seed)] if given else [_made(job, name, sources) for name in how.recipes]

    def watch(done: int) -> None:
        job.on_event(Work("transfer set", done, how.size))

    found = gather(streams, how.size, job.corpus, longest, watch)
    if not found:
        raise DataError("--transfer brings no new sentence", "give a file with other sentences than the corpus has")
    if len(found) < how.size:
        job.on_event(Note(f"the transfer set has {len(found):,} sentences: there are no more new ones"))
    content = "".join(f"{text}\n" for text in found).encode()
    seconds = time.perf_counter() - started
    job.store.keep(_KIND, spec, lambda draft: draft.write(_FILE, content), seconds=seconds, device="cpu")
    return Unjudged(found)


def _made(job: Job, recipe: str, sources: Sequence[str]) -> Iterator[str]:
    assert job.spec.transfer is not None, "only such a job comes here"
    chooser = Chooser(f"transfer {recipe} {job.spec.transfer.seed}")
    if recipe == "words":
        return changed_words(sources, chooser)
    if recipe == "parts":
        return exchanged_parts(sources, chooser)
    from colacli.workflows.written import written

    return written(job.base, sources, chooser)
