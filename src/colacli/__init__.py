"""Tune GPT-2 with LoRA to judge sentences, distil it into a small recurrent network, compare honestly.

    teacher = colacli.finetune(variant="gpt2-mini", data="sample", epochs=3)
    student = colacli.distil(teacher, data="sample", cell="gru")

docs/api.md has all of it. Nothing is imported before it is used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colacli.api.comparison import Comparison
    from colacli.api.export import Export
    from colacli.api.pairs import Pairs
    from colacli.api.run import Run
    from colacli.api.runs import Runs
    from colacli.api.store import DEFAULT as _DEFAULT
    from colacli.api.store import Store
    from colacli.api.store import open as open  # noqa: A004 # colacli.open
    from colacli.errors import (
        ColacliError,
        DataError,
        IntegrityError,
        ModelError,
        TrainingError,
        UnavailableError,
        UnknownReferenceError,
        UsageError,
    )

    __version__: str
    finetune = _DEFAULT.finetune
    train_student = _DEFAULT.train_student
    distil = _DEFAULT.distil
    pretrain_student = _DEFAULT.pretrain_student
    adopt = _DEFAULT.adopt
    baseline = _DEFAULT.baseline
    compare = _DEFAULT.compare
    report = _DEFAULT.report
    pairs = _DEFAULT.pairs
    generate = _DEFAULT.generate
    run = _DEFAULT.run
    runs = _DEFAULT.runs

_VERBS = {
    *("finetune", "train_student", "distil", "pretrain_student", "adopt", "baseline"),
    *("compare", "report", "pairs", "generate", "run", "runs"),
}
"""Methods of the default store."""
_PLACES = {
    "open": "api.store",
    "Store": "api.store",
    "Run": "api.run",
    "Runs": "api.runs",
    "Comparison": "api.comparison",
    "Export": "api.export",
    "Pairs": "api.pairs",
    **dict.fromkeys(
        (
            "ColacliError",
            "DataError",
            "IntegrityError",
            "ModelError",
            "TrainingError",
            "UnavailableError",
            "UnknownReferenceError",
            "UsageError",
        ),
        "errors",
    ),
}
"""Where the rest is."""

__all__ = [
    "ColacliError",
    "Comparison",
    "DataError",
    "Export",
    "IntegrityError",
    "ModelError",
    "Pairs",
    "Run",
    "Runs",
    "Store",
    "TrainingError",
    "UnavailableError",
    "UnknownReferenceError",
    "UsageError",
    "adopt",
    "baseline",
    "compare",
    "distil",
    "finetune",
    "generate",
    "pairs",
    "pretrain_student",
    "report",
    "run",
    "runs",
    "train_student",
]  # not `open`, which `from colacli import *` would put in the place of Python's

if not TYPE_CHECKING:  # else every name would be one of ours

    def __getattr__(name):
        """A name, imported when it is asked for; the version too, for what looks it up takes a tenth of a second."""
        from importlib import import_module, metadata

        if name == "__version__":
            return metadata.version("colacli")
        if name in _VERBS:
            return getattr(import_module("colacli.api.store").DEFAULT, name)
        if name in _PLACES:
            return getattr(import_module(f"colacli.{_PLACES[name]}"), name)
        raise AttributeError(f"module 'colacli' has no attribute '{name}'")

    def __dir__():
        return sorted({*globals(), *__all__, "open", "__version__"})
