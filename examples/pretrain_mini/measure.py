"""What a base model knows of acceptability: LoRA r = 4 on CoLA, settings chosen on a held-out tenth of train.

python measure.py STORE FOLDER... [--seeds 5] [--data cola]

For each folder: every setting once, the best by MCC on the held-out tenth, then that one with all seeds. The dev split
is looked at only in the last columns. `random:FOLDER` is the same architecture with fresh weights.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from model import Pretraining

from colacli.config import Training
from colacli.data.corpus import HOLDOUT, IN_DOMAIN_DEV
from colacli.models.config import read_config
from colacli.models.tensors import write_tensors
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.finetune import FinetuneRequest, finetune
from colacli.workflows.make_run import RunResult
from colacli.workflows.requests import BaseChoice, DataChoice

RATES, SIZES, EPOCHS = (1e-3, 3e-3), (32,), (10,)


def main() -> None:
    """Print a line of JSON a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data", default="cola")
    options = parser.parse_args()
    for folder in options.folders:
        base = with_random_weights(Path(folder[7:])) if folder.startswith("random:") else Path(folder)
        print(json.dumps({"base": folder, **measure(base, options)}), flush=True)


def measure(base: Path, options: argparse.Namespace) -> dict[str, object]:
    """The best setting on the held-out tenth, and its numbers over the seeds."""
    settings = [
        Training(learning_rate=rate, batch_size=size, epochs=epochs, validation="holdout")
        for rate, size, epochs in itertools.product(RATES, SIZES, EPOCHS)
    ]
    best = max(settings, key=lambda how: run(base, how, options).metrics[HOLDOUT].mcc)
    runs = [run(base, replace(best, seed=seed), options) for seed in range(options.seeds)]
    found: dict[str, object] = {"lr": best.learning_rate, "batch": best.batch_size, "epochs": best.epochs}
    for split in (HOLDOUT, IN_DOMAIN_DEV):
        for name in ("accuracy", "mcc"):
            values = [getattr(one.metrics[split], name) for one in runs]
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            found[f"{split} {name}"] = [round(statistics.mean(values), 4), round(spread, 4)]
    return found


def run(base: Path, how: Training, options: argparse.Namespace) -> Run:
    """One tuned model, from the store if it is there."""
    request = FinetuneRequest(base=BaseChoice(base=base), data=DataChoice(data=options.data), training=how)
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
    write_tensors(fresh / "model.safetensors", {name: one.to(torch.bfloat16) for name, one in tensors.items()})
    return fresh


if __name__ == "__main__":
    main()
