"""`import colacli` costs nothing, and has what it says it has."""

import subprocess
import sys

import pytest

import colacli
from colacli.errors import ColacliError

_HEAVY = {"torch", "transformers", "pandas", "numpy", "scipy", "rich", "typer", "matplotlib", "IPython"}
_CHECK = """
import sys
before = set(sys.modules)
import colacli
imported = set(sys.modules) - before
{action}
loaded = {{name.partition(".")[0] for name in sys.modules}}
imported = [name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names]
print(sorted(imported), sorted(loaded & {heavy}))
"""


def loaded(action, folder):
    """What `import colacli` imports, and what of the heavy is there after an action more."""
    code = _CHECK.format(action=action, heavy=_HEAVY)
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_imports_nothing_else(tmp_path):
    """The package alone, nothing of it and no library."""
    assert loaded("", tmp_path) == "['colacli'] []"


@pytest.mark.parametrize("action", ["colacli.open('store')", "colacli.distil", "colacli.open('store').runs()"])
def test_what_computes_nothing_needs_nothing_heavy(tmp_path, action):
    """A store is opened and looked at without torch, pandas and Rich."""
    assert loaded(action, tmp_path).endswith(" []")


def test_a_hit_needs_nothing_heavy(made, how, tiny_base, tmp_path):
    """A run that is in the store is found without torch and pandas, as by its command."""
    options = {name: str(value) if name == "data" else value for name, value in how.items()}
    call = f"colacli.open({str(made.store.path)!r}).finetune(base={str(tiny_base)!r}, rank=1, **{options!r})"

    assert loaded(f"assert {call}.cached", tmp_path).endswith(" []")


def test_every_name_is_there():
    """And is listed."""
    names = [*colacli.__all__, "open", "__version__"]

    assert all(getattr(colacli, name) is not None for name in names)
    assert {*names} <= {*dir(colacli)}


def test_another_name_is_an_error():
    """As in any module."""
    with pytest.raises(AttributeError, match="module 'colacli' has no attribute 'fintune'"):
        _ = colacli.fintune


def test_python_keeps_its_open():
    """`from colacli import *` brings everything else."""
    names = {}
    exec("from colacli import *", names)

    assert "open" not in names
    assert {*colacli.__all__} <= {*names}


def test_the_errors_are_the_command_lines():
    """One tree."""
    assert colacli.ColacliError is ColacliError
    assert issubclass(colacli.UnknownReferenceError, colacli.ColacliError)


def test_the_functions_take_the_store_of_the_moment(tmp_path, monkeypatch):
    """That of COLACLI_HOME when they are called, not when they were imported."""
    runs = colacli.runs
    monkeypatch.setenv("COLACLI_HOME", str(tmp_path / "one"))
    assert len(runs()) == 0
    (tmp_path / "two").write_text("")
    monkeypatch.setenv("COLACLI_HOME", str(tmp_path / "two"))

    with pytest.raises(colacli.UsageError, match="is a file"):
        runs()


def test_the_package_says_that_it_is_typed():
    """PEP 561."""
    from importlib.resources import files

    assert files("colacli").joinpath("py.typed").is_file()
