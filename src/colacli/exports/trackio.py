"""Histories as a trackio project: a folder with the database that `trackio show` reads.

trackio takes its folder from the environment, once, and can log to a server that the environment names. So it writes in
a process of its own, with an environment that names this folder and no server.
"""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from colacli.events import OnEvent
from colacli.exports.curves import epoch_times, no_history, scalars, settings
from colacli.exports.kinds import ExportOptions, Written, need
from colacli.store.run import Run
from colacli.store.store import Store

PROJECT = "colacli"


def write(run: Run, store: Store, options: ExportOptions, path: Path, on_event: OnEvent) -> Written:  # noqa: ARG001
    """Its curves by epoch, its settings, its final numbers.

    Raises:
        UnavailableError: trackio is not installed.
        IntegrityError: the run is damaged.
    """
    need("trackio", "trackio")
    times = [datetime.fromtimestamp(time, UTC).isoformat(timespec="microseconds") for time in epoch_times(run)]
    epochs: dict[int, dict[str, float]] = defaultdict(dict)
    for epoch, name, value in scalars(run):
        epochs[epoch][name] = value
    log = {
        "project": PROJECT,
        "run": run.key[:12],
        "run_id": run.key,
        "steps": list(epochs),
        "metrics_list": list(epochs.values()),
        "timestamps": [times[epoch] for epoch in epochs],
        "config": {**settings(run), "key": run.key, "_Created": times[0]},
    }
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, initializer=_only_here, initargs=(str(path),)) as pool:
        pool.submit(_log, log, times[0]).result()
    return Written(notes=no_history(run))


def _only_here(folder: str) -> None:
    """See that trackio writes into this folder, and sends nothing."""
    for name in [name for name in os.environ if name.startswith("TRACKIO_")]:
        del os.environ[name]
    os.environ |= {"TRACKIO_DIR": folder, "SYSTEM": "", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


def _log(log: dict[str, Any], created: str) -> None:
    """Log a run, with the time of its making in place of the clock's; the same run gives the same bytes."""
    from trackio.sqlite_storage import SQLiteStorage

    SQLiteStorage.bulk_log(**log)
    with closing(sqlite3.connect(SQLiteStorage.get_project_db_path(log["project"]))) as database:
        database.execute("UPDATE configs SET created_at = ? WHERE run_id = ?", (created, log["run_id"]))
        database.commit()
        database.execute("VACUUM")
