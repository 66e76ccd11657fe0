"""What is compared with what, and what is asked of it.

A row's contenders are measured in turns, A, B, A, B, so that a machine that slows down for a
while slows all of them. A claim is a figure computed of each turn: a ratio, a share of a limit, a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks.results import Turn
from colacli.devices import resolve_precision

GPT2_PARAMETERS = 124_439_808
"""Of GPT-2, the tied embedding counted once."""


@dataclass(frozen=True)
class Settings:
    """How much is measured of each."""

    steps: int = 8
    """Training steps, after one to warm up; fewer of the peers."""
    epochs: int = 5
    """Of the distillation."""
    tokens: int = 200
    """That are generated."""
    pairs: int = 2_000
    """That are scored."""
    sentences: int = 8_551
    """Of the corpus' train split."""

    @property
    def grouped(self) -> int:
        """Steps of the peers' fastest training."""
        return min(5, self.steps)

    @property
    def slow(self) -> int:
        """Steps of the peers' default training and of the plain loop, each many seconds long."""
        return min(2, self.steps)


@dataclass(frozen=True)
class Contender:
    """One side of a row: a piece and its options."""

    name: str
    piece: str
    options: dict[str, Any] = field(default_factory=dict)
    seeded: bool = False
    """Whether each turn has a seed of its own, for other random batches."""


@dataclass(frozen=True)
class Claim:
    """One line of the report's first table."""

    work: str
    against: str
    value: Callable[[Turn], float]
    """Of one turn."""
    goal: float | None = None
    """What it should reach; None where it is only shown."""
    unit: str = "times"
    at_most: bool = False
    """Whether less is better."""

    def holds(self, value: float) -> bool:
        """Whether a figure reaches the goal."""
        return self.goal is None or (value <= self.goal if self.at_most else value >= self.goal)


@dataclass(frozen=True)
class Row:
    """What is measured together."""

    name: str
    title: str
    measures: dict[str, str]
    """Figures of its contenders that are shown, and their units."""
    contenders: tuple[Contender, ...]
    claims: tuple[Claim, ...] = ()
    bases: tuple[str, ...] = ("gpt2",)
    """Models that have to be made."""
    teachers: bool = False
    """Whether it needs the two teachers."""
    repeats: int | None = None
    """Most turns that it takes, whatever is asked for."""


def less(measure: str, ours: str, peer: str) -> Callable[[Turn], float]:
    """How many times less of something we take than a peer: seconds, bytes."""
    return lambda turn: float(turn[peer][measure] / turn[ours][measure])


def more(measure: str, ours: str, peer: str) -> Callable[[Turn], float]:
    """How many times more of something we have than a peer: tokens a second."""
    return less(measure, peer, ours)


def figure(measure: str, ours: str) -> Callable[[Turn], float]:
    """A figure as it is."""
    return lambda turn: float(turn[ours][measure])


def share(measure: str, ours: str, limit_measure: str, limit: str, times: float = 1.0) -> Callable[[Turn], float]:
    """A rate as a part of the limit measured in the same turn, in percent; `times` brings both to one unit."""
    return lambda turn: float(100 * times * turn[ours][measure] / turn[limit][limit_measure])


def ceiling(ours: str, limit: str, peer: str) -> Callable[[Turn], float]:
    """How many times less time a step would take than a peer's at the rate of products measured in the same turn."""

    def value(turn: Turn) -> float:
        products = turn[ours]["seconds_per_step"] * turn[ours]["flops_per_second"]  # of a step
        return float(turn[peer]["seconds_per_step"] * turn[limit]["flops_per_second"] / products)

    return value


def all_rows(settings: Settings) -> dict[str, Row]:
    """Every row, by name."""
    from benchmarks.student import student_row  # which describes its row with these types

    makers = (_step, _distil, student_row, _evaluate, _judge, _pairs, _generate, _start, _scaling, _profile)
    return {row.name: row for row in (make(settings) for make in makers)}


def _default() -> str:
    """The precision that colacli takes on this CPU when it is not told."""
    return resolve_precision("auto", "cpu")


