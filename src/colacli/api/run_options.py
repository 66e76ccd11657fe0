"""Options of whatever makes runs, a class a group, by the names of the command line's flags.

Generated from the requests by docs/generate_options.py; `make lint` checks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

from colacli.api.call import Pathlike


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
