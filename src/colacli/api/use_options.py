"""Options of what is done with runs, a class a group, by the names of the command line's flags.

Generated from the requests by docs/generate_options.py; `make lint` checks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

from colacli.api.call import Pathlike


class Evaluate(TypedDict, total=False):
    """What a run is measured on, and where that is done."""

    data: Pathlike | None
    """Corpus: cola, sample, an imported name, a folder or a file. Default: the run's own."""
    split: str | None
    """Split to measure on; pooled_dev is both dev splits. Default: in_domain_dev, or the only one."""
    batch_size: int
    """Sentences at a time; changes no more than a last digit. (at least 1) Default: 256."""
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
