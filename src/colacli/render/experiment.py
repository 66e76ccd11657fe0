"""What `experiment` shows: its plan, what failed, and the claims; and the folder that it writes."""

from __future__ import annotations

import json
import shlex
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.errors import UnavailableError
from colacli.output_files import open_output_folder
from colacli.render.compare import view_every_pair
from colacli.render.comparison_document import comparison_document
from colacli.render.console import Show, Table, duration, percent, say
from colacli.render.retained import retained_lines
from colacli.render.search import search_document, search_lines, view_search
from colacli.statistics.seeds import summary
from colacli.statistics.verdict import verdict
from colacli.workflows.experiment import RESULTS, Ends, Estimate, bias_of_the_best
from colacli.workflows.reproduce import recipes, with_ancestors

if TYPE_CHECKING:
    from colacli.statistics.comparison import Comparison
    from colacli.store.store import Store
    from colacli.workflows.compare import Arm, CompareResult
    from colacli.workflows.experiment_plan import ExperimentPlan
    from colacli.workflows.search import SearchResult


def show_plan(plan: ExperimentPlan, time: Estimate, jobs: int, show: Show) -> None:
    """What would be made, and about how long it would take."""
    known = {"seconds": time.seconds, "runs": len(time.known)} if time.known else None
    search = asdict(plan.recipe.search) if plan.recipe.search is not None else None
    document = {**_plan_document(plan), "search": search, "estimate": known}
    show("experiment", document, lambda console: _view_plan(plan, time, jobs, console))


def show_experiment(
    plan: ExperimentPlan, ends: Ends, search: SearchResult | None, result: CompareResult | None, show: Show
) -> None:
    """The search, the claims, and what failed."""
    document = experiment_document(plan, ends, search, result)
    show("experiment", document, lambda console: _view(plan, ends, search, result, console))


def experiment_document(
    plan: ExperimentPlan, ends: Ends, search: SearchResult | None, result: CompareResult | None
) -> dict[str, Any]:
    """The plan, how its runs ended, and the comparison in `compare`'s own form; null where no arm is whole."""
    labels = {run.key: run.label for run in plan.runs}
    return {
        **_plan_document(plan),
        "made": [{"key": key, "seconds": done.seconds, "cached": done.cached} for key, done in ends.done.items()],
        "failures": [
            {"key": key, "run": labels[key], "message": failed.error.message, "hint": failed.error.hint}
            for key, failed in ends.failed.items()
        ],
        "search": search_document(search) if search is not None else None,
        "comparison": comparison_document(result) if result is not None else None,
    }


def write_experiment(
    folder: Path, plan: ExperimentPlan, search: SearchResult | None, result: CompareResult, store: Store
) -> None:
    """`results.json`, `results.md` and, with matplotlib, `results.svg`, all or none.

    Raises:
        DataError: the folder can't be written.
    """
    from colacli.render.figures import save_comparison

    document = {"experiment": plan.recipe.name, **comparison_document(result)}
    if search is not None:
        document["search"] = search_document(search)
    with open_output_folder(folder) as new:
        (new / RESULTS).write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        (new / "results.md").write_text(_page(plan, search, result, store), encoding="utf-8")
        with suppress(UnavailableError):
            save_comparison(result, new / "results.svg")


def _plan_document(plan: ExperimentPlan) -> dict[str, Any]:
    return {
        "name": plan.recipe.name,
        "title": plan.recipe.title,
        "claims": [list(pair) for pair in plan.recipe.claims],
        "plan": [
            {
                "arm": name,
                "name": plan.recipe.run_name(name),
                "command": runs[0].spec.command,
                "runs": [
                    {"key": run.key, "seed": run.spec.training.seed, "cached": run.stored is not None} for run in runs
                ],
            }
            for name, runs in plan.arms.items()
        ],
    }


def _view_plan(plan: ExperimentPlan, time: Estimate, jobs: int, console: Console) -> None:
    say(console, plan.recipe.title)
    rows = []
    for name, runs in plan.arms.items():
        stored = sum(run.stored is not None for run in runs)
        keys = " ".join(run.key[:12] for run in runs[:3]) + (" …" if len(runs) > 3 else "")
        rows.append((name, runs[0].spec.command, str(len(runs)), str(stored), keys))
    Table(("arm", "command", "runs", "stored", "keys"), rows).show(console)
    if (search := plan.recipe.search) is not None:
        say(console, f"the next round of at most {search.budget} trials; what they choose decides the arms' keys")
    _view_shared(plan, console)
    missing = len(plan.missing)
    if not missing:
        return say(console, f"all {len(plan.runs)} runs are stored; nothing would be made")
    say(console, f"{missing} of {len(plan.runs)} runs would be made")
    unknown = missing - len(time.known)
    if time.known:
        rest = f", beside {unknown} that no stored run is like" if unknown else ""
        say(console, f"about {duration(time.seconds)} with --jobs {jobs}, by stored runs like these{rest}")
    else:
        say(console, "how long it takes is not known: no stored run is like these")
    return None


