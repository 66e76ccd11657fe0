"""The scripts of `examples/pretrain_mini`, which import one another by bare names."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

SCRIPTS = Path(__file__).parents[2] / "examples" / "pretrain_mini"


@contextmanager
def importable() -> Iterator[Callable[[str], ModuleType]]:
    """Imports one of them by its name; none is left imported."""
    before = set(sys.modules)
    sys.path.insert(0, str(SCRIPTS))
    yield import_module
    sys.path.remove(str(SCRIPTS))
    for name in set(sys.modules) - before:
        if str(SCRIPTS) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
