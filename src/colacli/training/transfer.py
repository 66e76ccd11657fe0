"""Sentences for a teacher to label (Tang et al. 2019): from a text file, or made by a recipe and cached."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from colacli.config import Checked, setting
from colacli.data.corpus import TRAIN
from colacli.data.edits import changed_words, exchanged_parts
from colacli.data.seeded_random import SeededRandom
from colacli.data.spacing import is_unspaced, length
from colacli.data.transfer import TransferSet, gather, read_text, shuffled
from colacli.distillation import RECIPES, Transfer
from colacli.errors import DataError, UsageError
from colacli.events import Note, OnEvent
from colacli.store.canonical import document, key_of
from colacli.store.store import Store
from colacli.training.plan import DistilPlan

_KIND = "transfer"
_FILE = "sentences.txt"
_RECIPES = ", ".join(RECIPES)


@dataclass(frozen=True, kw_only=True)
class TransferChoice(Checked):
    """Which sentences the teacher labels beside those of train."""

    transfer: str | None = setting(
        None,
        f"Unlabelled sentences to distil on too: a text file, one a line, or made by {_RECIPES}, or several of "
        "these with commas, in turn.",
        shown_default="none",
    )
    transfer_size: int = setting(20_000, "How many of them.", minimum=1, maximum=10_000_000)
    transfer_seed: int = setting(0, "Fixes which; more of them begin with the fewer.", minimum=0, below=2**62)
    train_repeats: int = setting(
        1, "Times that an epoch has each training sentence beside them.", minimum=1, maximum=10_000
    )

    def __post_init__(self) -> None:
        """Check limits, and that there is something to be repeated beside."""
        super().__post_init__()
        if self.transfer is None and self.train_repeats > 1:
            message = "--train-repeats: without --transfer an epoch has the training sentences alone"
            raise UsageError(message, "give --transfer, or more --epochs")


def source_of(choice: TransferChoice) -> tuple[Transfer | None, TransferSet | None]:
    """What a choice is in a spec, and the sentences of its file if it is one.

    Raises:
        UsageError: it is neither a file nor recipes.
        DataError: the file can't be used.
    """
    if choice.transfer is None:
        return None, None
    recipes, path = _parts(choice.transfer)
    sentences = None if path is None else read_text(path)
    size = choice.transfer_size if sentences is None or recipes else min(choice.transfer_size, len(sentences))
    transfer = Transfer(
        recipes=recipes,
        sentences=None if sentences is None else sentences.digest,
        size=size,
        seed=choice.transfer_seed,
        train_repeats=choice.train_repeats,
    )
    return transfer, sentences


def absolute(choice: TransferChoice) -> TransferChoice:
    """The same for any working folder: with the file's absolute path."""
    if choice.transfer is None:
        return choice
    recipes, path = _parts(choice.transfer)
    files = [] if path is None else [str(path.resolve())]
    return replace(choice, transfer=",".join(files + list(recipes)))


def _parts(sources: str) -> tuple[tuple[str, ...], Path | None]:
    """The recipes that are named, sorted, and the file beside or instead of them; its name may have commas.

    Raises:
        UsageError: what is no recipe is no file either.
    """
    names = [name.strip() for name in sources.split(",")]
    if set(names) <= set(RECIPES):
        return tuple(sorted(set(names))), None
    if _is_file(Path(sources)):
        return (), Path(sources)
    recipes = tuple(sorted(set(names) & set(RECIPES)))
    file = ",".join(part for part in sources.split(",") if part.strip() not in RECIPES).strip()
    if not _is_file(Path(file)):
        raise UsageError(f"--transfer: '{file or sources}' is no file", f"give a text file, or some of {_RECIPES}")
    return recipes, Path(file)


def _is_file(path: Path) -> bool:
    """Whether it is one; what no system could have as a path is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def transfer_set(
    plan: DistilPlan, transfer: Transfer, train_rows: Sequence[int], store: Store, on_event: OnEvent
) -> TransferSet:
    """The sentences that a plan describes: from the store's cache, or made and put there.

    Args:
        plan: a distillation's.
        transfer: its spec's.
        train_rows: the sentences of train that are trained on; none is made from others.
        store: whose cache is used.
        on_event: told of the progress.

    Raises:
        DataError: there is none.
    """
    from colacli.store.single_flight import single_flight

    spec = {
        "kind": _KIND,
        "revision": 1,
        "transfer": document(replace(transfer, train_repeats=1)),
        "data": plan.spec.data,
    }
    if transfer.recipes:  # these depend on what is made from what
        spec |= {"validation": plan.spec.training.validation, "base": document(plan.spec.base)}
    if cached := _cached(store, spec):
        return cached
    waiting = Note("another process makes the transfer set: waiting for it")
    with single_flight(store, key_of(spec), lambda: on_event(waiting)):
        if cached := _cached(store, spec):
            return cached
        started = time.perf_counter()
        sentences = _made(plan, transfer, train_rows, on_event)
        content = "".join(f"{text}\n" for text in sentences).encode()
        seconds = time.perf_counter() - started
        store.put_cached(_KIND, spec, _FILE, content, seconds=seconds, device="cpu")
    return TransferSet(sentences)


def _cached(store: Store, spec: Any) -> TransferSet | None:
    content = store.find_cached(_KIND, spec, _FILE)
    return TransferSet(content.decode().splitlines()) if content else None


def _made(plan: DistilPlan, transfer: Transfer, train_rows: Sequence[int], on_event: OnEvent) -> list[str]:
    """The sentences, made now.

    Raises:
        DataError: there is none.
    """
    texts = plan.corpus.split(TRAIN).texts
    unspaced = is_unspaced(texts)
    longest = max(length(text, unspaced=unspaced) for text in texts)
    streams = _streams(plan, transfer, [texts[row] for row in train_rows])
    sentences = gather(streams, transfer.size, plan.corpus, longest, on_event, unspaced=unspaced)
    if not sentences:
        raise DataError("--transfer brings no new sentence", "give a file with other sentences than the corpus has")
    if len(sentences) < transfer.size:
        on_event(Note(f"the transfer set has {len(sentences):,} sentences: there are no more new ones"))
    return sentences


def _streams(plan: DistilPlan, transfer: Transfer, sources: Sequence[str]) -> list[Iterator[str]]:
    """The sentences of the file, and those of each recipe without end."""
    file = [] if plan.transfer_file is None else [shuffled(plan.transfer_file.texts, transfer.seed)]
    seeds = {name: SeededRandom(f"transfer {name} {transfer.seed}") for name in transfer.recipes}
    return file + [_recipe(name, plan, sources, rng) for name, rng in seeds.items()]


def _recipe(name: str, plan: DistilPlan, sources: Sequence[str], rng: SeededRandom) -> Iterator[str]:
    if name == "words":
        return changed_words(sources, rng)
    if name == "parts":
        return exchanged_parts(sources, rng)
    if name == "contextual":
        from colacli.training.contextual import contextual_sentences

        return contextual_sentences(plan.base, sources, rng)
    from colacli.training.generated import generated_sentences

    return generated_sentences(plan.base, sources, rng)
