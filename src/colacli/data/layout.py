"""The layout of a file of judged sentences: its columns, what its labels say, how its values are quoted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from colacli.config import Checked, setting
from colacli.data.lines import listed, refusal, shown
from colacli.data.packed import DataFile
from colacli.errors import DataError, UsageError
from colacli.store.canonical import document
from colacli.store.reading import decode

Quoting = Literal["none", "csv"]

USUAL = {
    "sentence": ("sentence", "text"),
    "label": ("label", "acceptable", "acceptability", "acceptability_label", "is_acceptable"),
    "source": ("source", "detailed_source"),
    "mark": ("mark",),
    "split": ("split",),
}
"""The usual names of each column, in lower case."""
_IDS = ("index", "id", "idx", "uid", "uniqueindexid")
"""Those of a sentence's id, the first that is there; only a benchmark's test file needs one."""

LAYOUT = "layout"
"""A run's source that says how the files of its corpus are laid out, beside `data`, which says where they are."""

UNLABELLED = -1
"""The label of a sentence without a judgement."""
_WORDS = {
    **dict.fromkeys(("1", "1.0", "true", "acceptable", "grammatical", "good"), 1),
    **dict.fromkeys(("0", "0.0", "false", "unacceptable", "ungrammatical", "bad"), 0),
    **dict.fromkeys(("-1", "-1.0"), UNLABELLED),
}
"""What a label's usual words mean, in lower case."""


class Columns(NamedTuple):
    """The names of a file's columns, as its header writes them; None where there is none."""

    sentence: str
    label: str | None = None
    source: str | None = None
    mark: str | None = None
    split: str | None = None
    id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Layout(Checked):
    """How the files of `--data` are laid out, where that can't be seen. Only their rows count in a key."""

    columns: tuple[str, ...] = setting(
        (),
        "Names of the columns, where they are not the usual: sentence=S,label=L,source=C,mark=M,split=P.",
        shown_default="the usual names",
        later=True,
    )
    labels: tuple[str, ...] = setting(
        (), "What other labels mean: WORD=1,WORD=0.", shown_default="the usual words", later=True
    )
    quoting: Literal["auto", "none", "csv"] = setting(
        "auto", "Whether quotation marks enclose values, as in CSV; auto decides by the file.", later=True
    )

    def __post_init__(self) -> None:
        """Check that each part names a column, or a meaning.

        Raises:
            UsageError: one does not.
        """
        super().__post_init__()
        roles = [role for role, _ in self.named_columns()]
        if unknown := [role for role in roles if role not in Columns._fields]:
            hint = "give --columns sentence=S,label=L,source=C,mark=M,split=P, or those that are not usual"
            raise UsageError(f"--columns: '{unknown[0]}' is no column that is read", hint)
        if repeated := [role for role in roles if roles.count(role) > 1]:
            raise UsageError(f"--columns names '{repeated[0]}' twice", "leave one out")
        if self.columns and ("sentence", "") in self.named_columns():
            raise UsageError("--columns: sentence= names no column", "name the column of the sentences")
        for part in self.labels:
            word, _, meaning = part.rpartition("=")
            if not word.strip() or meaning.strip() not in ("0", "1"):
                raise UsageError(f"--labels: '{part}' is not WORD=1 or WORD=0", "1 is acceptable, 0 is not")

    def named_columns(self) -> list[tuple[str, str]]:
        """Each column that `columns` names: what it holds, and its name."""
        pairs = [part.partition("=") for part in self.columns]
        return [(role.strip().lower(), name.strip()) for role, _, name in pairs]

    def meaning(self, label: object) -> int | None:
        """1 acceptable, 0 not, -1 not judged; None where a label says none of these."""
        if isinstance(label, str):
            word = label.strip().casefold()
        elif isinstance(label, bool | int | float) and abs(label) < 1e6:  # so neither NaN nor very long
            word = f"{label + 0:g}"  # -0.0 is 0
        else:
            return None
        return self._words.get(word)

    @cached_property
    def _words(self) -> dict[str, int]:
        pairs = [part.rpartition("=") for part in self.labels]
        return _WORDS | {word.strip().casefold(): int(meaning) for word, _, meaning in pairs}

    def to_text(self) -> str:
        """As JSON, on one line; see `parse_layout`."""
        return json.dumps(document(self), sort_keys=True)


