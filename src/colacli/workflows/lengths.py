"""How long sentences are, in what their language is counted in: words, or tokens where it is written without spaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from colacli.data.spacing import is_unspaced
from colacli.errors import ColacliError
from colacli.models.base import BUNDLED, HUB, cached_folder
from colacli.models.tokenizer_files import TOKENIZER_JSON, read_tokenizer, tokenizer_digest
from colacli.store.run import Run

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Unit = Literal["words", "tokens", "characters"]

_WORDS = {5: "1 to 5", 8: "6 to 8", 12: "9 to 12"}
_MORE_WORDS = "13 or more"


@dataclass(frozen=True)
class Lengths:
    """The ranges of length that sentences fall into."""

    unit: Unit
    names: tuple[str, ...]
    """Of each sentence's range, in the sentences' order."""
    order: tuple[str, ...]
    """The ranges, the shortest first."""


def word_lengths(texts: Sequence[str]) -> Lengths:
    """Words between spaces, in ranges that are always the same."""
    counts = [len(text.split()) for text in texts]
    names = [next((name for most, name in _WORDS.items() if count <= most), _MORE_WORDS) for count in counts]
    return Lengths("words", tuple(names), (*_WORDS.values(), _MORE_WORDS))


def lengths_of(run: Run, texts: Sequence[str], base: Path | None = None) -> Lengths:
    """Words, or where the sentences have no spaces between them the run's tokens; characters where it has none here.

    Args:
        run: whose tokenizer counts: a student's own, or that of a teacher's base.
        texts: the sentences.
        base: where a teacher's base is now; None for where it was.
    """
    if not is_unspaced(texts):
        return word_lengths(texts)
    try:
        from colacli.models.tokenizer import encode_all

        return in_quarters("tokens", [len(ids) for ids in encode_all(_tokenizer(run, base), texts)])
    except (ColacliError, OSError):
        return in_quarters("characters", [len(text) for text in texts])


def in_quarters(unit: Unit, counts: Sequence[int]) -> Lengths:
    """Ranges that end at the quartiles, so that each has about a quarter of the sentences."""
    ordered = sorted(counts)
    ends = sorted({ordered[len(ordered) * quarter // 4] for quarter in (1, 2, 3)} - {ordered[-1]})
    starts = [ordered[0], *(end + 1 for end in ends)]
    pairs = zip(starts, ends, strict=False)
    order = [*(f"{start} to {end}" if start < end else f"{start}" for start, end in pairs), f"{starts[-1]} or more"]
    return Lengths(unit, tuple(order[sum(count > end for end in ends)] for count in counts), tuple(order))


def _tokenizer(run: Run, base: Path | None) -> Tokenizer:
    """The tokenizer that a run reads with; nothing is fetched for it.

    Raises:
        ColacliError: it is not here, or is another now.
        OSError: it can't be read.
    """
    from colacli.errors import ModelError
    from colacli.models.tokenizer import load_tokenizer

    if run.spec.student is not None:
        return load_tokenizer({TOKENIZER_JSON: run.read(TOKENIZER_JSON)}, run.path)
    if run.spec.base is None:
        raise ModelError(f"run {run.key[:12]} reads words, not tokens", "its lengths are counted in words")
    source = run.manifest.sources.get("base", "")
    folder = base or BUNDLED.get(source) or (cached_folder(source) if source in HUB else Path(source))
    files = read_tokenizer(folder)
    if tokenizer_digest(files) != run.spec.base.tokenizer:
        raise ModelError(f"{folder} has another tokenizer than run {run.key[:12]}", "name its base with --base")
    return load_tokenizer(files, folder)
