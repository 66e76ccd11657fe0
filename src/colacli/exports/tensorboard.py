"""Histories as TensorBoard shows them: a folder for each run, with one event file in it.

The records are written by TensorBoard's own `RecordWriter`: its `EventFileWriter` puts the clock and the host into the
file and its name, and here the same run gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from colacli.events import OnEvent
from colacli.exports.kinds import ExportOptions, Written, need
from colacli.results import history_of, metrics_of
from colacli.store.canonical import canonical, document
from colacli.store.run import Run
from colacli.store.store import Store

EVENTS = "events.out.tfevents.0.colacli"
_FINAL = ("accuracy", "mcc", "f1", "loss")


def write(run: Run, store: Store, options: ExportOptions, path: Path, on_event: OnEvent) -> Written:  # noqa: ARG001
    """Its curves by epoch, its settings, its spec as text, its final numbers.

    Raises:
        UnavailableError: TensorBoard is not installed.
        IntegrityError: the run is damaged.
    """
    writer = need("tensorboard.summary.writer.record_writer", "tensorboard")
    folder = path / run.key[:12]
    folder.mkdir()
    with (folder / EVENTS).open("wb") as stream:
        records = writer.RecordWriter(stream)
        for event in _events(run):
            records.write(event.SerializeToString(deterministic=True))
    epochs = len(history_of(run))
    return Written(notes=() if epochs else (f"run {run.key[:12]} has no history: its final numbers alone are there",))


def scalars(run: Run) -> Iterator[tuple[int, str, float]]:
    """Epoch, name and value of every number; the final ones stand at the epoch whose weights were chosen."""
    for epoch in history_of(run):
        for name, value in asdict(epoch).items():
            if name != "epoch" and value is not None:
                yield epoch.epoch, name.replace("_", "/", 1) if name.startswith(("train_", "dev_")) else name, value
    for split, metrics in metrics_of(run).items():
        for name in _FINAL:
            yield run.best_epoch, f"final/{split}/{name}", getattr(metrics, name)


def settings(run: Run) -> dict[str, bool | int | float | str]:
    """The settings in the run's spec, by dotted names."""
    return dict(_flat(document(run.spec), ""))


def _flat(values: dict[str, Any], prefix: str) -> Iterator[tuple[str, bool | int | float | str]]:
    for name, value in sorted(values.items()):
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        elif value is not None:
            yield prefix + name, value if isinstance(value, bool | int | float | str) else str(value)


def _events(run: Run) -> Iterator[Any]:
    """Records of the file; times are the manifest's, the epochs spread evenly over the run's seconds."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb
    from tensorboard.plugins.text.metadata import create_summary_metadata

    end = datetime.fromisoformat(run.manifest.created).timestamp()
    start = end - run.manifest.seconds
    epochs = max(1, len(history_of(run)))
    yield Event(wall_time=start, file_version="brain.Event:2")
    yield Event(wall_time=start, summary=hparams_pb(settings(run), trial_id=run.key, start_time_secs=start))
    text = f"    {canonical(run.spec).decode()}"  # indented, it is code in Markdown
    tensor = TensorProto(dtype=DT_STRING, string_val=[text.encode()])
    metadata: SummaryMetadata = create_summary_metadata("spec", "")
    yield Event(wall_time=start, summary=Summary(value=[Summary.Value(tag="spec", metadata=metadata, tensor=tensor)]))
    for epoch, name, value in scalars(run):
        when = start + run.manifest.seconds * epoch / epochs
        yield Event(wall_time=when, step=epoch, summary=Summary(value=[Summary.Value(tag=name, simple_value=value)]))
