"""How much of a GPU's memory a training takes, estimated from its plan, without torch.

The coefficients count what a step saves for its backward pass, read off the code; tests compare them with the tensors
that are alive at once. Letters: N tokens of a step, d width, L layers, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, pstdev

from colacli.data.corpus import TRAIN
from colacli.models.config import GPT2Config
from colacli.training.plan import DistilPlan, NetworkPlan, StudentPlan, TeacherPlan
from colacli.training.pretraining import PretrainPlan

CONTEXT = 2**30
"""Bytes of a process on a GPU beside its tensors: kernels, workspaces, and the least that the allocator reserves.

On an H100 the context was 616 MiB, and 764 with all kernels of a training; the allocator's reserve was up to 187 MiB
above `_FRAGMENTS` times the estimate.
"""
_FRAGMENTS = 1.15
"""What the allocator takes for a byte of large tensors: 1.07 to 1.13 for GPT-2's on an H100."""
_EVALUATED = 128
"""Sentences of a batch that is judged: `EVALUATION_BATCH`."""
_ROW_WIDTH = 64
"""Positions in a row of attention, unless a sentence is longer: `layout.ROW_WIDTH`."""
_COPIES = 4
"""Of each trained number in fp32, beside itself: gradient, Adam's two moments, the best epoch's."""
_STATES = {"rnn": 3, "gru": 9, "lstm": 10}
"""Widths of the state that a cell saves for a token, as torch's networks on a CPU do."""
_SLICE = 2**26
"""Logits of a slice of the loss over a vocabulary on a GPU: `next_token._slices`."""
_PADDED = 1.25
"""Most steps that a student's batch is padded to, for one of the longest sentence: `filling.padded_ids`."""
_SAMPLE = 20_000
"""Sentences that are tokenised to know how long they are."""


@dataclass(frozen=True)
class Lengths:
    """How long a plan's sentences are, in tokens."""

    mean: float
    deviation: float
    longest: int
    distinct: int
    """Tokens that occur; all of the vocabulary where not all sentences were looked at."""

    @classmethod
    def of(cls, sentences: Sequence[Sequence[int]]) -> Lengths:
        """Of token ids."""
        lengths = [len(ids) for ids in sentences]
        distinct = len({token for ids in sentences for token in ids})
        return cls(fmean(lengths), pstdev(lengths), max(lengths), distinct)

    def batch(self, sentences: int) -> float:
        """Tokens of the longest of many random batches: four standard deviations above the mean."""
        return min(sentences * self.longest, sentences * self.mean + 4 * self.deviation * sqrt(sentences))


def device_memory(plan: NetworkPlan) -> int:
    """Bytes of a GPU that a process takes which makes a plan's run, its context among them."""
    lengths = _lengths(plan)
    return round(CONTEXT + _FRAGMENTS * (_tensors(plan, lengths) + _graphs(plan, lengths)))


def _graphs(plan: NetworkPlan, lengths: Lengths) -> float:
    """Bytes of the memory that the graphs of steps share, beside that of the steps which are not captured."""
    if isinstance(plan, TeacherPlan):
        return _teacher_step(plan, lengths)
    if not isinstance(plan, StudentPlan):
        return 0.0
    padded = plan.spec.training.batch_size * lengths.longest * _PADDED
    return 2 * _reading(plan, padded)  # captured and not


def _tensors(plan: NetworkPlan, lengths: Lengths) -> float:
    """Bytes of the tensors that are alive at once, at the most."""
    if isinstance(plan, PretrainPlan):
        return _pretraining(plan, lengths)
    if isinstance(plan, DistilPlan):  # the teachers come first, one by one, and what they took is not given back
        teachers = {teacher.spec.key: teacher.spec for teacher in plan.teachers}.values()
        judges = [_judging(plan.base.config, lengths, _width(one.training.precision)) for one in teachers if one.lora]
        return max(_student(plan, lengths), *judges, 0)
    if isinstance(plan, StudentPlan):
        return _student(plan, lengths)
    if isinstance(plan, TeacherPlan):
        return _teacher(plan, lengths)
    return _judging(plan.base.config, lengths, _width("fp32"))


def _teacher(plan: TeacherPlan, lengths: Lengths) -> float:
    """Of a GPT-2 with adapters: frozen weights in the run's precision, what is trained, a step or a judged batch."""
    training, config, counts = plan.spec.training, plan.base.config, plan.count_parameters()
    width = _width(training.precision)
    weights = (counts.total - counts.trainable) * width + counts.trainable * 4 * (1 + _COPIES)
    merged = config.n_layer * _matrices(config) * width  # with the adapters, beside the frozen ones
    judging = merged + _layer(config, lengths.batch(_EVALUATED), lengths.longest, width)
    return weights + max(_teacher_step(plan, lengths), judging)


