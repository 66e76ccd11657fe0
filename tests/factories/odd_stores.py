"""Runs whose documents are well-formed and odd, or damaged, as whoever forges a run would leave them."""

import json
from contextlib import contextmanager
from pathlib import Path

from colacli.store.canonical import sha256
from factories.runs import DEV, resealed

HUGE = 10**400  # beyond any machine's integer


def forge(run, name, content):
    """Replace a file, and what the manifest says of it; a run with another spec gets another key. Its folder."""
    (run.path / name).write_bytes(content)
    key = sha256((run.path / "spec.json").read_bytes())

    def change(values):
        values["files"][name] = {"sha256": sha256(content), "size": len(content)}
        values["key"] = key

    forge_manifest(run, change)
    folder = run.path.with_name(key)
    if folder != run.path:
        run.path.rename(folder)
        (run.path.parents[1] / "refs" / "odd").write_text(f"{key}\n")
    return folder


def forge_manifest(run, change):
    """Change a manifest's values, and seal it again."""
    path = run.path / "manifest.json"
    values = json.loads(path.read_bytes())
    change(values)
    path.write_bytes(resealed(values))
    return run.path


def edited(name, change):
    """A document with its values changed."""

    def make(run):
        values = json.loads((run.path / name).read_bytes().splitlines()[0] if name.endswith("l") else _read(run, name))
        changed = change(values)
        return forge(run, name, json.dumps(values if changed is None else changed).encode())

    return make


def _read(run, name):
    return (run.path / name).read_bytes()


def written(name, content):
    """A document with other bytes altogether."""
    if name == "manifest.json":
        return lambda run: ((run.path / name).write_bytes(content) and run.path) or run.path
    return lambda run: forge(run, name, content)


def replaced(name, old, new):
    """A document with some bytes replaced by others."""
    return lambda run: forge(run, name, _read(run, name).replace(old, new, 1))


def metrics(**changes):
    """The metrics of the only split, changed."""
    return edited("metrics.json", lambda values: values[DEV].update(changes))


def manifest(**changes):
    """A manifest, changed."""
    return lambda run: forge_manifest(run, lambda values: values.update(changes))


def result(**changes):
    """What a manifest says of the training, changed."""
    return lambda run: forge_manifest(run, lambda values: values["result"].update(changes))


def training(**changes):
    """A spec's training, changed."""
    return edited("spec.json", lambda values: values["training"].update(changes))


SPEC, METRICS, HISTORY, MANIFEST = "spec.json", "metrics.json", "history.jsonl", "manifest.json"
BYTES = {"empty": b"", "cut": b'{"a": ', "too deep": b"[" * 100_000, "a list": b"[]", "a number": b"1", "null": b"null"}
ODD = {
    **{
        f"{name} {what}": written(name, content)
        for name in (SPEC, METRICS, HISTORY, MANIFEST)
        for what, content in BYTES.items()
    },
    "metrics: 400 digits": metrics(n=HUGE),
    "metrics: a loss of 400 digits": metrics(loss=HUGE),
    "metrics: text": metrics(accuracy="0.75"),
    "metrics: a boolean": metrics(n=True),
    "metrics: out of range": metrics(accuracy=1.5),
    "metrics: no split": written(METRICS, b"{}"),
    "metrics: no number": metrics(mcc=None),
    "metrics: Infinity": metrics(loss=float("inf")),
    "metrics: NaN": metrics(loss=float("nan")),
    "metrics: 1e999": replaced(METRICS, b'"f1": 1.0', b'"f1": 1e999'),
    "metrics: a count that is a list": metrics(confusion={"true_positive": [1]}),
    "metrics: a contradiction": metrics(accuracy=0.99),
    "metrics: control characters": edited(METRICS, lambda values: {"dev\x1b[2J\n": values[DEV]}),
    "metrics: an unknown field": metrics(more=1),
    "history: 400 digits": edited(HISTORY, lambda values: values.update(tokens=HUGE)),
    "history: text": edited(HISTORY, lambda values: values.update(dev_loss="low")),
    "history: Infinity": edited(HISTORY, lambda values: values.update(train_loss=float("inf"))),
    "spec: text": training(epochs="5"),
    "spec: a seed of 400 digits": training(seed=HUGE),
    "spec: a list": training(dropout=[]),
    "spec: NaN": training(learning_rate=float("nan")),
    "spec: data that is a number": edited(SPEC, lambda values: values.update(data=3)),
    "spec: no data": edited(SPEC, lambda values: values.update(data={})),
    "spec: an unknown command": edited(SPEC, lambda values: values.update(command=["finetune"])),
    "spec: parents that are a list": edited(SPEC, lambda values: values.update(parents=["x"])),
    "manifest: zero parameters": result(parameters={"total": 0, "trainable": 0}),
    "manifest: parameters of 400 digits": result(parameters={"total": HUGE, "trainable": 1}),
    "manifest: an epoch that never was": result(best_epoch=99),
    "manifest: no result": lambda run: forge_manifest(run, lambda values: values.pop("result")),
    "manifest: result a list": manifest(result=[1]),
    "manifest: time of 400 digits": manifest(seconds=HUGE),
    "manifest: date a number": manifest(created=5),
    "manifest: date of nowhere": manifest(created="\x1b[2J"),
    "manifest: environment a number": manifest(environment={"host": 5}),
    "manifest: sources a list": manifest(sources=["x"]),
    "manifest: files a list": manifest(files=["x"]),
    "manifest: a size of 400 digits": lambda run: forge_manifest(
        run, lambda values: values["files"]["metrics.json"].update(size=HUGE)
    ),
}


@contextmanager
def unreadable(path, error):
    """Let everything under a path fail to be read, as permissions or a disk would."""
    kept = {name: getattr(Path, name) for name in ("open", "stat", "lstat", "iterdir")}

    def failing(name):
        def call(self, *args, **more):
            if self == path or path in self.parents:
                raise error()
            return kept[name](self, *args, **more)

        return call

    for name in kept:
        setattr(Path, name, failing(name))
    try:
        yield
    finally:
        for name, method in kept.items():
            setattr(Path, name, method)
