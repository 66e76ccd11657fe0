"""The folders that variables name: the store, CoLA's release, the user's settings."""

from __future__ import annotations

import os
from pathlib import Path

from colacli.cli.trust import config_folder
from colacli.config import DEFAULT
from colacli.data.cola import VARIABLE
from colacli.errors import UsageError
from colacli.store.store import open_store


def places() -> list[dict[str, str | None]]:
    """Each folder's name, its path (null where there can be none), and its source: a variable, or the default."""
    try:
        store: Path | None = open_store().root
    except UsageError:  # said by every command that needs the store
        store = None
    cola = os.environ.get(VARIABLE) or (store and store / "data" / "cola")
    variables = ("COLACLI_HOME", VARIABLE, "COLACLI_CONFIG_DIR")
    found = zip(("store", "CoLA", "settings"), (store, cola, config_folder()), variables, strict=True)
    return [
        {"name": name, "path": str(path) if path else None, "source": variable if os.environ.get(variable) else DEFAULT}
        for name, path, variable in found
    ]
