"""Imports point down, and what starts without torch names it nowhere at its top."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"
ROOT = SRC / "colacli"
LAYERS = (
    (
        "errors",
        "config",
        "options",
        "distillation",
        "pretraining",
        "ngrams",
        "parameters",
        "metrics",
        "perplexity",
        "events",
        "statistics",
    ),
    ("store",),
    ("results",),
    ("data", "sharing"),
    ("kernels",),
    ("models",),
    ("training",),
    ("workflows", "exports", "engines"),
    ("render",),
    ("cli", "api"),
)
"""From the bottom up, as docs/architecture.md draws them."""
RANK = {part: rank for rank, layer in enumerate(LAYERS) for part in layer}
BESIDE = {
    "allocator": 0,
    "devices": RANK["store"],
    "output_files": RANK["store"],
    "__init__": 0,
    "__main__": RANK["cli"] + 1,
}
"""Modules that the drawing leaves out."""
SLOW = {"torch", "transformers", "pandas", "numpy", "matplotlib", "sklearn"}
WITH_TORCH = {
    "training.contextual",
    "training.counts",
    "training.datasets",
    "training.fit",
    "training.generated",
    "training.language_model",
    "training.lm_baseline",
    "training.losses",
    "training.measure",
    "training.prefix_targets",
    "training.predictor",
    "training.probing",
    "training.random_states",
    "training.scorer",
    "training.state",
    "training.steps",
    "training.students",
    "training.targets",
    "training.teacher_outputs",
    "statistics.bootstrap",
    "statistics.ensemble",
    "statistics.ratio",
    "statistics.threshold_free",
    "statistics.two_way",
}
"""Modules that may import what is slow at their top, since only functions import them; so may all kernels, and of the
models and exports all but these."""
WITHOUT_TORCH = {
    "exports",
    "exports.kinds",
    "exports.record",
    "models",
    "models.adapter_config",
    "models.config",
    "models.base",
    "models.charsmap",
    "models.conversion",
    "models.student_shape",
    "models.tokenizer_files",
    "models.tokenizer_json",
    "models.vocabulary",
}

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}


def imports(tree, *, inside):
    """Names of the modules a module imports, also `inside` functions; not those only its types need."""
    if isinstance(tree, ast.If) and "TYPE_CHECKING" in ast.unparse(tree.test):
        return
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not inside:
        return
    if isinstance(tree, ast.Import):
        yield from (alias.name for alias in tree.names)
    elif isinstance(tree, ast.ImportFrom):
        assert tree.level == 0, "relative imports are not used"
        yield from (f"{tree.module}.{alias.name}" for alias in tree.names)
    for child in ast.iter_child_nodes(tree):
        yield from imports(child, inside=inside)


def imported(name, *, inside):
    """What a module of ours imports, sorted."""
    return sorted(set(imports(ast.parse(MODULES[name].read_text(encoding="utf-8")), inside=inside)))


def rank_of(name):
    """The layer a module of ours stands in."""
    part = name.split(".")[0]
    return {**RANK, **BESIDE}[part]


def ours(names):
    """Those of the imported names that are modules of ours, without colacli's name before them."""
    for name in names:
        if name.startswith("colacli."):
            short = name.removeprefix("colacli.")
            while short not in MODULES and "." in short:
                short = short.rpartition(".")[0]
            yield short if short in MODULES else "__init__"


def lacks_torch(name):
    """Whether a module has to start without torch."""
    free = ("kernels.", "models.", "exports.")
    return name in WITHOUT_TORCH or (name not in WITH_TORCH and not name.startswith(free))


def test_every_module_has_its_layer():
    """A new module at the top is given a rank here and in the drawing."""
    assert {name.split(".")[0] for name in MODULES} <= {*RANK, *BESIDE}


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_down(name):
    """No module imports from a layer above its own, not even inside a function."""
    upward = [other for other in ours(imported(name, inside=True)) if rank_of(other) > rank_of(name)]

    assert upward == []


def test_no_module_leads_back_to_itself():
    """No circle of modules that import one another at their tops."""
    graph = {name: set(ours(imported(name, inside=False))) - {name} for name in MODULES}

    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith(("cli", "api"))])
def test_the_two_interfaces_know_nothing_of_each_other(name):
    """The command line and the Python interface stand side by side, on the same requests and workflows."""
    other = "api" if name.startswith("cli") else "cli"

    assert [module for module in ours(imported(name, inside=True)) if module.split(".")[0] == other] == []


def test_the_verbs_know_nothing_of_seeds():
    """What runs a verb several times, or again, stands above the registry, which stands above the verbs."""
    above = {"workflows.seeds", "workflows.parallel", "workflows.resume"}
    baselines = {f"workflows.baseline_{name}" for name in ("lm", "majority", "ngrams")}
    verbs = {"workflows.finetune", "workflows.train_student", "workflows.distil", *baselines}
    below = {name: set(ours(imported(name, inside=True))) for name in (*verbs, "workflows.verbs")}

    assert verbs <= below["workflows.verbs"]
    assert {name: below[name] & {*above, "workflows.verbs"} for name in below} == {name: set() for name in below}


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("store")])
def test_the_store_knows_no_metrics_and_no_events(name):
    """It knows errors, and the options and counts that stand in specs and manifests."""
    others = {other.split(".")[0] for other in ours(imported(name, inside=True))}

    assert others <= {"store", "errors", "config", "distillation", "pretraining", "ngrams", "parameters"}


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("kernels")])
def test_kernels_know_tensors_only(name):
    """They import torch and one another, and nothing else of ours."""
    others = {other.split(".")[0] for other in ours(imported(name, inside=True))}

    assert others <= {"kernels"}


@pytest.mark.parametrize("name", [name for name in MODULES if lacks_torch(name)])
def test_what_starts_fast_imports_nothing_slow(name):
    """Nothing slow stands at its top, nor a module of ours that has it there."""
    names = imported(name, inside=False)

    assert [other for other in names if other.split(".")[0] in SLOW] == []
    assert [other for other in ours(names) if not lacks_torch(other)] == []


@pytest.mark.parametrize("name", sorted(WITH_TORCH | WITHOUT_TORCH))
def test_the_lists_name_modules(name):
    """A module that was renamed is renamed here."""
    assert name in MODULES


@pytest.mark.parametrize("library", ["typer", "rich", "plotext", "matplotlib"])
def test_only_the_outer_layers_know_how_it_looks(library):
    """Typer stays in cli; rich, plotext and matplotlib in what renders."""
    allowed = {"typer": {"cli"}, "rich": {"render", "cli"}, "plotext": {"render"}, "matplotlib": {"render"}}[library]
    users = {
        name.split(".")[0]
        for name in MODULES
        if any(other.split(".")[0] == library for other in imported(name, inside=True))
    }

    assert users <= allowed
