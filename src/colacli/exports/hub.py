"""A run as a repository of the Hugging Face hub holds it: an adapter, a merged model or a graph, with a card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from colacli.errors import ModelError, UsageError
from colacli.events import OnEvent
from colacli.exports import onnx, peft, transformers
from colacli.exports.hub_card import add_metadata
from colacli.exports.kinds import ExportOptions, Written, refuse_baseline
from colacli.models.base import HUB, base_of
from colacli.store.run import Run
from colacli.store.store import Store


def write(run: Run, store: Store, options: ExportOptions, path: Path, on_event: OnEvent) -> Written:
    """The files of the kind that others load this run by, and the card. No path of this machine is in them.

    Raises:
        UsageError: the run is a baseline, or a student is to be merged.
        UnavailableError: a student's packages are not installed.
        ModelError: an adapter's base model is not on the hub.
        IntegrityError: the files' logits are not the run's.
    """
    refuse_baseline(run)
    if run.spec.lora is None:
        if options.merged:
            raise UsageError(f"run {run.key[:12]} is a student, which has no adapter to merge", "leave out --merged")
        written, library, relation = onnx.write(run, store, options, path, on_event), "onnx", None
    elif options.merged:
        written, library, relation = transformers.write(run, store, options, path, on_event), "transformers", "finetune"
    else:
        if base_of(store, run, options.base, on_event).name not in HUB:
            message = f"the base model of run {run.key[:12]} is not one from the hub, where its adapter needs it"
            raise ModelError(message, "give --merged, which puts the whole model there")
        written, library, relation = peft.write(run, store, options, path, on_event), "peft", "adapter"
    return replace(written, notes=(*written.notes, *add_metadata(run, path, library, relation, options.licence)))
