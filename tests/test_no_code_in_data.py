"""Nothing that is read can run: no format with code in it is loaded anywhere, and nobody else's code is trusted."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "colacli"
MODULES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in ROOT.rglob("*.py")
}
"""Every module of the package, parsed."""
LIBRARIES = {
    "pickle",
    "cPickle",
    "_pickle",
    "cloudpickle",
    "dill",
    "joblib",
    "marshal",
    "shelve",
    "yaml",
    "runpy",
    "code",
}
CALLS = {
    *("eval", "exec", "compile", "__import__"),
    *(
        "torch.load",
        "torch.jit.load",
        "torch.hub.load",
        "numpy.load",
        "np.load",
        "pd.read_pickle",
        "pandas.read_pickle",
    ),
    *("os.system", "os.popen"),
}


def imported(tree):
    """The top-level names of the libraries that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def called(tree):
    """What a module calls, as it is written there."""
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def words(tree):
    """Keyword arguments, names and attributes of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword):
            yield node.arg
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def test_the_package_is_looked_at():
    """All of it: the modules that read files are among what is parsed."""
    assert {"models/tensors.py", "store/run.py", "data/formats.py"} <= set(MODULES)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_module_can_load_code(name):
    """It imports nothing that unpickles, calls nothing that loads or runs, and trusts no code from a hub."""
    tree = MODULES[name]

    assert set(imported(tree)) & LIBRARIES == set()
    assert called(tree) & CALLS == set()
    assert "trust_remote_code" not in set(words(tree))
    assert "allow_pickle" not in set(words(tree))


def test_the_search_finds_what_it_is_for():
    """Each of the three is seen in a module that has it."""
    tree = ast.parse("import pickle\nimport torch\nfrom_hub(trust_remote_code=True)\ntorch.load('x')\n")

    assert "pickle" in set(imported(tree))
    assert "torch.load" in called(tree)
    assert "trust_remote_code" in set(words(tree))
