"""Pretraining, from the beginning or from where it was stopped: language first, then pairs of sentences too.

python train.py WORK OUT.safetensors --pairs PAIRS.npz --steps N --language-steps L [--device cuda] [options]

WORK and PAIRS are what prepare.py and forge.py wrote. It ends after --steps or at --minutes, whichever comes first, and
on Ctrl-C. What is done is in OUT, and the same command goes on from there.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from pathlib import Path

import checkpoint
import torch
from model import LONG, Grids, Pretraining
from muon import Muon
from objective import Weights, language_loss, pair_losses
from pairs import WIDTHS, Pairs
from text_rows import Text
from tokenizers import Tokenizer
from torch import Tensor
from validate import pair_accuracies, validation_loss

from colacli.models.config import GPT2Config

REPORT = 50
"""Steps between two looks at the loss; the device is not waited for in between."""


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="folder that prepare.py wrote")
    parser.add_argument("out", type=Path, help="checkpoint to write, and to go on from if it is there")
    parser.add_argument("--pairs", type=Path, required=True, help="what forge.py wrote; waited for when it is needed")
    parser.add_argument("--valid-pairs", type=Path, help="the same of validation text, to report what is right of them")
    parser.add_argument("--steps", type=int, required=True, help="in all, the length of the schedule")
    parser.add_argument("--language-steps", type=int, required=True, help="the first of them, without pairs")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rows", type=int, nargs=3, default=(16, 256, 128), help="256, 16 and 32 tokens wide, a step")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--lr", type=float, default=2e-3, help="of Muon, for the matrices of the layers")
    parser.add_argument("--adam-lr", type=float, default=3e-3, help="of AdamW, for everything else")
    parser.add_argument("--judge-weight", type=float, default=Weights.judge)
    parser.add_argument("--rank-weight", type=float, default=Weights.rank)
    parser.add_argument("--warmup", type=int, default=200, help="steps up to the full rate")
    parser.add_argument("--decay", type=float, default=0.4, help="part of the steps at the end in which it falls to 0")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save-every", type=int, default=1000)
    parser.add_argument("--no-compile", action="store_true")
    return parser.parse_args()


def optimisers_of(model: Pretraining, lr: float, adam_lr: float) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices, AdamW for embeddings, norms, biases and the judge."""
    matrices, rest = [], []
    for name, parameter in model.named_parameters():
        (matrices if ".h." in name and parameter.ndim == 2 else rest).append(parameter)
    return [Muon(matrices, lr), torch.optim.AdamW(rest, lr=adam_lr, betas=(0.9, 0.98), weight_decay=0.0, fused=True)]


def rate(step: int, options: argparse.Namespace) -> float:
    """Factor of the learning rates: up, level, down to nothing (warm-up, stable, decay)."""
    falling = max(1.0, options.decay * options.steps)
    return min(1.0, (step + 1) / options.warmup, (options.steps - step) / falling)


class Curriculum:
    """The loss of each step: a function of the model, the seed and the step's number alone."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._text = Text(options.work, "train", options.device)
        self.valid = Text(options.work, "valid", options.device)
        self.pairs: list[Pairs] = []
        seen = options.valid_pairs
        self._valid_pairs = [Pairs(seen, width, options.device) for width in WIDTHS] if seen else []
        self.grids: Grids = tuple(zip(options.rows, (LONG, *WIDTHS), strict=True))
        self._weights = Weights(options.judge_weight, options.rank_weight)

    def begin_pairs(self, model: Pretraining, config: GPT2Config) -> None:
        """Read the pairs; the language model as it is after the steps without them makes some of the bad ones."""
        options, kept = self._options, self._options.out.with_suffix(".language.safetensors")
        if not kept.exists():
            checkpoint.save(kept, model, [], {})
        generator = Pretraining(config, 0).to(options.device)
        checkpoint.load_model(kept, generator)
        while not options.pairs.exists():  # it is made meanwhile
            time.sleep(0.2)
        tokenizer = Tokenizer.from_file(str(options.work / "tokenizer.json"))
        begins = torch.tensor([tokenizer.id_to_token(i).startswith("\u0120") for i in range(config.vocab_size)])
        self.pairs = [Pairs(options.pairs, width, options.device) for width in WIDTHS]
        for pairs in self.pairs:
            pairs.replace_some(generator, begins.to(options.device), self._random(-1))

    def loss(self, model: Pretraining, step: int) -> Tensor:
        """Of one step."""
        if not self.pairs:
            return language_loss(model, self._text, self.grids, self._random(step))
        return pair_losses(model, self._text, self.pairs, self.grids, self._weights, self._random(step))

    def _random(self, step: int) -> torch.Generator:
        return torch.Generator(self._options.device).manual_seed(self._options.seed * 1_000_003 + step)

    def validate(self, model: Pretraining) -> dict[str, object]:
        """The loss of the next token, and what is right of pairs, by their width."""
        found = {f"pairs of {some.width}": pair_accuracies(model, some) for some in self._valid_pairs}
        return {"loss": round(validation_loss(model, self.valid), 4), **found}


def main() -> None:
    """Train."""
    options = parse()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    vocabulary = Tokenizer.from_file(str(options.work / "tokenizer.json")).get_vocab_size()
    config = GPT2Config(
        vocab_size=vocabulary, n_positions=LONG, n_embd=options.width, n_layer=options.layers, n_head=options.heads
    )
    model = Pretraining(config, options.seed).to(options.device)
    if not options.no_compile:
        model.compile()
    curriculum = Curriculum(options)
    optimisers = optimisers_of(model, options.lr, options.adam_lr)
    progress = {"step": 0, "seconds": 0.0}
    if options.out.exists():
        progress = checkpoint.load(options.out, model, optimisers)
    train(model, config, curriculum, optimisers, progress, options)


def train(
    model: Pretraining,
    config: GPT2Config,
    curriculum: Curriculum,
    optimisers: list[torch.optim.Optimizer],
    progress: dict[str, float],
    options: argparse.Namespace,
) -> None:
    """The loop. Ctrl-C and SIGTERM end it after the step they come in."""
    stopped: list[int] = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _: stopped.append(number))
    base = [[group["lr"] for group in optimiser.param_groups] for optimiser in optimisers]
    begin, before, recent = time.perf_counter(), progress["seconds"], list[Tensor]()
    for step in range(int(progress["step"]), options.steps):
        if step >= options.language_steps and not curriculum.pairs:
            if step:
                _report(options.out, {**progress, **curriculum.validate(model)})
            curriculum.begin_pairs(model, config)
        for optimiser, rates in zip(optimisers, base, strict=True):
            for group, lr in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = lr * rate(step, options)
        loss = curriculum.loss(model, step)
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        recent.append(loss.detach())
        is_last = step + 1 == options.steps
        if is_last or (step + 1) % REPORT == 0 or stopped or not options.minutes:
            mean = float(torch.stack(recent).mean())  # waits for the device
            recent.clear()
            progress = {"step": step + 1, "seconds": round(before + time.perf_counter() - begin, 2)}
            print(f"{progress} {mean:.4f}", file=sys.stderr, flush=True)
            done = is_last or bool(stopped) or progress["seconds"] - before > 60 * options.minutes
            if done or (step + 1) % options.save_every == 0:
                checkpoint.save(options.out, model, optimisers, progress)
                _report(options.out, {**progress, "train": mean, **curriculum.validate(model)})
            if done:
                return


def _report(out: Path, line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)
    with out.with_suffix(".jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
