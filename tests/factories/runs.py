"""Made-up runs for tests: real folders, manifests and keys, with no model behind them."""

from __future__ import annotations

import hashlib
import json
import os
import time
import uuid
from dataclasses import asdict

from colacli.config import Student, Training
from colacli.events import Epoch
from colacli.metrics import Predictions
from colacli.parameters import ParameterCounts
from colacli.results import HISTORY, METRICS, predictions_file
from colacli.store.artifact import RUNS
from colacli.store.canonical import canonical, key_of, with_checksum
from colacli.store.gc import collect, scan
from colacli.store.manifest import Result
from colacli.store.refs import set_name
from colacli.store.run import Run
from colacli.store.spec import BaseDigests, Spec

DAY = 86_400  # seconds
DEV = "in_domain_dev"
LABELS = [1, 0, 1, 1]
FILES = [
    "history.jsonl",
    "metrics.json",
    "model.safetensors",
    "predictions-in_domain_dev.tsv",
    "spec.json",
]
"""What `fill` leaves in a draft, and its spec."""

PARAMETERS = ParameterCounts(total=1000, trainable=10)
EPOCHS = [Epoch(number, 1e-3, 40 * number, 1 / (3 * number), 0.75, 0.1, 0.7, 0.5, -1 / 3) for number in (1, 2)]


def make_spec(seed=0, **changes):
    """A student's spec; `changes` are fields of it."""
    values = {
        "command": "train-student",
        "revision": 1,
        "base": BaseDigests(config="a" * 64, tokenizer="b" * 64, weights="c" * 64),
        "data": {"train": "1" * 64, DEV: "2" * 64},
        "training": Training(seed=seed, precision="fp32"),
        "student": Student(hidden=8),
    }
    return Spec(**{**values, **changes})


def answering(answers, labels=LABELS):
    """Predictions that give these answers."""
    return Predictions(list(labels), [[-0.1, 0.3] if answer else [0.3, -0.1] for answer in answers])


def fill(draft, predictions=None, weights=b"weights", split=DEV):
    """Leave in a draft what a training leaves."""
    predictions = predictions or answering(LABELS)
    draft.write(METRICS, canonical({split: predictions.measure()}))
    lines = [json.dumps(asdict(epoch), sort_keys=True) + "\n" for epoch in EPOCHS]
    draft.write(HISTORY, "".join(lines).encode())
    draft.write(predictions_file(split), predictions.to_bytes())
    draft.write("model.safetensors", weights)


def commit_run(store, spec=None, *, name=None, environment=None, data=None, base=None, layout=None, **content):
    """A finished run; `content` goes to `fill`, `name` is given to it, `data`, `base` and `layout` are its sources."""
    spec = spec or make_spec()
    sources = {"data": data, "base": base, "layout": layout}
    with store.draft(spec) as draft:
        fill(draft, **content)
        path = store.commit(
            RUNS,
            draft,
            seconds=1.0,
            environment=environment or {},
            parents=spec.parents or {},
            sources={what: source for what, source in sources.items() if source},
            result=Result(best_epoch=2, parameters=PARAMETERS),
        )
    if name:
        set_name(store, name, [path.name])
    time.sleep(1e-5)  # so that of two runs one is later: manifests count microseconds
    return Run(path)


def tree(folder):
    """Everything under a folder: its bytes, when it was changed, and whether it is still the same file."""
    found = {}
    for path in sorted(folder.rglob("*")):
        stat = path.stat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        found[path.relative_to(folder).as_posix()] = (digest, stat.st_mtime_ns, stat.st_ino)
    return found


def flip_byte(path):
    """Change one byte of a file and nothing else about it."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path):
    """Take the last byte off a file."""
    path.write_bytes(path.read_bytes()[:-1])


def resealed(values):
    """The bytes of a manifest with these values, manifest_bytes as whoever forges one would seal it."""
    return canonical(with_checksum(values))


def commit_family(store, **content):
    """A teacher and a student of it; `content` goes to the student's `fill`."""
    teacher = commit_run(store)
    return teacher, commit_run(store, make_spec(1, command="distil", parents={"teacher": teacher.key}), **content)


def contents(store):
    """The bytes of every file of every run in a store, by path; and what is left in `work/`."""
    paths = [path for kind in ("runs", "work") for path in sorted((store.root / kind).rglob("*")) if path.is_file()]
    return {path.relative_to(store.root).as_posix(): path.read_bytes() for path in paths}


def gone(store, days=0.0):
    """Collect, and the names of what went."""
    return [item.path.name for item in collect(store, scan(store, days)) if not item.reason]


def work_folder(store, key, days=1.0, **files):
    """A folder in work/ that was last touched so many days ago."""
    folder = store.root / "work" / f"{key}.{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    for path in (*folder.iterdir(), folder):
        touched(path, days)
    return folder


def touched(path, days):
    """Say that a file or folder was last changed so many days ago."""
    os.utime(path, (time.time() - days * DAY,) * 2)
    return path


def keep(store, what, spec):
    """Something derived, kept in the cache."""
    store.put_cached(what, spec, "file", b"x", seconds=0.0, device="cpu")
    return store.folder(f"cache/{what}") / key_of(spec)
