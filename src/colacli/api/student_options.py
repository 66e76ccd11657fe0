"""Options of students alone, a class a group, by the names of the command line's flags.

Generated from the requests by docs/generate_options.py; `make lint` checks it.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from colacli.api.call import Pathlike
from colacli.api.references import Reference


class Labels(TypedDict, total=False):
    """Options of the label loss."""

    label_smoothing: float
    """Fraction of each label's weight that is spread over both labels. (at least 0, below 1) Default: 0.0."""


class StudentBase(TypedDict, total=False):
    """What the student starts from."""

    student_base: Reference | None
    """Reference of a run of pretrain-student, or of another student: the student starts from its weights and takes
    its shape; of several runs, from the one with its seed. Default: none."""


class Teacher(TypedDict, total=False):
    """Which teacher, and where its base model is now."""

    base: Pathlike | None
    """Folder of the run's base model, if it has moved. Default: where it was."""


class Distillation(TypedDict, total=False):
    """Options of the distillation loss (Hinton, Vinyals, Dean 2015)."""

    temperature: float | None
    """Both sides' logits are divided by it; unused by mse. (above 0, at most 10000) Default: 2.0."""
    kd_weight: float
    """Weight of the teacher's part of the loss. (at least 0, at most 1e+06) Default: 0.5."""
    ce_weight: float
    """Weight of the labels' part of the loss. (at least 0, at most 1e+06) Default: 0.5."""
    kd_loss: Literal["kl", "mse"]
    """T^2 KL(teacher || student), or squared error of the logits. Default: kl."""
    ensemble: Literal["logits", "probabilities"]
    """The average where teacher= names several runs: of logits or probabilities. Default: logits."""
    teacher_control: Literal["none", "shuffled", "hard"]
    """A control: logits shuffled among sentences, or hard decisions instead of logits. Default: none."""
    hidden_weight: float
    """Weight of the distance between the teacher's last state and its prediction from the student's. (at least 0,
    at most 1e+06) Default: 0.0."""
    prefix_weight: float
    """Weight of T^2 KL(teacher || student) of every prefix, which a head of its own judges from the state there.
    (at least 0, at most 1e+06) Default: 0.0."""


class Transfer(TypedDict, total=False):
    """Which sentences the teacher labels beside those of train."""

    transfer: Pathlike | None
    """Unlabelled sentences to distil on too: a text file, one a line, or made by contextual, generated, parts,
    words, or several of these with commas, in turn. Default: none."""
    transfer_size: int
    """How many of them. (at least 1, at most 1e+07) Default: 20000."""
    transfer_seed: int
    """Fixes which; more of them begin with the fewer. (at least 0) Default: 0."""
    train_repeats: int
    """Times that an epoch has each training sentence beside them. (at least 1, at most 10000) Default: 1."""


class Pretraining(TypedDict, total=False):
    """What is learned of a text."""

    size: int | None
    """Sentences to train on; more of them begin with the fewer. (at least 1, at most 1e+07) Default: all but those
    held out."""
    kd_weight: float
    """Weight of the divergence from the base model's next-token distributions, beside the text's tokens. (at least
    0, at most 1e+06) Default: 0.0."""
    temperature: float | None
    """Both sides' logits are divided by it; used with kd_weight=. (above 0, at most 10000) Default: 1.0."""
    negatives: int | None
    """Sampled softmax: tokens drawn in each step that its own are told from, and one another; not with kd_weight=.
    (at least 1, at most 1e+07) Default: the whole vocabulary."""


class Encoder(TypedDict, total=False):
    """A student's embeddings and recurrent layers: all of it but the head."""

    cell: Literal["rnn", "gru", "lstm"]
    """Recurrent cell. Default: rnn."""
    hidden: int | None
    """Width of its state. (at least 1, at most 65536) Default: the embeddings' width."""
    layers: int
    """Recurrent layers. (at least 1, at most 64) Default: 1."""
    embeddings: Literal["teacher", "random"]
    """Initial embeddings: a copy of the base model's, or random of the same shape. Default: teacher."""
    freeze_embeddings: bool
    """Do not train the embeddings. Default: False."""
    embedding_rank: int | None
    """Store embeddings in this width and project them: a low-rank factorisation. (at least 1, at most 65536)
    Default: in full."""
    bidirectional: bool
    """Add a backward direction. Default: False."""


class Optimisation(TypedDict, total=False):
    """The options of `Training` that a language model has: the held-out loss chooses the epoch."""

    epochs: int
    """Passes over the sentences. (at least 1, at most 100000) Default: 1."""
    batch_size: int
    """Sentences a step. (at least 1, at most 1e+06) Default: 64."""
    lr: float
    """Adam's learning rate, at the first step. (above 0, at most 1000) Default: 0.001."""
    dropout: float
    """Fraction of a layer's inputs dropped in training. (at least 0, below 1) Default: 0.1."""
    clip: float
    """Largest gradient norm; longer gradients are scaled to it. (above 0, at most 1e+06) Default: 1.0."""
    seed: int
    """Fixes initial values, data order and dropout. (at least 0) Default: 0."""
    patience: int
    """Stop after this many epochs without a better one; 0 never stops early. (at least 0, at most 100000) Default:
    0."""
    select: Literal["best", "last"]
    """Epoch that is stored: that of the least held-out loss, or last. Default: best."""
    precision: Literal["auto", "fp32", "bf16"]
    """Arithmetic; auto is bf16 where the device computes it fast. Default: auto."""
    lr_schedule: Literal["constant", "linear", "cosine"]
    """How lr= goes down to 0 over all steps: not at all, in a line, or along a half cosine. Default: constant."""


class Student(Encoder, total=False):
    """Options of the small recurrent network."""

    pooling: Literal["last", "max", "mean", "attention"]
    """The head's input: the last state alone, or with a pooling of all states. Default: last."""
