"""Options of the Python interface in groups, by the names of the command line's flags.

Generated from the requests by docs/generate_options.py; `make lint` checks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Literal, TypedDict

from colacli.api.progress import Progress

if TYPE_CHECKING:
    from colacli.api.run import Run
    from colacli.api.runs import Runs

Pathlike = str | PathLike[str]


class Call(TypedDict, total=False):
    """What every call that computes takes."""

    progress: Progress
    """Who is told how it goes: None for bars in a notebook or a terminal, True, False, or a function."""


class Lm(TypedDict, total=False):
    """All that `baseline lm` can be asked."""

    device: str
    """auto, cpu, cuda, cuda:INDEX or mps. Default: auto."""


class Base(TypedDict, total=False):
    """Which base model."""

    variant: str | None
    """Base model by name: gpt2-mini, distilgpt2, gpt2, gpt2-medium, gpt2-large, gpt2-xl. Default: gpt2."""
    base: Pathlike | None
    """Base model's folder, in the Hugging Face GPT-2 layout; instead of variant=. Default: none."""


class Data(TypedDict, total=False):
    """Which corpus."""

    data: Pathlike
    """Corpus: cola, sample, an imported name, a folder or a file. Default: cola."""


class Layout(TypedDict, total=False):
    """How the files of `data=` are laid out, where that can't be seen. Only their rows count in a key."""

    columns: Sequence[str]
    """Names of the columns, where they are not the usual: sentence=S,label=L,source=C,mark=M,split=P. Default: the
    usual names."""
    labels: Sequence[str]
    """What other labels mean: WORD=1,WORD=0. Default: the usual words."""
    quoting: Literal["auto", "none", "csv"]
    """Whether quotation marks enclose values, as in CSV; auto decides by the file. Default: auto."""


class Lora(TypedDict, total=False):
    """The trained parameters of GPT-2 (Hu et al. 2021)."""

    rank: int
    """Rank r of the update B A. (at least 1, at most 65536) Default: 4."""
    alpha: float | None
    """The update is scaled by alpha / rank. (above 0) Default: the rank."""
    targets: Sequence[str]
    """Projections that get an adapter, comma-separated. Default: c_attn,attn.c_proj,c_fc,mlp.c_proj."""
    init: Literal["xavier", "kaiming", "gaussian"]
    """Initial values of A; B starts at zero. Default: xavier."""
    bias: Literal["none", "lora_only", "all"]
    """Biases that are trained. Default: lora_only."""
    unfreeze: Sequence[str]
    """Modules trained in full beside the adapter, comma-separated; '' for none. Default: ln_f."""


class Training(TypedDict, total=False):
    """Options of training, for all three models."""

    epochs: int
    """Passes over the training sentences. (at least 1, at most 100000) Default: 5."""
    batch_size: int
    """Sentences a step. (at least 1, at most 1e+06) Default: 128."""
    lr: float
    """Adam's learning rate, at the first step. (above 0, at most 1000) Default: 0.001."""
    dropout: float
    """Fraction of a layer's inputs dropped in training. (at least 0, below 1) Default: 0.1."""
    clip: float | None
    """Largest gradient norm; longer gradients are scaled to it. (above 0) Default: off."""
    seed: int
    """Fixes initial values, data order and dropout. (at least 0) Default: 0."""
    patience: int
    """Stop after this many epochs without a better one; 0 never stops early. (at least 0, at most 100000) Default:
    0."""
    select: Literal["best", "last"]
    """Epoch that is stored: the best by select_by= (of equals the earlier), or the last. Default: best."""
    validation: Literal["dev", "holdout"]
    """Choose the epoch on in_domain_dev (optimistic about it), or on a tenth held out of train. Default: dev."""
    precision: Literal["auto", "fp32", "bf16"]
    """Arithmetic; auto is bf16 where the device computes it fast. Default: auto."""
    select_by: Literal["accuracy", "mcc", "loss", "auc"]
    """Validation measure that makes an epoch the better one, for patience= too (ties: MCC). Default: accuracy."""
    accumulate: int
    """Parts that a batch is computed in, one after the other, to take less memory. (at least 1) Default: 1."""
    lr_schedule: Literal["constant", "linear", "cosine"]
    """How lr= goes down to 0 over all steps: not at all, in a line, or along a half cosine. Default: constant."""


class Execution(TypedDict, total=False):
    """Where it runs and what becomes of it; changes no number."""

    name: str | None
    """Name to give the run, or the runs of all seeds. Default: none."""
    jobs: int
    """Runs of seeds= to make at once, each with its share of the cores. (at least 1, at most 1000) Default: 1."""
    device: str
    """auto, cpu, cuda, cuda:INDEX or mps. Default: auto."""
    force_precision: bool
    """Compute in bf16 even where that is emulated, and slow. Default: False."""
    force: bool
    """Compute it even if it is stored, and compare the bytes. Default: False."""
    checkpoint_every: float
    """Minutes between checkpoints in an epoch, beside the one after each; 0 makes none in it. (at least 0) Default:
    10.0."""


class Labels(TypedDict, total=False):
    """Options of the label loss."""

    label_smoothing: float
    """Fraction of each label's weight that is spread over both labels. (at least 0, below 1) Default: 0.0."""


class StudentBase(TypedDict, total=False):
    """What the student starts from."""

    student_base: str | Run | Runs | None
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


class Adopt(TypedDict, total=False):
    """Where it is measured and what becomes of the run."""

    name: str | None
    """Name to give the run. Default: none."""
    device: str
    """auto, cpu, cuda, cuda:INDEX or mps. Default: auto."""
    force: bool
    """Measure it even if it is stored, and compare the bytes. Default: False."""


