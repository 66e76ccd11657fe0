"""What a student's recurrent layers are pretrained on, and the plan of it."""

from __future__ import annotations

from dataclasses import dataclass

from colacli.config import Student
from colacli.data.transfer import TransferSet, shuffled
from colacli.errors import DataError
from colacli.parameters import ParameterCounts
from colacli.pretraining import Pretraining
from colacli.training.plan import STUDENT_LONGEST, NetworkPlan

TEXT = "text"
"""What a spec calls the sentences of the text file."""
MOST_HELD_OUT = 2_000
"""Sentences; of a short text a tenth is held out."""


@dataclass(frozen=True)
class DividedText:
    """The sentences of a text."""

    train: TransferSet
    held_out: TransferSet


@dataclass(frozen=True, kw_only=True)
class PretrainPlan(NetworkPlan):
    """Of recurrent layers."""

    about = (
        "The embeddings and recurrent layers of a student, trained as a language model on a text. It judges nothing: "
        "students start from it, with --student-base."
    )
    student: Student
    pretraining: Pretraining
    text: TransferSet

    @property
    def longest(self) -> int:
        """Most tokens of a sentence: the base model, where it teaches, reads each after a start token."""
        return self.base.config.n_positions - 1 if self.pretraining.kd_weight else STUDENT_LONGEST

    def count_parameters(self) -> ParameterCounts:
        """Those that are trained on the text, those of the output layer too."""
        from colacli.training.language_model import count_language_model

        return count_language_model(self)


def held_out_of(sentences: int) -> int:
    """How many sentences of a text are held out.

    Raises:
        DataError: there are too few.
    """
    if sentences < 2:
        raise DataError("the text has one sentence, and some are held out", "give a text of more sentences, one a line")
    return min(MOST_HELD_OUT, max(1, sentences // 10))


def divide(text: TransferSet, size: int) -> DividedText:
    """The sentences to train on, and those held out: the same of one text whatever the seed and the size.

    Raises:
        DataError: all others are repetitions of held-out sentences.
    """
    order = list(shuffled(text.texts, 0))
    held_out = order[: held_out_of(len(order))]
    seen = set(held_out)
    train = [sentence for sentence in order[len(held_out) :] if sentence not in seen][:size]
    if not train:
        raise DataError("all sentences of the text are the same", "give a text of different sentences")
    return DividedText(TransferSet(train, TEXT), TransferSet(held_out, f"held-out {TEXT}"))
