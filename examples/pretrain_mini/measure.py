"""What a base model knows of acceptability: LoRA r = 4 on CoLA, settings chosen on a held-out tenth of train.

python measure.py STORE FOLDER... [--seeds 5] [--data cola] [--like FOLDER]

For each folder: every setting once on nine tenths of train, rate, batch size and epoch chosen by MCC on the other
tenth; then that setting on all of train with every seed, its last epoch kept. The dev split is looked at only in the
last columns. `random:FOLDER` is the same architecture with fresh weights; `--like` takes the settings that are best for
another folder, where searching again would cost too much.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import statistics
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import torch
from model import Pretraining

from colacli.config import Training
from colacli.models.config import read_config
from colacli.models.tensors import write_tensors
from colacli.results import history_of, metrics_of
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.training.requests import BaseChoice, DataChoice
from colacli.training.run import RunResult
from colacli.workflows.finetune import FinetuneRequest, finetune

RATES, SIZES, EPOCHS = (1e-3, 2e-3), (16, 32), 8
"""The settings that are tried."""


def main() -> None:
    """Print a line of JSON a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data", default="cola")
    parser.add_argument("--like", help="folder whose best setting is taken for all")
    options = parser.parse_args()
    for folder in options.folders:
        training = search(base_of(options.like or folder), options)
        print(json.dumps({"base": folder, **measure(base_of(folder), training, options)}), flush=True)


def search(base: Path, options: argparse.Namespace) -> Training:
    """The rate, batch size and number of epochs that are best on the held-out tenth, as a training on all of train."""
    best, chosen = -1.0, Training()
    for rate, size in itertools.product(RATES, SIZES):
        tried = run(base, Training(learning_rate=rate, batch_size=size, epochs=EPOCHS, validation="holdout"), options)
        for epoch in history_of(tried):
            if epoch.dev_mcc > best:
                best = epoch.dev_mcc
                chosen = Training(learning_rate=rate, batch_size=size, epochs=epoch.epoch, select="last")
    print(json.dumps({"held-out mcc": round(best, 4), **asdict(chosen)}), file=sys.stderr, flush=True)
    return chosen


def measure(base: Path, training: Training, options: argparse.Namespace) -> dict[str, object]:
    """Mean and standard deviation over the seeds, by split."""
    runs = [run(base, replace(training, seed=seed), options) for seed in range(options.seeds)]
    figures: dict[str, object] = {"lr": training.learning_rate, "batch": training.batch_size, "epochs": training.epochs}
    for split in metrics_of(runs[0]):
        for name in ("accuracy", "mcc"):
            values = [getattr(metrics_of(result)[split], name) for result in runs]
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            figures[f"{split} {name}"] = [round(statistics.mean(values), 4), round(spread, 4)]
    return figures


def base_of(folder: str) -> Path:
    """A folder, or one with random weights in its place."""
    return with_random_weights(Path(folder[7:])) if folder.startswith("random:") else Path(folder)


def run(base: Path, training: Training, options: argparse.Namespace) -> Run:
    """One tuned model, from the store if it is there."""
    request = FinetuneRequest(base=BaseChoice(base=base), data=DataChoice(data=options.data), training=training)
    result = finetune(request, Store(options.store.absolute()))
    assert isinstance(result, RunResult)
    return result.run


def with_random_weights(folder: Path) -> Path:
    """A copy of a base model with initial values in place of what it has learnt."""
    fresh = Path(tempfile.mkdtemp(prefix="random-"))
    for path in folder.iterdir():
        if path.suffix != ".safetensors":
            shutil.copy(path, fresh)
    model = Pretraining(read_config(folder), seed=0).model
    tensors = {f"transformer.{name}": tensor for name, tensor in model.transformer.state_dict().items()}
    write_tensors(fresh / "model.safetensors", {name: tensor.to(torch.bfloat16) for name, tensor in tensors.items()})
    return fresh


if __name__ == "__main__":
    main()