def _step(settings: Settings) -> Row:
    both = ("fp32", "bf16")
    ours = [
        Contender(f"colacli {one}", "ours.finetune", {"precision": one, "steps": settings.steps}, seeded=True)
        for one in both
    ]
    peer, best, off = "PEFT + Trainer", "PEFT + Trainer, bf16, grouped", "PEFT + Trainer, bf16, grouped, dropouts off"
    fast = {"steps": settings.grouped, "bf16": True, "group": True}
    peers = [
        Contender(peer, "peers.peft_trainer", {"steps": settings.slow, "bf16": False, "group": False}, seeded=True),
        Contender(best, "peers.peft_trainer", fast, seeded=True),
        Contender(off, "peers.peft_trainer", {**fast, "base_dropout": False}, seeded=True),
    ]
    limit = Contender("bf16 products", "limits.matrix_rate", {"precision": "bf16"})
    products = [Contender(f"a step's products, {one}", "limits.step_rate", {"precision": one}) for one in both]
    rate = "flops_per_second"
    epoch, mine = "seconds_per_step", f"colacli {_default()}"
    most = partial(ceiling, "colacli bf16", limit.name)
    return Row(
        "step",
        "Fine-tuning GPT-2, one epoch",
        {epoch: "s a step", "seconds_per_epoch": "s an epoch", "flops_per_second": "GFLOP/s", "peak_bytes": "GB"},
        (*ours, *peers, limit, *products),
        (
            Claim("fine-tuning, fp32", peer, less(epoch, "colacli fp32", peer), 10),
            Claim(f"fine-tuning, colacli's default here ({_default()})", peer, less(epoch, mine, peer), 20),
            Claim("fine-tuning, bf16", best, less(epoch, "colacli bf16", best), 3.5),
            Claim("fine-tuning, bf16", off, less(epoch, "colacli bf16", off), 3.5),
            Claim(
                "a whole step, bf16: frozen products over time",
                "the matrix rate of bf16 measured beside it",
                share(rate, "colacli bf16", rate, limit.name),
                80,
                unit="%",
            ),
            *(
                Claim(
                    f"a whole step, {one}: frozen products over time",
                    "the rate of these products alone, measured beside it",
                    share(rate, f"colacli {one}", rate, f"a step's products, {one}"),
                    80,
                    unit="%",
                )
                for one in both
            ),
            Claim("the most there could be: a step that does nothing but these products, bf16", peer, most(peer)),
            Claim("the same", best, most(best)),
            Claim("peak memory of fine-tuning, fp32", peer, less("peak_bytes", "colacli fp32", peer), 2),
            Claim("peak memory of fine-tuning, bf16", best, less("peak_bytes", "colacli bf16", best), 2),
        ),
    )


def _distil(settings: Settings) -> Row:
    ours, peer = "colacli distil", "plain loop"
    return Row(
        "distil",
        f"Distillation, {settings.epochs} epochs, teacher included",
        {"seconds": "s", "seconds_per_step": "s a step", "peak_bytes": "GB"},
        (
            Contender(ours, "ours.distil", {"epochs": settings.epochs}),
            Contender(
                peer,
                "peers.plain_distillation",
                {"steps": settings.slow, "epochs": settings.epochs},
                seeded=True,
            ),
        ),
        (Claim(f"distillation, {settings.epochs} epochs", peer, less("seconds", ours, peer), 30),),
        teachers=True,
    )


def _evaluate(_settings: Settings) -> Row:
    return _judging("evaluate", "Evaluation of the dev split, model loaded", "ours.evaluate", split=True, sentences=0)


def _judge(_settings: Settings) -> Row:
    return _judging("judge", "`judge` on 10,000 sentences, start to end", "ours.judge", split=False, sentences=1000)


def _judging(name: str, title: str, piece: str, **how: Any) -> Row:
    peer = "pipeline"
    return Row(
        name,
        title,
        {"seconds": "s", "sentences": "sentences measured", "batch_size": "best batch size", "peak_bytes": "GB"},
        (
            *(Contender(f"colacli {one}", piece, {"precision": one}) for one in ("fp32", "bf16")),
            Contender(peer, "peers.pipeline", {"bf16": False, **how}),
            Contender(f"{peer}, bf16", "peers.pipeline", {"bf16": True, **how}),
        ),
        (
            Claim(f"{name}, fp32", peer, less("seconds", "colacli fp32", peer), 5),
            Claim(f"{name}, colacli's default here", peer, less("seconds", f"colacli {_default()}", peer), 5),
            Claim(f"{name}, bf16", f"{peer}, bf16", less("seconds", "colacli bf16", f"{peer}, bf16"), 5),
        ),
        teachers=True,
    )