def _teacher_step(plan: TeacherPlan, lengths: Lengths) -> float:
    """Bytes that a step saves, with the layer that is computed."""
    training, config = plan.spec.training, plan.base.config
    tokens = lengths.batch(_part(training.batch_size, training.accumulate))
    return (config.n_layer + 1) * _layer(config, tokens, lengths.longest, _width(training.precision))


def _matrices(config: GPT2Config) -> int:
    """Weights of a layer's matrices."""
    return 4 * config.n_embd**2 + 2 * config.n_embd * config.inner


def _layer(config: GPT2Config, tokens: float, longest: int, width: int) -> float:
    """Bytes that a layer saves for its backward pass.

    In widths of a token's state: the inputs of two norms (2), the inputs of four adapters and their masks (6 and twice
    the MLP's width), queries, keys and values (4), the input of the activation (the MLP's width); and the attention.
    """
    states = 12 * config.n_embd + 3 * config.inner
    return tokens * width * (states + config.n_head * max(_ROW_WIDTH, longest))


def _judging(config: GPT2Config, lengths: Lengths, width: int) -> float:
    """Of a GPT-2 that judges: weights, those with the adapters merged beside the others, and a layer."""
    d, inner = config.n_embd, config.inner
    block = 2 * _matrices(config) + 9 * d + inner
    parameters = (config.vocab_size + config.n_positions) * d + config.n_layer * block
    return parameters * width + _layer(config, lengths.batch(_EVALUATED), lengths.longest, width)


def _student(plan: StudentPlan, lengths: Lengths) -> float:
    """Of a recurrent network, in fp32. Embeddings that occur are trained; before and after that all are there twice."""
    training, counts, vocabulary = plan.spec.training, plan.count_parameters(), plan.base.config.vocab_size
    step = _reading(plan, lengths.batch(_part(training.batch_size, training.accumulate)))
    if plan.student.freeze_embeddings:
        return 4 * counts.total + 4 * _COPIES * counts.trainable + step
    untouched = max(0, vocabulary - lengths.distinct) * (plan.student.embedding_rank or plan.base.config.n_embd)
    orders = 32 * vocabulary  # of the rows, as integers
    return 4 * counts.total + orders + max(4 * counts.total, 4 * _COPIES * (counts.trainable - untouched) + step)


def _reading(plan: StudentPlan | PretrainPlan, tokens: float) -> float:
    """Bytes that a recurrent network saves of a step: inputs, dropped and masked; every layer's states; a pooling.

    One layer's are there twice while its gradient is computed.
    """
    student, width = plan.student, plan.base.config.n_embd
    states = (student.hidden or width) * (1 + student.bidirectional)
    pooled = 0 if student.pooling == "last" else 6 * states
    return 4 * tokens * (4 * width + (student.layers + 1) * states * _STATES[student.cell] + pooled)


def _pretraining(plan: PretrainPlan, lengths: Lengths) -> float:
    """Of recurrent layers as a language model: all is trained, and the logits come in slices."""
    training, config, counts = plan.spec.training, plan.base.config, plan.count_parameters()
    teacher = _judging(config, lengths, _width(training.precision)) if plan.pretraining.kd_weight else 0.0
    weights = 4 * (counts.total + (_COPIES + 1) * counts.trainable)  # the slices' gradient beside the parameter's
    tokens = max(lengths.batch(training.batch_size), lengths.batch(_EVALUATED))
    logits = min(_SLICE, tokens * config.vocab_size)
    return weights + _reading(plan, tokens) + 4 * logits * (7 if teacher else 4) + teacher


def _width(precision: str) -> int:
    """Bytes of a number."""
    return 2 if precision == "bf16" else 4


def _part(batch_size: int, accumulate: int) -> int:
    """Sentences of the largest part of a batch."""
    return -(-batch_size // accumulate)


def _lengths(plan: NetworkPlan) -> Lengths:
    """Of a plan's training sentences, or of some of them and the longest."""
    from colacli.models.tokenizer import encode_all, load_tokenizer

    texts = plan.text.texts if isinstance(plan, PretrainPlan) else plan.corpus.split(TRAIN).texts
    sample = _some(texts)
    lengths = Lengths.of(encode_all(load_tokenizer(plan.base.tokenizer, plan.base.folder), sample))
    if len(sample) < len(texts) or getattr(plan.spec, "transfer", None):
        return Lengths(lengths.mean, lengths.deviation, lengths.longest, plan.base.config.vocab_size)
    return lengths


def _some(texts: Sequence[str]) -> list[str]:
    """All of them, or so many at equal distances and the longest."""
    if len(texts) <= _SAMPLE:
        return list(texts)
    return [*texts[:: -(-len(texts) // _SAMPLE)], max(texts, key=len)]
