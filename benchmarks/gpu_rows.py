"""Rows that are measured on a GPU: the peers' best settings, and what the GPU can do at most."""

from __future__ import annotations

from typing import Any

from benchmarks.inference_rows import GPT2_PARAMETERS
from benchmarks.row import Claim, Contender, Row, Settings, less, more, share
from benchmarks.training_rows import BOTH, FINETUNE, PEFT_TRAINER

PEFT = {
    "PEFT + Trainer, TF32": {"bf16": False, "group": False},
    "PEFT + Trainer, bf16, grouped": {"bf16": True, "group": True},
    "PEFT + Trainer, bf16, grouped, dropouts off": {"bf16": True, "group": True, "base_dropout": False},
    "PEFT + Trainer, bf16 weights, grouped, dropouts off": {
        "bf16": True,
        "group": True,
        "base_dropout": False,
        "bf16_weights": True,
    },
}
"""Each with `scaled_dot_product_attention`, which transformers takes for GPT-2; flash-attn is a package of its own."""
SIDE = 8192
"""Of the square matrices whose product is the limit."""
MEDIUM_REPEATS = 2
_STEP = {"seconds_per_step": "ms a step", "seconds_per_epoch": "s an epoch", "flops_per_second": "TFLOP/s"}


def _step(settings: Settings) -> Row:
    limits = (Contender(f"{one} products", "limits.matrix_rate", {"precision": one, "side": SIDE}) for one in BOTH)
    return _tuning(settings, "step", "Fine-tuning GPT-2", "gpt2", BOTH, PEFT, tuple(limits), None)


def _medium(settings: Settings) -> Row:
    peers = {name: PEFT[name] for name in list(PEFT)[1::2]}
    return _tuning(settings, "medium", "Fine-tuning GPT-2 medium", "gpt2-medium", ("bf16",), peers, (), MEDIUM_REPEATS)


def _tuning(
    settings: Settings,
    name: str,
    title: str,
    base: str,
    precisions: tuple[str, ...],
    peers: dict[str, dict[str, Any]],
    limits: tuple[Contender, ...],
    repeats: int | None,
) -> Row:
    """Steps of a base model, in precisions of ours, beside peers."""
    where = {"base": base}
    ours = [
        Contender(f"colacli {one}", FINETUNE, {"precision": one, "steps": settings.steps, **where}, seeded=True)
        for one in precisions
    ]
    theirs = [
        Contender(peer, PEFT_TRAINER, {"steps": settings.grouped, **how, **where}, seeded=True)
        for peer, how in peers.items()
    ]
    claims = [
        Claim(f"{title}, bf16", peer, less(measure, "colacli bf16", peer), unit=unit)
        for measure, unit in (("seconds_per_step", "times"), ("peak_bytes", "times less memory"))
        for peer in peers
    ]
    for limit in limits:
        precision = "bf16" if "bf16" in limit.name else "fp32"
        rate = share("flops_per_second", f"colacli {precision}", "flops_per_second", limit.name)
        claims.append(Claim(f"{title}, {precision}: frozen products over time", limit.name, rate, unit="%"))
    contenders = (*ours, *theirs, *limits)
    return Row(name, title, {**_STEP, "peak_bytes": "GB"}, contenders, tuple(claims), (base,), repeats=repeats)


def _generate(settings: Settings) -> Row:
    return _generation(settings, "generate", {"": 1, ", 8 samples": 8})


def _generation(settings: Settings, name: str, counts: dict[str, int]) -> Row:
    rate, limit = "tokens_per_second", "memory read"
    contenders, claims = [], []
    for precision, width in (("bf16", 2), ("fp32", 4)):
        for suffix, samples in counts.items():
            how = {"tokens": settings.tokens, "samples": samples}
            ours, peer = f"colacli {precision}{suffix}", f"generate {precision}{suffix}"
            contenders += [
                Contender(ours, "ours.generate", {"precision": precision, **how}),
                Contender(peer, "peers.generate", {"bf16": precision == "bf16", **how}),
            ]
            claims.append(Claim(f"generation, {precision}{suffix}", peer, more(rate, ours, peer)))
        bandwidth = share(rate, f"colacli {precision}", "bytes_per_second", limit, GPT2_PARAMETERS * width)
        claims.append(Claim(f"generation, {precision}: weights read once a token", limit, bandwidth, unit="%"))
    contenders.append(Contender(limit, "limits.memory_bandwidth"))
    shown = {rate: "tokens/s", "bytes_per_second": "GB/s", "peak_bytes": "GB"}
    return Row(name, f"Generation of {settings.tokens} tokens", shown, tuple(contenders), tuple(claims))


