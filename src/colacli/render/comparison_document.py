"""A comparison as a JSON document."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.render.training import parameters_document
from colacli.statistics.seeds import summary
from colacli.statistics.verdict import verdict

if TYPE_CHECKING:
    from colacli.metrics import Metrics
    from colacli.statistics.comparison import Comparison, OverSeeds
    from colacli.store.run import Run
    from colacli.workflows.compare import Arm, CompareResult


def comparison_document(result: CompareResult) -> dict[str, Any]:
    """Arms and pairs, as plain JSON values."""
    return {
        "split": result.split,
        "arms": [_arm(arm) for arm in result.arms],
        "pairs": [_pair(pair) for pair in result.pairs],
    }


def _arm(arm: Arm) -> dict[str, Any]:
    """A single run's facts stand at the top; those of several in `runs`, with a summary of them in either case."""
    runs = [_run(run, metrics) for run, metrics in zip(arm.runs, arm.metrics, strict=True)]
    return {
        "label": arm.label,
        "seeds": arm.seeds,
        "accuracy": asdict(summary([one.accuracy for one in arm.metrics])),
        "mcc": asdict(summary([one.mcc for one in arm.metrics])),
        **(runs[0] if len(runs) == 1 else {"runs": runs}),
    }


def _run(run: Run, metrics: Metrics) -> dict[str, Any]:
    return {
        "key": run.key,
        "command": run.spec.command,
        "seed": run.spec.training.seed,
        "best_epoch": run.best_epoch,
        "parameters": parameters_document(run.parameters),
        "bytes": run.manifest.size,
        "seconds": run.manifest.seconds,
        "metrics": asdict(metrics),
        "history": [asdict(epoch) for epoch in run.history],
    }


def _pair(pair: Comparison) -> dict[str, Any]:
    counted = pair.paired
    return {
        "a": pair.a,
        "b": pair.b,
        "n": pair.n,
        "runs": list(pair.runs),
        "only_a_right": counted.only_a_right if counted else None,
        "only_b_right": counted.only_b_right if counted else None,
        "accuracy_difference": pair.accuracy_difference,
        "interval": list(pair.interval),
        "bootstrap_interval": None,  # no longer computed: `interval` is as good or better
        "mcc_difference": pair.mcc_difference,
        "mcc_interval": list(pair.mcc_interval),
        "mcnemar": asdict(pair.mcnemar) if pair.mcnemar else None,
        "over_seeds": _over_seeds(pair.over_seeds) if pair.over_seeds else None,
        "p": pair.p,
        "holm_p": pair.holm_p,
        "power": {
            "detectable_difference": pair.detectable,
            "needed_for_3_points": asdict(pair.needed),
            "needed_for_observed": asdict(pair.needed_observed),
        },
        "constant_runs": list(pair.constant),
        "rarest_answers": [one and one.count for one in pair.rarest],
        "verdict": verdict(pair),
    }


def _over_seeds(found: OverSeeds) -> dict[str, Any]:
    return {
        "paired": found.paired,
        "standard_error": found.standard_error,
        "degrees": found.degrees_of_freedom,
        "variance": asdict(found.spread),
        "t_test": asdict(found.t_test) if found.t_test else None,
        "mcc_t_test": asdict(found.mcc_t_test) if found.mcc_t_test else None,
    }