class Fit(TypedDict, total=False):
    """What a baseline is fitted on, and what becomes of its run. It has no seed: the same data gives the same run."""

    validation: Literal["dev", "holdout"]
    """Fit on all of train, or without the tenth that validation="holdout" holds out elsewhere. Default: dev."""
    name: str | None
    """Name to give the run. Default: none."""
    force: bool
    """Compute it even if it is stored, and compare the bytes. Default: False."""


class Ngrams(TypedDict, total=False):
    """TF-IDF of n-grams, and a logistic regression on them."""

    words: int
    """Longest n-gram of words, from one word on; 0 leaves words out. (at least 0, at most 10) Default: 3."""
    characters: int
    """Longest n-gram of characters within a word, from one on; 0 leaves them out. (at least 0, at most 20) Default:
    5."""
    c: float
    """Inverse of the strength of the L2 penalty. (above 0, at most 1e+06) Default: 1.0."""


class Evaluate(TypedDict, total=False):
    """What a run is measured on, and where that is done."""

    data: Pathlike | None
    """Corpus: cola, sample, an imported name, a folder or a file. Default: the run's own."""
    split: str | None
    """Split to measure on; pooled_dev is both dev splits. Default: in_domain_dev, or the only one."""
    batch_size: int
    """Sentences at a time; changes no more than a last digit. (at least 1) Default: 128."""
    base: Pathlike | None
    """Folder of the run's base model, if it has moved. Default: where it was."""
    device: str
    """auto, cpu, cuda, cuda:INDEX or mps. Default: auto."""


class Pairs(TypedDict, total=False):
    """Which model, which pairs, and how sentences are scored."""

    variant: str | None
    """Base model by name: gpt2-mini, distilgpt2, gpt2, gpt2-medium, gpt2-large, gpt2-xl. Default: gpt2."""
    base: Pathlike | None
    """Base model's folder; instead of variant=, or where the run's has moved. Default: none."""
    data: Pathlike
    """Pairs: blimp, sample, an imported name, a folder or a file of JSON lines. Default: blimp."""
    columns: str | None
    """Other columns: good=NAME,bad=NAME,paradigm=NAME,phenomenon=NAME,field=NAME. Default: BLiMP's."""
    paradigm: Sequence[str]
    """Paradigms to take, comma-separated; '' for all. Default: ."""
    score: Literal["sum", "mean"] | None
    """A language model's score: sum or mean of its tokens' log-probabilities. Default: sum."""
    bos: bool | None
    """A language model scores the first token, after the document-start token. Default: bos."""
    batch_size: int
    """Sentences at a time; changes no more than a last digit. (at least 1) Default: 256."""
    device: str
    """auto, cpu, cuda, cuda:INDEX or mps. Default: auto."""
    precision: Literal["auto", "fp32", "bf16"] | None
    """A language model's arithmetic; auto is bf16 where the device computes it fast. Default: fp32."""
    force_precision: bool
    """Compute in bf16 even where that is emulated, and slow. Default: False."""


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


class Generate(TypedDict, total=False):
    """All that `generate` can be asked."""

    variant: str | None
    """Base model by name: gpt2-mini, distilgpt2, gpt2, gpt2-medium, gpt2-large, gpt2-xl. Default: gpt2."""
    base: Pathlike | None
    """Base model's folder; instead of variant=, or where the run's has moved. Default: none."""
    max_new_tokens: int
    """Most tokens to add. (at least 1) Default: 50."""
    temperature: float
    """Divides the logits; 0 takes the likeliest token. (at least 0) Default: 1.0."""
    top_k: int
    """Draw from the k likeliest tokens; 0 from all. (at least 0) Default: 50."""
    top_p: float
    """Draw from the likeliest tokens that reach this probability together. (above 0, at most 1) Default: 1.0."""
    seed: int
    """Of the first sample; the next has the next seed. (at least 0) Default: 0."""
    num_samples: int
    """Texts to make. (at least 1) Default: 1."""
    device: str
    """auto, cpu, cuda, cuda:INDEX or mps. Default: auto."""
    precision: Literal["auto", "fp32", "bf16"]
    """Arithmetic; auto is bf16 on a GPU that has it, fp32 on a CPU. Default: auto."""
    force_precision: bool
    """Compute in bf16 even where that is emulated, and slow. Default: False."""


class Export(TypedDict, total=False):
    """What single kinds of export take."""

    base: Pathlike | None
    """Folder of the run's base model, if it has moved. Default: where it was."""
    quantize: Literal["none", "int8"]
    """Weights of the ONNX model: int8 is a quarter of the size. Default: none."""
    merged: bool
    """For the hub: a teacher's adapter merged into its base, in place of the adapter alone. Default: False."""
    licence: str | None
    """For the hub: the licence in the card, by the hub's identifier. Default: the base model's, if known."""


class Report(TypedDict, total=False):
    """What a report is about."""

    title: str
    """Its title. Default: Report."""
    split: str
    """Split that it compares on; pooled_dev is both dev splits. Default: in_domain_dev."""
    pairs: str | None
    """Minimal pairs to compare arms on too: blimp, sample, a folder or a file. Default: none."""
    mistakes: int
    """Sentences to quote an arm, of those that it misjudges; 0 quotes none. (at least 0, at most 1000) Default: 5."""


class Student(Encoder, total=False):
    """Options of the small recurrent network."""

    pooling: Literal["last", "max", "mean", "attention"]
    """The head's input: the last state alone, or with a pooling of all states. Default: last."""
