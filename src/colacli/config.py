"""All options, as frozen dataclasses: meaning, unit, default and limits of each.

The command line, a run's `spec.json` and training use these objects; nothing here reads a flag, an environment
variable or a file.
"""

from __future__ import annotations

import math
import operator
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, Literal, Self

from colacli.errors import UsageError

Precision = Literal["auto", "fp32", "bf16"]
SelectBy = Literal["accuracy", "mcc", "loss", "auc"]
Schedule = Literal["constant", "linear", "cosine"]
Cell = Literal["rnn", "gru", "lstm"]
Pooling = Literal["last", "max", "mean", "attention"]

REQUIRED = MISSING
DEFAULT = "default"
"""The source of a value that nothing sets."""


def setting(
    default: Any,
    help: str,  # noqa: A002 - the word of every command-line library
    *,
    flag: str | None = None,
    minimum: float | None = None,
    above: float | None = None,
    maximum: float | None = None,
    below: float | None = None,
    shown_default: str | None = None,
    later: bool = False,
) -> Any:
    """A dataclass field with its help and its limits.

    Args:
        default: `REQUIRED` for none.
        help: meaning and unit, one line.
        flag: name on the command line where it isn't the field's.
        minimum: smallest value; `above` excludes the bound itself.
        above: see `minimum`.
        maximum: largest value; `below` excludes the bound itself.
        below: see `maximum`.
        shown_default: description of a default that is computed later.
        later: added after runs were stored: left out of specs at its default, so that their keys don't change.
    """
    bounds = {"at least": minimum, "above": above, "at most": maximum, "below": below}
    limits = {word: bound for word, bound in bounds.items() if bound is not None}
    metadata = {"help": help, "flag": flag, "limits": limits, "shown_default": shown_default, "later": later}
    return field(default=default, metadata=metadata)


_COMPARISONS = {"at least": operator.ge, "above": operator.gt, "at most": operator.le, "below": operator.lt}


class Checked:
    """A dataclass whose fields are checked against their limits once, at its construction."""

    def __post_init__(self) -> None:
        """Check every limit, and convert integers in real fields to floats: 1 and 1.0 are the same choice.

        Raises:
            UsageError: a value is outside its limits.
        """
        for option in fields(self):  # type: ignore[arg-type] # only dataclasses inherit from it
            value, flag = getattr(self, option.name), flag_of(option.name, option.metadata)
            if value is None:
                continue
            if str(option.type).startswith("float"):
                if not math.isfinite(value):
                    raise UsageError(f"--{flag} must be a finite number, not {value}", "`--help` says the limits")
                value = float(value) + 0.0  # -0.0 becomes 0.0
                object.__setattr__(self, option.name, value)
            for word, bound in option.metadata.get("limits", {}).items():
                if not _COMPARISONS[word](value, bound):
                    raise UsageError(f"--{flag} must be {word} {bound:g}, not {value}", "`--help` says the limits")


def flag_of(name: str, metadata: Any) -> str:
    """The command-line name of a field, without the dashes before it."""
    return metadata.get("flag") or name.replace("_", "-")


@dataclass(frozen=True, kw_only=True)
class Training(Checked):
    """Options of training, for all three models."""

    epochs: int = setting(5, "Passes over the training sentences.", minimum=1, maximum=100_000)
    batch_size: int = setting(128, "Sentences a step.", minimum=1, maximum=1_000_000)
    learning_rate: float = setting(1e-3, "Adam's learning rate, at the first step.", flag="lr", above=0.0, maximum=1e3)
    dropout: float = setting(0.1, "Fraction of a layer's inputs dropped in training.", minimum=0.0, below=1.0)
    clip: float | None = setting(
        None, "Largest gradient norm; longer gradients are scaled to it.", above=0.0, shown_default="off"
    )
    seed: int = setting(0, "Fixes initial values, data order and dropout.", minimum=0, below=2**62)
    patience: int = setting(
        0, "Stop after this many epochs without a better one; 0 never stops early.", minimum=0, maximum=100_000
    )
    select: Literal["best", "last"] = setting(
        "best", "Epoch that is stored: the best by --select-by (of equals the earlier), or the last."
    )
    validation: Literal["dev", "holdout"] = setting(
        "dev", "Choose the epoch on in_domain_dev (optimistic about it), or on a tenth held out of train."
    )
    precision: Precision = setting("auto", "Arithmetic; auto is bf16 where the device computes it fast.")
    select_by: SelectBy = setting(
        "accuracy", "Validation measure that makes an epoch the better one, for --patience too (ties: MCC).", later=True
    )
    accumulate: int = setting(
        1, "Parts that a batch is computed in, one after the other, to take less memory.", minimum=1, later=True
    )
    schedule: Schedule = setting(
        "constant",
        "How --lr goes down to 0 over all steps: not at all, in a line, or along a half cosine.",
        flag="lr-schedule",
        later=True,
    )

    def resolved(self, precision: Precision) -> Training:
        """With the precision of the device; where no epoch is chosen `select_by` changes no key."""
        is_used = self.select == "best" or self.patience > 0
        return replace(self, precision=precision, select_by=self.select_by if is_used else "accuracy")


