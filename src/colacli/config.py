"""Everything that can be chosen, as frozen dataclasses: what each means, its unit, its default, its limits.

The command line, the documents in a run's `spec.json` and the code that trains all use
these same objects; nothing below reads a flag, an environment variable or a file.
"""

from __future__ import annotations

import math
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, Literal

from colacli.errors import UsageError

Precision = Literal["auto", "fp32", "bf16"]
Cell = Literal["rnn", "gru", "lstm"]
Pooling = Literal["last", "max", "mean", "attention"]


REQUIRED = MISSING


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
        default: value when nothing says otherwise; `REQUIRED` for none.
        help: meaning and unit, one line.
        flag: name on the command line where it isn't the field's.
        minimum: smallest value allowed; `above` excludes the bound itself.
        above: see `minimum`.
        maximum: largest value allowed; `below` excludes the bound itself.
        below: see `maximum`.
        shown_default: words for a default that is worked out later.
        later: added after runs were stored: left out of specs at its default, so that those keep their keys.
    """
    limits = {"at least": minimum, "above": above, "at most": maximum, "below": below}
    metadata = {
        "help": help,
        "flag": flag,
        "limits": {word: bound for word, bound in limits.items() if bound is not None},
        "shown_default": shown_default,
        "later": later,
    }
    return field(default=default, metadata=metadata)


_HOLDS = {
    "at least": lambda value, bound: value >= bound,
    "above": lambda value, bound: value > bound,
    "at most": lambda value, bound: value <= bound,
    "below": lambda value, bound: value < bound,
}


class Checked:
    """A dataclass whose fields are checked against their limits once, when it is made."""

    def __post_init__(self) -> None:
        """Check every limit, and make whole numbers real where a real one is meant: 1 and 1.0 are one choice.

        Raises:
            UsageError: a value is outside its limits.
        """
        for one in fields(self):  # type: ignore[arg-type] # only dataclasses inherit from it
            value = getattr(self, one.name)
            if str(one.type).startswith("float") and value is not None:
                value = _real(value, flag_of(one.name, one.metadata))
                object.__setattr__(self, one.name, value)
            for word, bound in one.metadata.get("limits", {}).items():
                if value is not None and not _HOLDS[word](value, bound):
                    flag = flag_of(one.name, one.metadata)
                    raise UsageError(f"--{flag} must be {word} {bound:g}, not {value}", "`--help` says the limits")


def _real(value: float, flag: str) -> float:
    if not math.isfinite(value):
        raise UsageError(f"--{flag} must be a finite number, not {value}", "`--help` says the limits")
    return float(value) + 0.0  # -0.0 becomes 0.0


def flag_of(name: str, metadata: Any) -> str:
    """The command-line name of a field, without the dashes before it."""
    return metadata.get("flag") or name.replace("_", "-")


@dataclass(frozen=True, kw_only=True)
class Training(Checked):
    """How any of the three models is trained."""

    epochs: int = setting(5, "Passes over the training sentences.", minimum=1, maximum=100_000)
    batch_size: int = setting(128, "Sentences a step.", minimum=1, maximum=1_000_000)
    learning_rate: float = setting(1e-3, "Adam's learning rate, constant.", flag="lr", above=0.0, maximum=1e3)
    dropout: float = setting(0.1, "Share of a layer's inputs dropped in training.", minimum=0.0, below=1.0)
    clip: float | None = setting(
        None, "Largest gradient norm; longer gradients are scaled to it.", above=0.0, shown_default="off"
    )
    seed: int = setting(0, "Fixes initial values, data order and dropout.", minimum=0, below=2**62)
    patience: int = setting(
        0, "Stop after this many epochs without a better one; 0 never stops early.", minimum=0, maximum=100_000
    )
    select: Literal["best", "last"] = setting(
        "best", "Epoch that is kept: best validation accuracy (ties: MCC, then the earlier), or the last."
    )
    validation: Literal["dev", "holdout"] = setting(
        "dev", "Choose the epoch on in_domain_dev (optimistic about it), or on a tenth held out of train."
    )
    precision: Precision = setting("auto", "Arithmetic; auto is bf16 where the device computes it fast.")


@dataclass(frozen=True, kw_only=True)
class Lora(Checked):
    """What of GPT-2 is trained (Hu et al. 2021)."""

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
        """Check limits, and that there is an adapter at all."""
        super().__post_init__()
        if not self.targets:
            raise UsageError("--targets is empty: nothing would be adapted", "name projections, for example c_attn")

    def resolved(self) -> Lora:
        """With alpha filled in, and names in order: the same choice told otherwise is the same run."""
        return replace(
            self,
            alpha=float(self.rank if self.alpha is None else self.alpha),
            targets=tuple(sorted(set(self.targets))),
            unfreeze=tuple(sorted(set(self.unfreeze))),
        )


@dataclass(frozen=True, kw_only=True)
class Student(Checked):
    """The small recurrent network."""

    cell: Cell = setting("rnn", "Recurrent cell.")
    hidden: int | None = setting(
        None, "Width of its state.", minimum=1, maximum=65_536, shown_default="the embeddings' width"
    )
    layers: int = setting(1, "Recurrent layers.", minimum=1, maximum=64)
    embeddings: Literal["teacher", "random"] = setting(
        "teacher", "Initial embeddings: a copy of the base model's, or random of the same shape."
    )
    freeze_embeddings: bool = setting(False, "Leave the embeddings as they start.")  # noqa: FBT003
    embedding_rank: int | None = setting(
        None,
        "Store embeddings in this width and project them: a low-rank factorisation.",
        minimum=1,
        maximum=65_536,
        shown_default="in full",
        later=True,
    )
    bidirectional: bool = setting(False, "Read every sentence backwards too.", later=True)  # noqa: FBT003
    pooling: Pooling = setting(
        "last", "What is judged by: the last state alone, or beside it a summary of all states.", later=True
    )

    def resolved(self, width: int) -> Student:
        """With the state's width filled in; `width` is the embeddings'.

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
class Distillation(Checked):
    """What the student learns from its teacher (Hinton, Vinyals, Dean 2015)."""

    temperature: float | None = setting(
        2.0, "Both sides' logits are divided by it; unused by mse.", above=0.0, maximum=1e4
    )
    kd_weight: float = setting(0.5, "Weight of the teacher's part of the loss.", minimum=0.0, maximum=1e6)
    ce_weight: float = setting(0.5, "Weight of the labels' part of the loss.", minimum=0.0, maximum=1e6)
    kd_loss: Literal["kl", "mse"] = setting("kl", "T^2 KL(teacher || student), or squared error of the logits.")
    ensemble: Literal["logits", "probabilities"] = setting(
        "logits", "What is averaged where --teacher names several runs.", later=True
    )
    teacher_control: Literal["none", "shuffled", "hard"] = setting(
        "none",
        "Take from the teacher: which sentence its logits are of, or all but its decisions.",
        later=True,
    )

    hidden_weight: float = setting(
        0.0,
        "Weight of the distance between the teacher's last state and what the student's state says of it.",
        minimum=0.0,
        maximum=1e6,
        later=True,
    )

    def __post_init__(self) -> None:
        """Check limits, and that something is learnt at all."""
        super().__post_init__()
        if self.teacher_control == "hard" and self.hidden_weight:
            raise UsageError("--teacher-control hard leaves no states for --hidden-weight", "leave one of them out")
        if self.teacher_control == "hard" and self.kd_loss == "mse":
            raise UsageError("--teacher-control hard leaves no logits for --kd-loss mse", "leave --kd-loss out")
        if self.kd_weight == 0 and self.ce_weight == 0:
            raise UsageError("--kd-weight and --ce-weight are both 0", "give at least one a positive weight")

    def resolved(self, teachers: int = 1) -> Distillation:
        """Without what is not used, so that it tells no runs apart: a temperature, a way to average one teacher."""
        ensemble = self.ensemble if teachers > 1 else "logits"
        hot = self.kd_loss == "kl" and (self.teacher_control != "hard" or ensemble == "probabilities")
        return replace(self, temperature=self.temperature if hot else None, ensemble=ensemble)


RECIPES = ("generated", "parts", "words")
"""What a transfer set can be made by, beside a text file."""


@dataclass(frozen=True, kw_only=True)
class Transfer(Checked):
    """Which unlabelled sentences the teacher labels for its student."""

    recipes: tuple[str, ...] = ()
    """In order; empty where they come from a file."""
    sentences: str | None = None
    """SHA-256 of a file's sentences."""
    size: int = setting(REQUIRED, "Sentences.", minimum=1, maximum=10_000_000)
    seed: int = setting(REQUIRED, "Fixes the choice.", minimum=0, below=2**62)

    def __post_init__(self) -> None:
        """Check that there is one source.

        Raises:
            UsageError: there is none, or one that isn't known.
        """
        super().__post_init__()
        if bool(self.recipes) == bool(self.sentences) or set(self.recipes) - set(RECIPES):
            raise UsageError(f"{self.recipes} is not a source of sentences", f"known are {', '.join(RECIPES)}")


@dataclass(frozen=True, kw_only=True)
class Labels(Checked):
    """How the labels are taught."""

    label_smoothing: float = setting(
        0.0, "Share of each label's weight that goes to both labels alike.", minimum=0.0, below=1.0
    )