def _pairs(settings: Settings) -> Row:
    peer, how = "transformers", {"pairs": settings.pairs}
    return Row(
        "pairs",
        f"Log-probabilities of both sentences of {settings.pairs:,} minimal pairs by gpt2-mini, model loaded",
        {"seconds": "s", "sentences": "sentences measured", "batch_size": "best batch size", "peak_bytes": "GB"},
        (
            Contender("colacli fp32", "ours.score", {"precision": "fp32", **how}),
            Contender(peer, "peers.score", {"bf16": False, **how}),
        ),
        (Claim("minimal pairs, fp32", "a padded loop", less("seconds", "colacli fp32", peer), 5),),
        bases=(),
    )


def _generate(settings: Settings) -> Row:
    contenders: list[Contender] = []
    claims: list[Claim] = []
    rate, limit = "tokens_per_second", "memory read"
    for precision, bytes_each in (("fp32", 4), ("bf16", 2)):
        ours, peer, together = f"colacli {precision}", f"generate {precision}", f"colacli {precision}, 8 samples"
        contenders += [
            Contender(ours, "ours.generate", {"precision": precision, "tokens": settings.tokens}),
            Contender(peer, "peers.generate", {"bf16": precision == "bf16", "tokens": settings.tokens}),
            Contender(together, "ours.generate", {"precision": precision, "tokens": settings.tokens, "samples": 8}),
        ]
        weights = GPT2_PARAMETERS * bytes_each
        claims += [
            Claim(f"generation, {precision}", peer, more(rate, ours, peer), 2.5),
            Claim(
                f"generation, {precision}: weights read once a token",
                "the bandwidth of memory measured beside it",
                share(rate, ours, "bytes_per_second", limit, weights),
                unit="%",
            ),
            Claim(f"8 samples of one prompt, {precision}", "one sample", more(rate, together, ours), 5),
        ]
    contenders.append(Contender(limit, "limits.memory_bandwidth"))
    shown = {rate: "tokens/s", "bytes_per_second": "GB/s", "peak_bytes": "GB"}
    title = f"Generation of {settings.tokens} tokens"
    return Row("generate", title, shown, tuple(contenders), tuple(claims))


def _start(_settings: Settings) -> Row:
    goals = {"help": ("colacli --help", 0.35), "runs list": ("colacli runs list", 0.35), "cache hit": ("a hit", 0.6)}
    contenders = tuple(Contender(what, "ours.start", {"what": what}) for what in goals)
    claims = tuple(
        Claim(title, "the clock", figure("seconds", what), goal, unit="s", at_most=True)
        for what, (title, goal) in goals.items()
    )
    return Row(
        "start",
        "Starting",
        {"seconds": "s", "imports_torch": "imports torch"},
        contenders,
        claims,
        teachers=True,
    )


def _scaling(settings: Settings) -> Row:
    epochs = [1000, 2000, 4000, 8000]
    fast = {"precision": "auto", "steps": min(4, settings.steps)}
    contenders = (
        *(
            Contender(f"{count} sentences", "ours.whole_epoch", {"precision": "auto", "sentences": count})
            for count in epochs
            if count <= settings.sentences
        ),
        *(
            Contender(f"batch of {size}", "ours.finetune", {**fast, "batch_size": size})
            for size in (16, 32, 64, 128, 256)
        ),
        *(Contender(base, "ours.finetune", {**fast, "base": base}) for base in ("gpt2-mini", "gpt2", "gpt2-medium")),
    )
    return Row(
        "scaling",
        "Cost as the work grows",
        {"seconds_per_epoch": "s an epoch", "seconds_per_step": "s a step", "peak_bytes": "GB"},
        contenders,
        bases=("gpt2", "gpt2-medium"),
        repeats=1,
    )


def _profile(settings: Settings) -> Row:
    steps = min(6, settings.steps)
    contenders = (Contender(one, "ours.profile", {"precision": one, "steps": steps}) for one in ("fp32", "bf16"))
    return Row(
        "profile",
        "Where the time of a step goes",
        {"seconds_per_step": "s a step", "flops_per_second": "GFLOP/s"},
        tuple(contenders),
        repeats=1,
    )
