"""`colacli demo`: the tour."""

from __future__ import annotations

import typer

from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.workflows.demo import DemoOptions

app = typer.Typer(add_completion=False)


@command(app, "demo")
def run_demo(options: DemoOptions, out: Output) -> None:
    """Everything on the bundled model and corpus, offline: tune, distil, compare, in a separate store."""
    from colacli.render.demo import show_demo
    from colacli.workflows.demo import demo, demo_store

    with out.progress() as on_event:
        parts = demo(options, on_event)
        show_demo(parts, demo_store(options), out.show, None if out.as_json else out.console)
