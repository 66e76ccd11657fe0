"""Typer's renderer of help, without the parsers of Markdown and of Python that it imports.

It needs them for help in Markdown and for tracebacks, of which colacli has none; they were a third of the time that
`colacli --help` took.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from types import ModuleType

HELP = ("-h", "--help")
_UNUSED = {"rich.markdown": "Markdown", "rich.traceback": "Traceback"}
"""Modules that `typer.rich_utils` imports, and what it takes from each."""


def import_renderer() -> None:
    """Import the renderer with an empty class for each of those; where it needs more, Typer imports it whole.

    In this process it stays without them; whoever else imports these modules gets them.
    """
    stand_ins = {}
    for module, name in _UNUSED.items():
        if module not in sys.modules:
            stand_ins[module] = ModuleType(module)
            setattr(stand_ins[module], name, type(name, (), {}))
    sys.modules.update(stand_ins)
    try:
        with suppress(ImportError, AttributeError):
            import typer.rich_utils  # noqa: F401
    finally:
        for module in stand_ins:
            del sys.modules[module]
