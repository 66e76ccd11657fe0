"""Minimal pairs: an acceptable and an unacceptable sentence each, in paradigms, phenomena and fields.

JSON lines as BLiMP has them (Warstadt et al. 2020, TACL 8:377), or with other names of the columns.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from functools import cached_property
from pathlib import Path

from colacli.data.json_objects import json_lines
from colacli.data.lines import TEXT_HINT, listed, refusal, shown, text_of, unreadable
from colacli.data.sample import SAMPLE
from colacli.errors import DataError, IntegrityError, UsageError, check_text
from colacli.store.files import rename_folder, scratch_folder, sync_files
from colacli.store.store import Store

BLIMP = "blimp"
SUFFIXES = (".jsonl", ".ndjson")
COLUMNS = {
    "good": "sentence_good",
    "bad": "sentence_bad",
    "paradigm": "UID",
    "phenomenon": "linguistics_term",
    "field": "field",
}
"""BLiMP's names of the columns. All but the first two may be missing: a file's name is then its paradigm."""
_EQUAL_IN_BLIMP = {
    *(("passive_1", number) for number in ("324", "810")),
    *(("principle_A_case_2", number) for number in ("105", "287", "372", "816", "967")),
}
"""Seven of BLiMP's own pairs have the same sentence twice; they are kept, as in its published scores, and are ties."""
SAMPLE_SHA256 = "1f8a4605dadd389a46fb9b4adca127bb7657ee9d3384e98740bb1f88b02bbc65"
"""Of the bundled file, which `examples/sample_grammar/pairs.py` made."""
_PUBLISHED_NAMES = {
    ("linguistics_term", "s-selection"): "argument_structure",
    ("field", "syntax/semantics"): "syntax_semantics",
}
"""BLiMP's files spell these two as no table of its authors does."""
_SAMPLE_FILE = Path(__file__).parent.parent / "bundled" / "sample-pairs.jsonl"
_LINE_HINT = 'write one object a line, such as {"sentence_good": "It rains.", "sentence_bad": "It rain."}'


@dataclass(frozen=True, slots=True)
class Pair:
    """A minimal pair: a line of a file."""

    good: str
    bad: str
    paradigm: str
    phenomenon: str = ""
    field: str = ""
    file: str = ""
    """For messages."""
    line: int = 0


