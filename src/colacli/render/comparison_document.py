"""What `compare --json` says of arms and pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.render.metrics import parameters_document
from colacli.render.retained import retained_document
from colacli.render.threshold_free import NAMES, estimates_document
from colacli.results import history_of
from colacli.statistics.seeds import summary
from colacli.statistics.verdict import verdict

if TYPE_CHECKING:
    from colacli.metrics import Metrics
    from colacli.statistics.comparison import Comparison, OverSeeds
    from colacli.store.run import Run
    from colacli.workflows.compare import Arm, CompareResult
    from colacli.workflows.splits import SplitMeasures


def comparison_document(result: CompareResult) -> dict[str, Any]:
    """Arms and pairs, as plain JSON values."""
    return {
        "split": result.split,
        "arms": [_arm_document(arm) for arm in result.arms],
        "pairs": [_pair_document(pair) for pair in result.pairs],
        "retained": retained_document(result),
        "pairs_tested": "all" if result.tests_all else "first",
        "same": [{"label": label, "same_as": arm} for label, arm in result.same.items()],
    }


def _arm_document(arm: Arm) -> dict[str, Any]:
    """A summary over the runs, and each run: a single one at the top level, several in `runs`."""
    runs = [_run_document(run, metrics) for run, metrics in zip(arm.runs, arm.metrics, strict=True)]
    return {
        "label": arm.label,
        "seeds": arm.seeds,
        "accuracy": asdict(summary([metrics.accuracy for metrics in arm.metrics])),
        "mcc": asdict(summary([metrics.mcc for metrics in arm.metrics])),
        "splits": {split: _split_document(measured) for split, measured in arm.splits.items()},
        **(runs[0] if len(runs) == 1 else {"runs": runs}),
    }


def _split_document(runs: Sequence[SplitMeasures]) -> dict[str, Any]:
    """Summaries over the runs; null for a measure that is undefined in one of them."""
    threshold_free = {name: values_of(name, runs) for name in NAMES}
    return {
        "n": runs[0].metrics.n,
        "accuracy": asdict(summary([run.metrics.accuracy for run in runs])),
        "mcc": asdict(summary([run.metrics.mcc for run in runs])),
        "threshold_free": {
            name: asdict(summary(values)) if values else None for name, values in threshold_free.items()
        },
    }


def _run_document(run: Run, metrics: Metrics) -> dict[str, Any]:
    return {
        "key": run.key,
        "command": run.spec.command,
        "seed": run.spec.training.seed,
        "best_epoch": run.best_epoch,
        "parameters": parameters_document(run.parameters),
        "bytes": run.manifest.size,
        "seconds": run.manifest.seconds,
        "metrics": asdict(metrics),
        "history": [asdict(epoch) for epoch in history_of(run)],
    }


def _pair_document(pair: Comparison) -> dict[str, Any]:
    return {
        "a": pair.a,
        "b": pair.b,
        "n": pair.n,
        "runs": list(pair.runs),
        "only_a_right": pair.paired.only_a_right if pair.paired else None,
        "only_b_right": pair.paired.only_b_right if pair.paired else None,
        "accuracy_difference": pair.accuracy_difference,
        "interval": list(pair.interval),
        "bootstrap_interval": None,  # no longer computed: `interval` is as good or better
        "mcc_difference": pair.mcc_difference,
        "mcc_interval": list(pair.mcc_interval),
        "threshold_free": estimates_document(pair.threshold_free),
        "mcnemar": asdict(pair.mcnemar) if pair.mcnemar else None,
        "over_seeds": _over_seeds_document(pair.over_seeds) if pair.over_seeds else None,
        "p": pair.p,
        "holm_p": pair.holm_p,
        "power": {
            "detectable_difference": pair.detectable,
            "needed_for_3_points": asdict(pair.needed),
            "needed_for_observed": asdict(pair.needed_observed),
        },
        "constant_runs": list(pair.constant),
        "rarest_answers": [rarest and rarest.count for rarest in pair.rarest],
        "verdict": verdict(pair),
    }


def _over_seeds_document(over_seeds: OverSeeds) -> dict[str, Any]:
    return {
        "paired": over_seeds.paired,
        "standard_error": over_seeds.standard_error,
        "degrees": over_seeds.degrees_of_freedom,
        "variance": asdict(over_seeds.spread),
        "t_test": asdict(over_seeds.t_test) if over_seeds.t_test else None,
        "mcc_t_test": asdict(over_seeds.mcc_t_test) if over_seeds.mcc_t_test else None,
    }


def values_of(name: str, runs: Sequence[SplitMeasures]) -> list[float]:
    """A measure that needs no threshold, of each run; empty where it is undefined in one of them."""
    values = [run.threshold_free[name].value for run in runs]
    defined = [value for value in values if value is not None]
    return defined if len(defined) == len(values) else []
