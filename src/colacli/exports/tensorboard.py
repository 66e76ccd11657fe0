"""Histories as TensorBoard shows them: a folder for each run, with one event file in it.

The records are written by TensorBoard's own `RecordWriter`: its `EventFileWriter` puts the clock and the host into the
file and its name, and here the same run gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from colacli.events import OnEvent
from colacli.exports.curves import epoch_times, no_history, scalars, settings
from colacli.exports.kinds import ExportOptions, Written, need
from colacli.store.canonical import canonical
from colacli.store.run import Run
from colacli.store.store import Store

EVENTS = "events.out.tfevents.0.colacli"


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
    return Written(notes=no_history(run))


def _events(run: Run) -> Iterator[Any]:
    """Records of the file; times are the manifest's, the epochs spread evenly over the run's seconds."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb
    from tensorboard.plugins.text.metadata import create_summary_metadata

    times = epoch_times(run)
    start = times[0]
    yield Event(wall_time=start, file_version="brain.Event:2")
    yield Event(wall_time=start, summary=hparams_pb(settings(run), trial_id=run.key, start_time_secs=start))
    text = f"    {canonical(run.spec).decode()}"  # indented, it is code in Markdown
    tensor = TensorProto(dtype=DT_STRING, string_val=[text.encode()])
    metadata: SummaryMetadata = create_summary_metadata("spec", "")
    yield Event(wall_time=start, summary=Summary(value=[Summary.Value(tag="spec", metadata=metadata, tensor=tensor)]))
    for epoch, name, value in scalars(run):
        summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
        yield Event(wall_time=times[epoch], step=epoch, summary=summary)
