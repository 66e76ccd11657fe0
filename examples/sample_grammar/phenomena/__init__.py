"""The phenomena, a theme a file. Importing this package imports all that stands beside it, which fills the registry."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from examples.sample_grammar.grammar import PHENOMENA

__all__ = ["PHENOMENA"]

for _theme in sorted(module.name for module in iter_modules(__path__)):
    import_module(f"{__name__}.{_theme}")
