"""Rows of training: a step, a distillation, how its cost grows, and where its time goes."""

from __future__ import annotations

from functools import partial

from benchmarks.row import Claim, Contender, Row, Settings, ceiling, less, share
from colacli.config import Precision

BOTH = ("fp32", "bf16")
FINETUNE, PEFT_TRAINER = "our_training.finetune", "peer_training.peft_trainer"
PEFT, GROUPED, NO_DROPOUT = (f"PEFT + Trainer{how}" for how in ("", ", bf16, grouped", ", bf16, grouped, dropouts off"))
PRODUCTS = "bf16 products"


def step(settings: Settings) -> Row:
    """Steps of fine-tuning GPT-2, beside PEFT with the Trainer and beside what the machine can do at most."""
    fast = {"steps": settings.grouped, "bf16": True, "group": True}
    contenders = (
        *(
            Contender(f"colacli {one}", FINETUNE, {"precision": one, "steps": settings.steps}, seeded=True)
            for one in BOTH
        ),
        Contender(PEFT, PEFT_TRAINER, {"steps": settings.slow, "bf16": False, "group": False}, seeded=True),
        Contender(GROUPED, PEFT_TRAINER, fast, seeded=True),
        Contender(NO_DROPOUT, PEFT_TRAINER, {**fast, "base_dropout": False}, seeded=True),
        Contender(PRODUCTS, "limits.matrix_rate", {"precision": "bf16"}),
        *(Contender(f"a step's products, {one}", "limits.step_rate", {"precision": one}) for one in BOTH),
    )
    return Row(
        "step",
        "Fine-tuning GPT-2, one epoch",
        {
            "seconds_per_step": "s a step",
            "seconds_per_epoch": "s an epoch",
            "flops_per_second": "GFLOP/s",
            "peak_bytes": "GB",
        },
        contenders,
        _step_claims(settings.default),
    )


def _step_claims(auto: Precision) -> tuple[Claim, ...]:
    rate, seconds = "flops_per_second", "seconds_per_step"
    most = partial(ceiling, "colacli bf16", PRODUCTS)
    return (
        Claim("fine-tuning, fp32", PEFT, less(seconds, "colacli fp32", PEFT), 10),
        Claim(f"fine-tuning, colacli's default here ({auto})", PEFT, less(seconds, f"colacli {auto}", PEFT), 20),
        *(Claim("fine-tuning, bf16", peer, less(seconds, "colacli bf16", peer), 3.5) for peer in (GROUPED, NO_DROPOUT)),
        Claim(
            "a whole step, bf16: frozen products over time",
            "the matrix rate of bf16 measured beside it",
            share(rate, "colacli bf16", rate, PRODUCTS),
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
            for one in BOTH
        ),
        Claim("the most there could be: a step that does nothing but these products, bf16", PEFT, most(PEFT)),
        Claim("the same", GROUPED, most(GROUPED)),
        Claim("peak memory of fine-tuning, fp32", PEFT, less("peak_bytes", "colacli fp32", PEFT), 2),
        Claim("peak memory of fine-tuning, bf16", GROUPED, less("peak_bytes", "colacli bf16", GROUPED), 2),
    )


def distil(settings: Settings) -> Row:
    """All epochs, with the teacher."""
    ours, peer = "colacli distil", "plain loop"
    return Row(
        "distil",
        f"Distillation, {settings.epochs} epochs, teacher included",
        {"seconds": "s", "seconds_per_step": "s a step", "peak_bytes": "GB"},
        (
            Contender(ours, "ours.distil", {"epochs": settings.epochs}),
            Contender(
                peer,
                "peer_training.plain_distillation",
                {"steps": settings.slow, "epochs": settings.epochs},
                seeded=True,
            ),
        ),
        (Claim(f"distillation, {settings.epochs} epochs", peer, less("seconds", ours, peer), 30),),
        teachers=True,
    )


def scaling(settings: Settings) -> Row:
    """Sentences, batch sizes, models."""
    epochs = [1000, 2000, 4000, 8000]
    fast = {"precision": "auto", "steps": min(4, settings.steps)}
    contenders = (
        *(
            Contender(f"{count} sentences", "our_training.whole_epoch", {"precision": "auto", "sentences": count})
            for count in epochs
            if count <= settings.sentences
        ),
        *(Contender(f"batch of {size}", FINETUNE, {**fast, "batch_size": size}) for size in (16, 32, 64, 128, 256)),
        *(Contender(base, FINETUNE, {**fast, "base": base}) for base in ("gpt2-mini", "gpt2", "gpt2-medium")),
    )
    return Row(
        "scaling",
        "Cost as the work grows",
        {"seconds_per_epoch": "s an epoch", "seconds_per_step": "s a step", "peak_bytes": "GB"},
        contenders,
        bases=("gpt2", "gpt2-medium"),
        repeats=1,
    )


def profile(settings: Settings) -> Row:
    """A step's operators."""
    steps = min(6, settings.steps)
    contenders = (
        Contender(one, "our_training.profile", {"precision": one, "steps": steps}) for one in ("fp32", "bf16")
    )
    return Row(
        "profile",
        "Where the time of a step goes",
        {"seconds_per_step": "s a step", "flops_per_second": "GFLOP/s"},
        tuple(contenders),
        repeats=1,
    )
