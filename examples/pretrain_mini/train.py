"""One stage of pretraining, from the beginning or from where it was stopped.

python train.py WORK_FOLDER OUT.safetensors --stage language|judge --steps N [--start-from FILE] [options]

It ends after --steps or at --minutes, whichever comes first, and on Ctrl-C. What is done is in OUT, and the same
command goes on from there.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from pathlib import Path

import checkpoint
import torch
from model import LONG_ENOUGH, Pretraining
from stages import LanguageModelling, RealOrFake, Stage

from colacli.models.config import GPT2Config


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="folder that prepare.py wrote")
    parser.add_argument("out", type=Path, help="checkpoint to write, and to go on from if it is there")
    parser.add_argument("--stage", choices=("language", "judge"), required=True)
    parser.add_argument("--start-from", type=Path, help="checkpoint or exported folder that a new stage starts from")
    parser.add_argument("--steps", type=int, required=True, help="length of the schedule")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long")
    parser.add_argument("--tokens", type=int, default=8192, help="a step")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--vocabulary", type=int, default=8192)
    parser.add_argument("--lr", type=float, default=2e-3, help="of Muon, for the matrices of the layers")
    parser.add_argument("--adam-lr", type=float, default=2e-3, help="of AdamW, for everything else")
    parser.add_argument("--warmup", type=int, default=100, help="steps up to the full rate")
    parser.add_argument("--decay", type=float, default=0.4, help="part of the steps at the end in which it falls to 0")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save-every", type=int, default=250)
    parser.add_argument("--validate-every", type=int, default=250)
    parser.add_argument("--no-compile", action="store_true")
    return parser.parse_args()


def optimisers_of(model: Pretraining, lr: float, adam_lr: float) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the layers' matrices, AdamW for embeddings, norms, biases and the judge."""
    matrices, rest = [], []
    for name, parameter in model.named_parameters():
        (matrices if ".h." in name and parameter.ndim == 2 else rest).append(parameter)
    return [
        torch.optim.Muon(matrices, lr=lr, weight_decay=0.05, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=adam_lr, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
    ]


def rate(step: int, options: argparse.Namespace) -> float:
    """Factor of the learning rates: up, level, down to nothing."""
    falling = max(1.0, options.decay * options.steps)
    return min(1.0, (step + 1) / options.warmup, (options.steps - step) / falling)


def main() -> None:
    """Train."""
    options = parse()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    config = GPT2Config(
        vocab_size=options.vocabulary,
        n_positions=LONG_ENOUGH,
        n_embd=options.width,
        n_layer=options.layers,
        n_head=options.heads,
    )
    model = Pretraining(config, options.seed)
    if options.start_from and not options.out.exists():
        checkpoint.load_model(options.start_from, model)
    compiled = not options.no_compile
    if compiled:
        model.compile_body()
    stage: Stage = (
        LanguageModelling(options.work, options.seed, options.tokens, compiled=compiled)
        if options.stage == "language"
        else RealOrFake(options.work, options.seed, options.tokens, config, options.start_from, compiled=compiled)
    )
    optimisers = optimisers_of(model, options.lr, options.adam_lr)
    progress = {"step": 0, "seconds": 0.0}
    if options.out.exists():
        progress = checkpoint.load(options.out, model, optimisers)
    train(model, stage, optimisers, progress, options)


def train(
    model: Pretraining,
    stage: Stage,
    optimisers: list[torch.optim.Optimizer],
    progress: dict[str, float],
    options: argparse.Namespace,
) -> None:
    """The loop. Ctrl-C and SIGTERM end it after the step they come in."""
    stopped: list[int] = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _: stopped.append(number))
    base = [[group["lr"] for group in optimiser.param_groups] for optimiser in optimisers]
    begin = time.perf_counter()
    before = progress["seconds"]
    recent: list[float] = []

    def report(step: int) -> None:
        line = {"step": step, "seconds": round(progress["seconds"], 1), **stage.validate(model)}
        line["train"] = sum(recent) / max(1, len(recent))
        recent.clear()
        print(json.dumps({name: round(value, 4) for name, value in line.items()}), flush=True)
        with options.out.with_suffix(".jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")

    for step in range(int(progress["step"]), options.steps):
        for optimiser, rates in zip(optimisers, base, strict=True):
            for group, lr in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = lr * rate(step, options)
        total = 0.0
        for loss in stage.losses(model, step):
            loss.backward()
            total += loss.item()
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        recent.append(total)
        progress = {"step": step + 1, "seconds": before + time.perf_counter() - begin}
        done = step + 1 == options.steps or stopped or progress["seconds"] - before > 60 * options.minutes
        if done or (step + 1) % options.save_every == 0:
            checkpoint.save(options.out, model, optimisers, progress)
        if done or (step + 1) % options.validate_every == 0:
            report(step + 1)
        if done:
            return


if __name__ == "__main__":
    main()
