"""What identifies a run. Its canonical bytes are `spec.json`; their SHA-256 is the run's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta

from colacli.config import Labels, Lora, Student, Training
from colacli.distillation import Distillation, Transfer
from colacli.errors import IntegrityError
from colacli.ngrams import Ngrams
from colacli.pretraining import Pretraining
from colacli.store.canonical import key_of
from colacli.store.reading import Count, Key, Name, convert

STUDENT_BASE = "student-base"
"""The role of the run that a student starts from."""


@dataclass(frozen=True, kw_only=True)
class BaseDigests:
    """SHA-256 of the parts of a base model."""

    config: Key
    tokenizer: Key
    weights: Key


@dataclass(frozen=True, kw_only=True)
class AdapterDigests:
    """SHA-256 of the files of an adapter that was made elsewhere."""

    config: Key
    weights: Key


@dataclass(frozen=True, kw_only=True)
class Spec:
    """Every choice and every input that can change a number of a run, and nothing else."""

    command: Name
    """The command that trained it."""
    revision: Count
    """Of the command: bumped where its numbers change for the same options."""
    base: BaseDigests | None = None
    """None where no language model is read: baselines that only count."""
    data: Annotated[dict[Name, Key], Meta(min_length=1)]
    """Digest of each split used, by name."""
    training: Training
    lora: Lora | None = None
    student: Student | None = None
    labels: Labels | None = None
    """None where they are trained on as they are."""
    distillation: Distillation | None = None
    transfer: Transfer | None = None
    pretraining: Pretraining | None = None
    """Where recurrent layers are trained on a text, for students to start from."""
    ngrams: Ngrams | None = None
    start_token: Count | None = None
    """Id of the token that a language model reads sentences after, where the base's own settings name one."""
    adapter: AdapterDigests | None = None
    """Where it was trained elsewhere and `adopt` measured it: then `training` says nothing."""
    parents: dict[Name, Key] | None = None
    """Full keys by role: `teacher`, or `teacher-1` and so on of an ensemble; `student-base`."""
    ranks: Annotated[int, Meta(ge=2, le=1_000_000)] | None = None
    """Processes that trained it together, which draw dropout each for itself; None for one."""
    version: Literal[1] = 1

    @property
    def key(self) -> str:
        """64 hexadecimal digits."""
        return key_of(self)

    @property
    def is_baseline(self) -> bool:
        """Whether no network is trained: a run of `colacli baseline`."""
        return self.command.startswith("baseline.")

    @property
    def is_student_base(self) -> bool:
        """Whether it judges nothing: pretrained layers, for students to start from."""
        return self.pretraining is not None

    @property
    def student_base(self) -> str | None:
        """Full key of the run whose weights its student starts from."""
        return (self.parents or {}).get(STUDENT_BASE)

    @property
    def teachers(self) -> list[str]:
        """Full keys of its teachers, in the order of their roles."""
        return [key for role, key in sorted((self.parents or {}).items()) if role != STUDENT_BASE]


def parse_spec(document: Any, where: str) -> Spec:
    """A spec from its JSON document.

    Raises:
        IntegrityError: it is not one this version writes; `where` names the file.
    """
    try:
        return convert(document, Spec)
    except ValueError as error:
        raise IntegrityError(f"{where} is not a spec: {error}", "update colacli, or verify the store") from error