@dataclass(frozen=True)
class PairSet:
    """Minimal pairs in the order of their files. As `Sentences` it is both sentences of each pair in turn."""

    name: str
    pairs: tuple[Pair, ...]

    def __len__(self) -> int:
        return 2 * len(self.pairs)

    @cached_property
    def texts(self) -> Sequence[str]:
        """The good sentence of each pair, then its bad one."""
        return [text for pair in self.pairs for text in (pair.good, pair.bad)]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the pairs in order: sentences, paradigm, phenomenon and field."""
        sha = hashlib.sha256()
        for pair in self.pairs:
            sha.update(json.dumps(astuple(pair)[:5], ensure_ascii=True).encode() + b"\n")
        return sha.hexdigest()

    def location(self, index: int) -> str:
        """File and line of a sentence."""
        pair = self.pairs[index // 2]
        return f"{pair.file}, line {pair.line}"

    def of_paradigms(self, names: Sequence[str]) -> PairSet:
        """The pairs of some paradigms; all of them for no name.

        Raises:
            UsageError: there is no such paradigm.
        """
        known = {pair.paradigm for pair in self.pairs}
        if unknown := [name for name in names if name not in known]:
            hint = f"it has {listed(sorted(known))}" + (" and others" if len(known) > 20 else "")
            raise UsageError(f"--paradigm: {self.name} has no paradigm {listed(unknown)}", hint)
        return replace(self, pairs=tuple(pair for pair in self.pairs if pair.paradigm in names)) if names else self


def parse_columns(text: str | None) -> dict[str, str]:
    """The names of columns by role, from 'good=NAME,bad=NAME,...'; BLiMP's for None.

    Raises:
        UsageError: a role is unknown or repeated, or good or bad is missing.
    """
    if text is None:
        return COLUMNS
    parts = [item.partition("=") for item in text.split(",")]
    columns = {role.strip(): name.strip() for role, _, name in parts}
    if set(columns) - set(COLUMNS) or len(columns) < len(parts) or not all(columns.values()):
        roles = ", ".join(COLUMNS)
        raise UsageError(f"--columns {text}: expected ROLE=NAME, each of {roles} once at most", "separate by commas")
    if not {"good", "bad"} <= set(columns):
        raise UsageError(f"--columns {text}: good and bad are both needed", "such as good=NAME,bad=NAME")
    return columns


def find_pairs(store: Store, name: str, columns: str | None = None) -> PairSet:
    """The pairs of this name: `blimp`, `sample`, an imported set, a folder or a file.

    Raises:
        DataError: there are none, or a file can't be used.
        UsageError: `columns` is not understood.
    """
    roles = parse_columns(columns)
    if name == SAMPLE:
        return sample_pairs()
    if (name == BLIMP or (name and "/" not in name and not name.startswith("."))) and (store.data / name).is_dir():
        return replace(read_pairs(store.data / name, roles), name=name)
    if name == BLIMP:
        hint = "`colacli data fetch blimp`, or `colacli data import FOLDER --name blimp`; `--data sample` needs none"
        raise DataError("BLiMP is not here", hint)
    if name and Path(name).exists():
        check_text(str(Path(name).resolve()), f"--data {name}")
        return read_pairs(Path(name), roles)
    raise DataError(f"--data: there are no pairs or file '{name}'", "give blimp, sample, a folder or a .jsonl file")


def read_pairs(path: Path, columns: Mapping[str, str] = COLUMNS) -> PairSet:
    """The pairs of a file, or of all files of JSON lines in a folder, by name.

    Raises:
        DataError: there is no file, or one can't be read, or a line has no two different sentences.
    """
    pairs = tuple(pair for file in pair_files(path) for pair in _pairs_in(file, columns))
    return PairSet(str(path.resolve()), pairs)


def pair_files(path: Path) -> list[Path]:
    """The files of JSON lines in a folder, by name; or the file itself.

    Raises:
        DataError: there is none.
    """
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError as error:
        raise unreadable(path, error) from error
    found = [file for file in files if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")]
    if not found:
        hint = f"pairs are JSON lines: let names end in {' or '.join(SUFFIXES)}"
        raise DataError(f"{path}: there is no file of pairs", hint)
    return found


def sample_pairs() -> PairSet:
    """The bundled pairs, made by the grammar of the bundled corpus.

    Raises:
        IntegrityError: their file is missing or damaged.
    """
    try:
        digest = hashlib.sha256(_SAMPLE_FILE.read_bytes()).hexdigest()
    except OSError as error:
        raise IntegrityError(f"the bundled pairs can't be read: {error}", "install colacli again") from error
    if digest != SAMPLE_SHA256:
        raise IntegrityError(f"{_SAMPLE_FILE} is damaged: its SHA-256 is another", "install colacli again")
    return replace(read_pairs(_SAMPLE_FILE), name=SAMPLE)


def holds_pairs(path: Path) -> bool:
    """Whether a file, or the first of a folder, has pairs in BLiMP's form."""
    with suppress(DataError):
        return {COLUMNS["good"], COLUMNS["bad"]} <= next(json_lines(pair_files(path)[0], _LINE_HINT))[1].keys()
    return False


def import_pairs(path: Path, destination: Path) -> PairSet:
    """Copy the files of pairs, byte for byte, to a new folder.

    Args:
        path: a folder, or one file.
        destination: a new folder, or one that holds the same pairs.

    Raises:
        DataError: a file can't be used, or `destination` holds something else.
    """
    pair_set = read_pairs(path)
    with scratch_folder(destination.with_name(f".{destination.name}.{uuid.uuid4().hex}.tmp")) as staged:
        for file in pair_files(path):
            (staged / file.name).write_bytes(file.read_bytes())
        sync_files(staged)
        if not destination.exists():
            rename_folder(staged, destination)
    if not holds_pairs(destination) or read_pairs(destination).digest != pair_set.digest:
        hint = "remove that folder, or choose another name with --name"
        raise DataError(f"{destination} already exists and holds something else", hint)
    return pair_set


def _pairs_in(path: Path, columns: Mapping[str, str]) -> Iterator[Pair]:
    for number, values in json_lines(path, _LINE_HINT):
        cells = {role: _cell(path, number, values, role, name, path.stem) for role, name in columns.items()}
        pair = Pair(**{"paradigm": path.stem, **cells}, file=str(path), line=number)
        if pair.good == pair.bad and (pair.paradigm, values.get("pairID")) not in _EQUAL_IN_BLIMP:
            problem = f"both sentences are {shown(pair.good)}"
            raise refusal(path, number, problem, "a pair has two different sentences; correct or remove the line")
        yield pair


def _cell(path: Path, number: int, values: Mapping[str, object], role: str, name: str, stem: str) -> str:
    """A value of a column; of an optional column of BLiMP's that is missing, nothing, or the file's name."""
    if name not in values:
        if role not in ("good", "bad") and name == COLUMNS[role]:
            return stem if role == "paradigm" else ""
        hint = "name the columns with --columns good=NAME,bad=NAME,paradigm=NAME"
        raise refusal(path, number, f"there is no column {shown(name)}; found {listed(list(values))}", hint)
    text = text_of(path, number, name, values[name])
    if role in ("good", "bad", "paradigm") and not text.strip():
        raise refusal(path, number, f"the {name} is {shown(text)}, expected words", TEXT_HINT)
    return _PUBLISHED_NAMES.get((name, text), text)