def _view_shared(plan: ExperimentPlan, console: Console) -> None:
    for a, b in plan.recipe.claims:
        if plan.share_a_run((a, b)):
            say(console, f"{a} and {b} can't be compared: they have a run in common")


def _view(
    plan: ExperimentPlan, ends: Ends, search: SearchResult | None, result: CompareResult | None, console: Console
) -> None:
    say(console, plan.recipe.title)
    if search is not None:
        view_search(search, console)
    if result is not None:
        view_every_pair(result, console)
        if sentence := _bias(result):
            say(console, sentence)
    compared = {(pair.a, pair.b) for pair in result.pairs} if result is not None else set()
    _view_shared(plan, console)
    for a, b in plan.recipe.claims:
        if (a, b) not in compared and not plan.share_a_run((a, b)):
            say(console, f"not compared, since not all of their runs are stored: {a} − {b}")
    labels = {run.key: run.label for run in plan.runs}
    for key, failed in ends.failed.items():
        say(console, f"failed: {labels[key]} ({key[:12]}): {failed.error.message}")
        if failed.error.hint:
            say(console, f"  {failed.error.hint}")


def _page(plan: ExperimentPlan, search: SearchResult | None, result: CompareResult, store: Store) -> str:
    """The question, the arms, the claims, the verdicts and the commands, in Markdown."""
    majority = result.arms[0].metrics[0].majority_accuracy
    runs = with_ancestors((run for arm in result.arms for run in arm.runs), store)
    lines = [
        f"# {plan.recipe.title}\n",
        *([f"{plan.recipe.about}\n"] if plan.recipe.about else []),
        f"On {result.split}; always the more common label: {100 * majority:.2f} %. Means and standard deviations over "
        "seeds.\n",
        "| arm | runs | parameters | trained | accuracy | MCC | AUC |",
        "|---|---|---|---|---|---|---|",
        *(_arm_row(arm, result.split) for arm in result.arms),
        "",
    ]
    if result.pairs:
        lines += [
            "| a − b | points of accuracy | 95 % interval | MCC | 95 % interval | p (Holm) |",
            "|---|---|---|---|---|---|",
            *(_claim_row(pair) for pair in result.pairs),
            "",
            *(f"- {verdict(pair)}" for pair in result.pairs),
            "",
        ]
    if retention := retained_lines(result):
        lines += [*(f"- {line}" for line in retention), ""]
    if sentence := _bias(result):
        lines += [f"- {sentence}", ""]
    if search is not None:
        lines += search_lines(search)
    commands = [shlex.join(["colacli", *recipe.arguments]) for recipe in recipes(runs, store) if recipe.arguments]
    return "\n".join([*lines, "```sh", *commands, "```\n"])


def _bias(result: CompareResult) -> str:
    """What choosing one of the runs would be worth, in words; empty with a single one."""
    bias = bias_of_the_best(result)
    if bias is None:
        return ""
    return (
        f"choosing the best of these {len(result.predictions)} runs by a half of {result.split} gives it "
        f"{percent(bias.chosen)} there and {percent(bias.fresh)} on the other half: {100 * bias.bias:.2f} points are "
        "the choice's own"
    )


def _arm_row(arm: Arm, split: str) -> str:
    accuracy, mcc = (summary([getattr(metrics, name) for metrics in arm.metrics]) for name in ("accuracy", "mcc"))
    points = f"{100 * accuracy.mean:.2f} % ({100 * (accuracy.standard_deviation or 0):.2f})"
    correlation = f"{mcc.mean:.3f} ({mcc.standard_deviation or 0:.3f})"
    areas = [run.threshold_free["auc"].value for run in arm.splits[split]]
    auc = summary([area for area in areas if area is not None]) if None not in areas else None
    area = f"{auc.mean:.3f} ({auc.standard_deviation or 0:.3f})" if auc else "—"
    counts = arm.runs[0].parameters
    sizes = f"{len(arm.runs)} | {counts.total:,} | {counts.trainable:,}"
    return f"| {arm.label} | {sizes} | {points} | {correlation} | {area} |"


def _claim_row(pair: Comparison) -> str:
    low, high = (100 * end for end in pair.interval)
    mcc = f"{pair.mcc_difference:+.3f} | {pair.mcc_interval[0]:+.3f} to {pair.mcc_interval[1]:+.3f}"
    points = f"{100 * pair.accuracy_difference:+.2f} | {low:+.2f} to {high:+.2f}"
    return f"| {pair.a} − {pair.b} | {points} | {mcc} | {pair.holm_p:.2g} |"
