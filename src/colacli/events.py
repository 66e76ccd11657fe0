"""Events that a workflow reports to its caller while it runs. It prints nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Annotated

from msgspec import Meta

from colacli.metrics import Correlation, Fraction, Loss
from colacli.parameters import ParameterCounts


@dataclass(frozen=True)
class Note:
    """One line of text for the user."""

    text: str


@dataclass(frozen=True)
class Counted:
    """The parameters are counted; training is about to start."""

    parameters: ParameterCounts


@dataclass(frozen=True)
class Work:
    """Progress of work that is not training: reading, tokenising, a teacher's logits, a download."""

    what: str
    done: int
    total: int
    unit: str = "sentences"


@dataclass(frozen=True)
class Step:
    """One training step is done; sums run from the start of the epoch."""

    epoch: int
    epochs: int
    step: int
    steps: int
    sentences: int
    """Sentences seen this epoch."""
    loss: float
    """Mean training loss this epoch so far."""
    accuracy: float
    mcc: float


@dataclass(frozen=True)
class Epoch:
    """One epoch is done. A line of history.jsonl, so it has no clock time and no host."""

    epoch: Annotated[int, Meta(ge=1, le=10**6)]
    learning_rate: Annotated[float, Meta(ge=0, le=1e6)]
    tokens: Annotated[int, Meta(ge=0, le=2**53)]
    """Tokens trained on since the start."""
    train_loss: Loss
    """Mean over the epoch's sentences of what was minimised, dropout on."""
    train_accuracy: Fraction
    train_mcc: Correlation
    dev_loss: Loss
    """Mean cross-entropy on the validation sentences, dropout off."""
    dev_accuracy: Fraction
    dev_mcc: Correlation
    dev_auc: Fraction | None = None
    """None, and not written, where it did not choose the epoch."""

    @property
    def numbers(self) -> tuple[float, ...]:
        """All of it, without what is None; `Epoch(*numbers)` is the same again."""
        return tuple(value for value in astuple(self) if value is not None)


@dataclass(frozen=True)
class Piece:
    """A piece of generated text."""

    sample: int
    """Which sample it belongs to, counted from 0."""
    text: str


@dataclass(frozen=True)
class OfJob:
    """An event of one of several parallel trainings."""

    job: int
    """Which of them, counted from 0; it may train several seeds, one after the other."""
    seed: int
    event: Event


Event = Note | Counted | Work | Step | Epoch | Piece | OfJob
OnEvent = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """An `on_event` for callers who need none."""