def _evaluate(_settings: Settings) -> Row:
    return _judging("evaluate", "Evaluation of the dev split, model loaded", judged=False)


def _judge(_settings: Settings) -> Row:
    return _judging("judge", "Judging 10,000 sentences, model loaded", judged=True)


def _judging(name: str, title: str, *, judged: bool) -> Row:
    how = {"split": not judged, "sentences": 1000, "loaded": True}
    shown = {"seconds": "ms", "flops_per_second": "TFLOP/s", "batch_size": "best batch size", "peak_bytes": "GB"}
    ours = [Contender(f"colacli {one}", "ours.evaluate", {"precision": one, "judged": judged}) for one in BOTH]
    theirs = [Contender(f"pipeline, {one}", "peers.pipeline", {"bf16": one == "bf16", **how}) for one in BOTH]
    claims = [
        Claim(f"{title}, {one}", f"pipeline, {one}", less("seconds", f"colacli {one}", f"pipeline, {one}"))
        for one in BOTH
    ]
    return Row(name, title, shown, (*ours, *theirs), tuple(claims), teachers=True)


def _distil(settings: Settings) -> Row:
    ours, peer = "colacli distil", "plain loop"
    how = {"steps": settings.grouped, "epochs": settings.epochs}
    return Row(
        "distil",
        f"Distillation, {settings.epochs} epochs, teacher included",
        {"seconds": "s", "seconds_per_step": "ms a step", "peak_bytes": "GB"},
        (
            Contender(ours, "ours.distil", {"epochs": settings.epochs}),
            Contender(peer, "peer_training.plain_distillation", how, seeded=True),
        ),
        (Claim(f"distillation, {settings.epochs} epochs", peer, less("seconds", ours, peer)),),
        teachers=True,
    )


def _student(settings: Settings) -> Row:
    seconds, steps = "seconds_per_step", settings.steps
    sides = {"colacli": "student.ours", "torch": "student.torch_modules"}
    return Row(
        "student",
        "A step of a student, bidirectional, 256 wide, max pooling, batches of 128",
        {seconds: "ms a step", "peak_bytes": "GB"},
        tuple(
            Contender(f"{side} {cell}", piece, {"cell": cell, "steps": steps}, seeded=True)
            for cell in ("gru", "lstm")
            for side, piece in sides.items()
        ),
        tuple(
            Claim(
                f"a student's step, {cell}", f"torch's own, {cell}", less(seconds, f"colacli {cell}", f"torch {cell}")
            )
            for cell in ("gru", "lstm")
        ),
        bases=(),
    )


def _compiled(settings: Settings) -> Row:
    """What transformers compiles; one turn, for that takes most of its time."""
    how = {"bf16": True, "tokens": settings.tokens}
    contenders = (
        Contender("colacli bf16", "ours.generate", {"precision": "bf16", "tokens": settings.tokens}),
        Contender("generate bf16, static cache, compiled", "peers.generate", {**how, "static": True}),
    )
    rate = "tokens_per_second"
    claim = Claim("generation, bf16", contenders[1].name, more(rate, *(one.name for one in contenders)))
    title = f"Generation of {settings.tokens} tokens, beside what transformers compiles"
    return Row("compiled", title, {rate: "tokens/s", "peak_bytes": "GB"}, contenders, (claim,), repeats=1)


MAKERS = (_step, _medium, _generate, _evaluate, _judge, _distil, _student, _compiled)
"""Of every row, by importance."""
