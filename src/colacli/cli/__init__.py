"""The command line: the only code that knows Typer. Parse, call a workflow, render."""
