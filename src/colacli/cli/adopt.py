"""`colacli adopt`: a run of an adapter that was made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.arguments import argument
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.training.requests import DataChoice
from colacli.workflows.adopt import AdoptBase, AdoptOptions, AdoptRequest

app = typer.Typer(add_completion=False)


@command(app, "adopt")
def run_adopt(
    adapter: Annotated[Path, argument("ADAPTER", "A folder of PEFT's, for sequence classification.")],
    base: AdoptBase,
    data: DataChoice,
    options: AdoptOptions,
    out: Output,
) -> None:
    """Make a run of a PEFT adapter that was trained elsewhere: it is measured here, on all splits but train.

    It can then be a teacher, an arm of a comparison, an export. Its base model is needed: where neither --variant nor
    --base says which, the one that the adapter's config names.
    """
    from colacli.render.train import show_training
    from colacli.workflows.adopt import adopt

    request = AdoptRequest(adapter=adapter, base=base, data=data, options=options)
    with out.progress() as on_event:
        result = adopt(request, out.store(), on_event)
    show_training("adopt", [result], out.show)