AS_USUAL = Layout()
"""The layout of a file in which everything has its usual name."""


def parse_layout(text: str) -> Layout:
    """The layout that `to_text` wrote.

    Raises:
        DataError: it is none.
    """
    try:
        return decode(text.encode(), Layout)
    except ValueError as error:
        raise DataError(f"the layout {shown(text)} is none: {error}", "name the corpus with --data") from error


def check_layout(data: str | None, layout: Layout) -> None:
    """See that a layout is that of something.

    Raises:
        UsageError: there is one, and no data.
    """
    if data is None and layout != AS_USUAL:
        hint = "give --data FILE, or leave --columns, --labels and --quoting out"
        raise UsageError("--columns, --labels and --quoting say how --data is laid out, which is not given", hint)


def choose_columns(file: DataFile, number: int | None, names: list[str], layout: Layout) -> Columns:
    """The columns of a file with these names: those that `layout` names, else those with a usual name.

    Raises:
        DataError: there is no column of sentences, or a column is repeated, or two could be meant, or one that `layout`
            names is missing; `number` is the header's line.
    """
    chosen = {role: _named(names, name) if name else None for role, name in layout.named_columns()}
    is_labelled = "label" not in chosen or chosen["label"] is not None
    for role, name in layout.named_columns():
        # A test file may lack the label, and with it whatever else the others have.
        if name and chosen[role] is None and (is_labelled or role == "sentence"):
            raise not_there(file, number, names, role, name)
    free = [name for name in names if name not in chosen.values()]
    for role, usual in USUAL.items():
        if role not in chosen:
            chosen[role] = _usual(file, number, free, role, usual)
    ids = [name for usual in _IDS for name in free if _normal(name) == usual]
    chosen = {"id": ids[0] if ids else None, **chosen}
    if chosen["sentence"] is None:
        missing = [role for role in ("sentence", "label") if chosen[role] is None]
        hint = f"name the columns, or say which they are: --columns {','.join(f'{role}=NAME' for role in missing)}"
        raise refusal(file, number, f"no column {listed(missing)}; found {listed(names)}", hint)
    if [name for name in names if names.count(name) > 1 and name in chosen.values()]:
        raise refusal(file, number, f"a column is repeated; found {listed(names)}", "leave one of them out")
    return Columns(**chosen)  # type: ignore[arg-type] # the sentence's is there


def _named(names: list[str], name: str) -> str | None:
    """The column of this name, else the only one that has it in another case; None where there is none."""
    found = [other for other in names if other == name] or [other for other in names if _normal(other) == _normal(name)]
    return found[0] if len(set(found)) == 1 else None


def not_there(file: DataFile, number: int | None, names: Sequence[str], role: str, name: str) -> DataError:
    """The error for a column that a layout names and a file lacks."""
    problem = f"no column {name!r}, which --columns {role}={name} names; found {listed(names)}"
    return refusal(file, number, problem, "give a name as the header writes it")


def _usual(file: DataFile, number: int | None, names: list[str], role: str, usual: tuple[str, ...]) -> str | None:
    found = list(dict.fromkeys(name for name in names if _normal(name) in usual))
    if len(found) > 1:
        problem = f"{listed(found)} could each be the {role}"
        raise refusal(file, number, problem, f"say which: --columns {role}={found[0]} or {role}={found[1]}")
    return found[0] if found else None


def _normal(name: str) -> str:
    return name.strip().casefold()
