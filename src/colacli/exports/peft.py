"""The adapter alone, as PEFT loads it, with its base model's public name or folder filled in."""

from __future__ import annotations

import json
from pathlib import Path

from colacli.errors import UsageError
from colacli.events import OnEvent
from colacli.exports.card import CARD
from colacli.exports.kinds import ExportOptions, Written, refuse_baseline
from colacli.models.adapter_config import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from colacli.models.base import HUB, base_of
from colacli.models.config import read_settings
from colacli.store.run import Run
from colacli.store.store import Store


def write(run: Run, store: Store, options: ExportOptions, path: Path, on_event: OnEvent) -> Written:
    """Copy the adapter, and name its base.

    Raises:
        UsageError: the run is a student or a baseline.
        ModelError: the base model is gone, and no `--base` says where it is.
    """
    refuse_baseline(run)
    if run.spec.lora is None:
        raise UsageError(f"run {run.key[:12]} is a student, which has no adapter", "give --to onnx, or --to page")
    base = base_of(store, run, options.base, on_event)
    name = HUB.get(base.name, str(base.folder))
    values = read_settings(run.verified_file(ADAPTER_CONFIG)) | {"base_model_name_or_path": name}
    (path / ADAPTER_CONFIG).write_text(json.dumps(values, indent=2, sort_keys=True) + "\n")
    (path / ADAPTER_WEIGHTS).write_bytes(run.read(ADAPTER_WEIGHTS))
    (path / CARD).write_bytes(run.read(CARD))
    where = "from the hub" if base.name in HUB else "from this folder, which has to stay there"
    return Written(notes=(f"the base model is read as {name}, {where}",))