@dataclass(frozen=True, kw_only=True)
class Lora(Checked):
    """The trained parameters of GPT-2 (Hu et al. 2021)."""

    rank: int = setting(4, "Rank r of the update B A.", minimum=1, maximum=65_536)
    alpha: float | None = setting(None, "The update is scaled by alpha / rank.", above=0.0, shown_default="the rank")
    targets: tuple[str, ...] = setting(
        ("c_attn", "attn.c_proj", "c_fc", "mlp.c_proj"), "Projections that get an adapter, comma-separated."
    )
    init: Literal["xavier", "kaiming", "gaussian"] = setting("xavier", "Initial values of A; B starts at zero.")
    bias: Literal["none", "lora_only", "all"] = setting("lora_only", "Biases that are trained.")
    unfreeze: tuple[str, ...] = setting(
        ("ln_f",), "Modules trained in full beside the adapter, comma-separated; '' for none."
    )

    def __post_init__(self) -> None:
        """Check limits, and that there is an adapter."""
        super().__post_init__()
        if not self.targets:
            raise UsageError("--targets is empty: nothing would be adapted", "name projections, for example c_attn")

    def resolved(self) -> Lora:
        """With alpha computed and names sorted: equal choices have equal keys."""
        return replace(
            self,
            alpha=float(self.rank if self.alpha is None else self.alpha),
            targets=tuple(sorted(set(self.targets))),
            unfreeze=tuple(sorted(set(self.unfreeze))),
        )


@dataclass(frozen=True, kw_only=True)
class Encoder(Checked):
    """A student's embeddings and recurrent layers: all of it but the head."""

    cell: Cell = setting("rnn", "Recurrent cell.")
    hidden: int | None = setting(
        None, "Width of its state.", minimum=1, maximum=65_536, shown_default="the embeddings' width"
    )
    layers: int = setting(1, "Recurrent layers.", minimum=1, maximum=64)
    embeddings: Literal["teacher", "random"] = setting(
        "teacher", "Initial embeddings: a copy of the base model's, or random of the same shape."
    )
    freeze_embeddings: bool = setting(False, "Do not train the embeddings.")  # noqa: FBT003
    embedding_rank: int | None = setting(
        None,
        "Store embeddings in this width and project them: a low-rank factorisation.",
        minimum=1,
        maximum=65_536,
        shown_default="in full",
        later=True,
    )
    bidirectional: bool = setting(False, "Add a backward direction.", later=True)  # noqa: FBT003

    def resolved(self, width: int) -> Self:
        """With the width of the state; `width` is that of the embeddings.

        Raises:
            UsageError: the embeddings' rank is above their width.
        """
        if self.embedding_rank is not None and self.embedding_rank > width:
            raise UsageError(
                f"--embedding-rank {self.embedding_rank} is above the embeddings' width, {width}",
                f"give a rank below {width}, or none",
            )
        return replace(self, hidden=self.hidden or width)


@dataclass(frozen=True, kw_only=True)
class Student(Encoder):
    """Options of the small recurrent network."""

    pooling: Pooling = setting(
        "last", "The head's input: the last state alone, or with a pooling of all states.", later=True
    )


@dataclass(frozen=True, kw_only=True)
class Labels(Checked):
    """Options of the label loss."""

    label_smoothing: float = setting(
        0.0, "Fraction of each label's weight that is spread over both labels.", minimum=0.0, below=1.0
    )
