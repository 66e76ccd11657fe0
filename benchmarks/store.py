"""A store of many tiny runs, sound under `verify`, with no model behind them; and commands on it, timed.

`python -m benchmarks.store FOLDER --runs 1000` makes one and measures every command in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.config import Student, Training
from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.distillation import Distillation
from colacli.events import Epoch
from colacli.metrics import Predictions
from colacli.parameters import ParameterCounts
from colacli.results import HISTORY, METRICS, predictions_file
from colacli.store.artifact import SPEC
from colacli.store.canonical import canonical, sha256
from colacli.store.index import scan
from colacli.store.manifest import MANIFEST, FileRecord, Manifest, Result, environment_of, manifest_bytes
from colacli.store.spec import BaseDigests, Spec
from colacli.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

SENTENCES = 527
"""Of CoLA's in-domain dev split."""
EPOCHS = 20
STUDENTS = 10
"""One run in so many is a teacher, the others are its students."""
NAMED = 20
"""One run in so many has a name."""
YEAR = 365  # days


def fill_store(store: Store, count: int) -> list[str]:
    """Make so many runs: teachers with their students, some named, a year of them, the oldest first; their keys.

    No file is forced to disk, as a training would: what is measured is how they are read.
    """
    store.prepare()
    (store.folder("runs")).mkdir(exist_ok=True)
    store.refs.mkdir(exist_ok=True)
    shared = _contents()
    start, keys, teacher = datetime.now(UTC) - timedelta(days=YEAR), [], ""
    for number in range(count):
        spec = _spec(number, "" if number % STUDENTS == 0 else teacher)
        created = start + timedelta(days=YEAR * number / count)
        key = _write(store, spec, shared, created.isoformat(timespec="microseconds"))
        teacher = key if number % STUDENTS == 0 else teacher
        if number % NAMED == 0:
            (store.refs / f"run-{number}").write_text(f"{key}\n")
        keys.append(key)
    return keys


def _spec(number: int, teacher: str) -> Spec:
    return Spec(
        command="distil" if teacher else "train-student",
        revision=1,
        base=BaseDigests(config="a" * 64, tokenizer="b" * 64, weights="c" * 64),
        data={"train": "1" * 64, IN_DOMAIN_DEV: "2" * 64},
        training=Training(seed=number, precision="fp32"),
        student=Student(hidden=8),
        distillation=Distillation() if teacher else None,
        parents={"teacher": teacher} if teacher else None,
    )


def _contents() -> dict[str, bytes]:
    labels = [int(index % 10 < 7) for index in range(SENTENCES)]
    logits = [[math.sin(index), math.cos(3 * index)] for index in range(SENTENCES)]
    predictions = Predictions(labels, logits)
    epochs = [
        Epoch(number, 1e-3, 78_000 * number, 1 / (3 * number), 0.75, 0.1, 0.7, 0.5, -1 / 3)
        for number in range(1, EPOCHS + 1)
    ]
    return {  # of a student
        METRICS: canonical({IN_DOMAIN_DEV: predictions.measure()}),
        HISTORY: "".join(json.dumps(asdict(epoch), sort_keys=True) + "\n" for epoch in epochs).encode(),
        predictions_file(IN_DOMAIN_DEV): predictions.to_bytes(),
        "model.safetensors": bytes(1000),
        "student.json": b"{}\n",
        "README.md": b"# A run that no model made\n",
    }


def _write(store: Store, spec: Spec, shared: dict[str, bytes], created: str) -> str:
    content = canonical(spec)
    key, files = sha256(content), {SPEC: content, **shared}
    folder = store.folder("runs") / key
    folder.mkdir()
    manifest = Manifest(
        key=key,
        files={name: FileRecord(sha256(data), len(data)) for name, data in sorted(files.items())},
        created=created,
        seconds=60.0,
        environment=environment_of("cpu"),
        parents=spec.parents or {},
        sources={"data": "cola", "base": "gpt2"},
        result=Result(best_epoch=EPOCHS, parameters=ParameterCounts(total=1000, trainable=10)),
    )
    for name, data in {**files, MANIFEST: manifest_bytes(manifest)}.items():
        (folder / name).write_bytes(data)
    return key


def commands_on(keys: Sequence[str]) -> dict[str, list[str]]:
    """The commands that are timed, by what they are called; the last ones change the store."""
    teacher, first, second = (keys[index][:12] for index in (0, 1, 2))
    return {
        "runs list": ["runs", "list"],
        "runs list --json": ["runs", "list", "--json"],
        "runs list, again": ["runs", "list"],
        "runs show KEY": ["runs", "show", first],
        "runs show NAME": ["runs", "show", "run-0"],
        "runs show latest": ["runs", "show", "latest"],
        "runs show latest~5": ["runs", "show", "latest~5"],
        "runs show KEY^teacher": ["runs", "show", f"{first}^teacher"],
        "compare KEY KEY": ["compare", first, second],
        "eval KEY": ["eval", teacher],
        "doctor": ["doctor"],
        "runs du": ["runs", "du"],
        "runs gc": ["runs", "gc"],
        "runs verify": ["runs", "verify"],
        "runs name": ["runs", "name", "chosen", first],
        "runs rm": ["runs", "rm", keys[3]],
    }


def seconds_of(home: Path, arguments: Sequence[str]) -> float:
    """Wall-clock time of a command in a new process; what it prints goes nowhere."""
    environment = {**os.environ, "COLACLI_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    start = time.perf_counter()
    command = [sys.executable, "-m", "colacli", *arguments]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def main() -> None:
    """Make a store, time the commands, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--collect", type=int, default=0, metavar="N", help="time `gc --yes` in a store of N runs too")
    options = parser.parse_args()
    home = options.folder / f"store-{options.runs}"
    store = Store(home)
    keys = fill_store(store, options.runs) if not home.exists() else _oldest_first(store)
    for name, arguments in commands_on(keys).items():
        print(f"{name}\t{options.runs}\t{seconds_of(home, arguments):.2f} s", flush=True)
    if options.collect:
        home = options.folder / f"collected-{options.collect}"
        fill_store(Store(home), options.collect)
        seconds = seconds_of(home, ["runs", "gc", "--yes", "--older-than", "0"])
        print(f"runs gc --yes\t{options.collect}\t{seconds:.2f} s", flush=True)


def _oldest_first(store: Store) -> list[str]:
    return [entry.key for entry in scan(store).entries]


if __name__ == "__main__":
    main()
