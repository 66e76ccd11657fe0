"""One concept, one file, which is read at once: no file and no function is long."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("src", "benchmarks", "docs", "examples", "tests")
FILE, FUNCTION = 250, 45
"""The most lines."""


def sources():
    """Every Python file: its path from the root, and its text."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_no_file_is_long():
    """A longer one has two concepts."""
    lengths = {name: len(text.splitlines()) for name, text in sources()}

    assert {name: length for name, length in lengths.items() if length > FILE} == {}


def test_no_function_is_long():
    """A longer one is two functions."""
    lengths = {
        f"{name}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for name, text in sources()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {function: length for function, length in lengths.items() if length > FUNCTION} == {}
