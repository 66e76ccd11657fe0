"""The reproducibility checklist (Dodge et al. 2019, "Show your work"), filled from the store.

What the store does not have is shown as missing, for the author to fill in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from colacli.render.console import Table, decimals, duration, percent, size
from colacli.render.report.blocks import Block, Data, Section, Text
from colacli.render.report.models import selection_rule
from colacli.render.search import bounds
from colacli.results import history_of, metrics_of
from colacli.training.usage import DEVICE_MEMORY, ENERGY, ENERGY_OF, MEMORY, NO_COUNTER
from colacli.workflows.splits import parts_of

if TYPE_CHECKING:
    from colacli.store.run import Run
    from colacli.workflows.compare import Arm
    from colacli.workflows.report import Report

_MISSING = "MISSING: not recorded"
_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,6})?")


def checklist(report: Report) -> Section:
    """What a reader needs to judge and to repeat the work."""
    return Section("Reproducibility checklist", list(_blocks(report)))


def _blocks(report: Report) -> Iterator[Block]:
    yield Text(f"From the {len(report.runs)} runs of this report. What is marked as missing is not in the store.")
    arms = [[arm.label, *_arm_row(arm)] for arm in report.arms]
    columns = ["arm", "runs", "parameters", "trained", "time", "core-hours", "peak memory"]
    yield Data(Table(columns, arms, "runs and their cost"))
    yield Data(Table(["item", "answer"], list(_items(report)), "checklist"))
    columns = ["arm", "split", "validation accuracy", "accuracy", "validation MCC", "MCC"]
    yield Data(Table(columns, _figures(report), "each figure beside that of the split that chose the epoch"))


def _arm_row(arm: Arm) -> list[str]:
    counts = arm.runs[0].parameters
    time = duration(sum(run.manifest.seconds for run in arm.runs))
    return [str(len(arm.runs)), f"{counts.total:,}", f"{counts.trainable:,}", time, *_cost(arm.runs)]


def _cost(runs: Sequence[Run]) -> list[str]:
    """Core-hours, where the number of threads is known, and the highest peak memory, where all runs have it."""
    threads = [run.manifest.environment.get("threads", "") for run in runs]
    cores = "MISSING"
    if all(one.isdecimal() for one in threads):
        seconds = sum(int(one) * run.manifest.seconds for one, run in zip(threads, runs, strict=True))
        cores = f"{seconds / 3600:.3f}"
    process, device = (_numbers(runs, name) for name in (MEMORY, DEVICE_MEMORY))
    on_device = f", on the device {size(int(max(device)))}" if device else ""
    return [cores, size(int(max(process))) + on_device if process else "MISSING"]


def _numbers(runs: Sequence[Run], name: str) -> list[float]:
    """A number of every run's environment; none where a run has not got it."""
    values = [run.manifest.environment.get(name, "") for run in runs]
    return [float(value) for value in values] if all(_NUMBER.fullmatch(value) for value in values) else []


def _energy(runs: Sequence[Run]) -> str:
    """Of all runs together, where every one was measured; else why not."""
    if joules := _numbers(runs, ENERGY):
        sources = ", ".join(dict.fromkeys(run.manifest.environment.get(ENERGY_OF, "") for run in runs))
        total = sum(joules)
        return f"{total:,.0f} J ({total / 3.6e6:.2g} kWh), of all that the machine did while they were made ({sources})"
    environments = [run.manifest.environment for run in runs]
    reasons = {one[ENERGY_OF] for one in environments if ENERGY_OF in one and ENERGY not in one}
    if not reasons or any(ENERGY_OF not in one for one in environments):
        return _MISSING
    where = "on this machine" if reasons == {NO_COUNTER} else "for every run"
    return f"not measured {where}: {', '.join(sorted(reasons))}"


def _items(report: Report) -> Iterator[list[str]]:
    yield ["infrastructure", _infrastructure(report.runs)]
    yield ["runtime", "wall-clock time of training with its measuring; core-hours are that times the threads, on a CPU"]
    yield ["memory", "the most that the training process held in main memory; on a device, that PyTorch allocated"]
    yield ["energy", _energy(report.runs)]
    yield ["sentences", _sizes(report)]
    for arm in report.arms:
        yield [f"epoch of {arm.label}", selection_rule(arm)]
    yield ["choice of other settings, bounds of searches", _search(report)]
    yield [
        "evaluation",
        "accuracy, MCC, F1 and the majority class; intervals over sentences, and over seeds if several",
    ]
    for source, licence in report.licences.items():
        name = source.replace("\\", "/").rstrip("/").rpartition("/")[2]
        yield [f"licence of {name}", licence or _MISSING]


def _search(report: Report) -> str:
    """What is known of how settings were searched for."""
    if not report.searches:
        return "no search is recorded: the settings are those of the commands below"
    found = []
    for arm, result in report.searches.items():
        best = f"the best had {result.search.by} {decimals(result.chosen.value)} on the held-out sentences"
        found.append(f"{arm}: {bounds(result)}; {len(result.trials)} were made, {best}")
    return "; ".join(found)


def _infrastructure(runs: Sequence[Run]) -> str:
    found = []
    for run in runs:
        environment = run.manifest.environment
        parts = [environment.get(name, "") for name in ("device", "machine", "system")]
        cores = [f"{environment[name]} {name}" for name in ("cpus", "threads") if name in environment]
        found.append(", ".join(filter(None, [*parts, *cores])))
    return "; ".join(filter(None, dict.fromkeys(found))) or _MISSING


def _sizes(report: Report) -> str:
    run = report.arms[0].runs[0]
    train = f"{report.judged.train:,}" if report.judged and report.judged.train else "MISSING: the corpus is not here"
    sizes = [f"trained on {train}", *(f"{name} {metrics.n:,}" for name, metrics in metrics_of(run).items())]
    return "; ".join(sizes)


def _figures(report: Report) -> list[list[str]]:
    """Each arm's numbers on every split beside those that its epoch was chosen by."""
    return [row for arm in report.arms for row in _figures_of(arm)]


def _figures_of(arm: Arm) -> Iterator[list[str]]:
    epochs = [history_of(run)[run.best_epoch - 1] for run in arm.runs]
    chosen_on = {"dev": "in_domain_dev", "holdout": "holdout"}[arm.runs[0].spec.training.validation]
    for split, measured in arm.splits.items():
        note = _chose(chosen_on, split) if arm.has_epochs else ""
        yield [
            arm.label,
            split + note,
            percent(fmean(epoch.dev_accuracy for epoch in epochs)) if arm.has_epochs else "—",
            percent(fmean(one.metrics.accuracy for one in measured)),
            decimals(fmean(epoch.dev_mcc for epoch in epochs)) if arm.has_epochs else "—",
            decimals(fmean(one.metrics.mcc for one in measured)),
        ]


def _chose(chosen_on: str, split: str) -> str:
    if split == chosen_on:
        return " (chose the epoch)"
    return " (a part chose the epoch)" if chosen_on in parts_of(split) else ""
