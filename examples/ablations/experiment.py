"""The common code of the experiments: it trains a recipe's arms, tests its claims and writes the results.

A recipe is TOML: the settings of each command (`[finetune]`, `[train-student]`, `[distil]`), an arm a table
(`[arms.NAME]`: its command, and its own settings), and the claims, pairs of arms. Options are those of colacli, an
arm is a name in the store, and numbers and verdicts are computed by colacli.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import shlex
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from colacli.cli.main import app, run
from colacli.cli.output import Output
from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.errors import UnavailableError
from colacli.render.compare import comparison_document, show_comparison
from colacli.render.figures import save_comparison
from colacli.statistics.comparison import Comparison, corrected
from colacli.statistics.seeds import summary
from colacli.statistics.verdict import verdict
from colacli.store.refs import resolve
from colacli.store.store import Store, open_store
from colacli.workflows.compare import Arm, CompareResult, compare, measured_arm, shared_splits
from colacli.workflows.splits import stored_predictions

LARGER = "--larger"
"""The variant of an arm that is trained only with this option, which names it."""


@dataclass(frozen=True)
class Experiment:
    """A recipe and the command line's options."""

    name: str
    recipe: dict[str, Any]
    options: argparse.Namespace

    @property
    def arms(self) -> list[str]:
        """The arms that are trained; those of `--larger` only with it."""
        arms = self.recipe["arms"]
        return [name for name, arm in arms.items() if self.options.larger or arm.get("variant") != LARGER]

    @property
    def claims(self) -> list[list[str]]:
        """Pairs of arms."""
        return [pair for pair in self.recipe["claims"] if set(pair) <= set(self.arms)]

    def called(self, arm: str) -> str:
        """The arm's name in the store."""
        return f"{self.name}-{arm}"

    def command(self, arm: str) -> list[str]:
        """The command line that trains an arm."""
        own = dict(self.recipe["arms"][arm])
        verb, options = own.pop("command"), self.options
        if own.get("variant") == LARGER:
            own["variant"] = options.larger
        settings = {"data": options.data, "seeds": options.seeds, **self.recipe.get(verb, {}), **own}
        if options.jobs > 1:
            settings["jobs"] = options.jobs
        settings |= {name: value for name, value in options.set if name in options_of(verb)}
        if verb == "distil":
            settings["teacher"] = self.called(settings["teacher"])
        elif "variant" not in settings:
            settings |= {"base": options.base} if options.base else {"variant": options.variant}
        return [verb, "--name", self.called(arm), *_flags(settings)]


def options_of(verb: str) -> set[str]:
    """The options of a command, without the dashes before them."""
    return {str(option.name).replace("_", "-") for option in typer.main.get_command(app).commands[verb].params}


def _setting(text: str) -> tuple[str, str]:
    """'epochs=1' as a name and its value; argparse reports an unknown option."""
    name, _, value = text.partition("=")
    if not value or not any(name in options_of(verb) for verb in ("finetune", "train-student", "distil")):
        raise ValueError(text)
    return name, value


def _flags(settings: dict[str, Any]) -> list[str]:
    words = []
    for name, value in settings.items():
        if isinstance(value, bool):
            words.append(f"--{name}" if value else f"--no-{name}")
        else:
            words += [f"--{name}", ",".join(value) if isinstance(value, list) else str(value)]
    return words


def conduct(script: str, describe: Callable[[Experiment, Store], str] = lambda *_: "") -> None:
    """Train, judge, show, write `results.json`, `results.md` and, with matplotlib, `results.svg`.

    Args:
        script: the script's path; its recipe is the TOML file beside it.
        describe: a further section of the page, in Markdown, after training.
    """
    path = Path(script).with_suffix(".toml")
    recipe = tomllib.loads(path.read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description=recipe["title"])
    parser.add_argument("--variant", default="gpt2-mini", help="base model of every arm that names none")
    parser.add_argument("--base", help="base model's folder, instead of --variant")
    parser.add_argument("--larger", help="a larger base model by name, for the arms that want one")
    parser.add_argument("--data", default="sample", help="corpus")
    parser.add_argument("--seeds", type=int, default=3, help="runs of every arm that doesn't say how many")
    parser.add_argument("--jobs", type=int, default=1, help="runs at once")
    parser.add_argument(
        "--set", action="append", default=[], type=_setting, metavar="OPTION=VALUE", help="for every arm that has it"
    )
    parser.add_argument("--out", type=Path, default=Path("results") / path.stem, help="folder of the results")
    experiment = Experiment(path.stem, recipe, parser.parse_args())
    for arm in experiment.arms:
        train(experiment.command(arm))
    store = open_store()
    result = judge(experiment, store)
    show_comparison(result, Output(as_json=False).show)
    page = markdown(experiment, result) + (more := describe(experiment, store))
    print(f"\n{more}" if more else "", end="")
    write(experiment, result, page)


def train(words: Sequence[str]) -> None:
    """Train an arm, or find it in the store; its output is shown only if it fails."""
    print(f"$ colacli {shlex.join(words)}", flush=True)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        status = run([*words, "--json"])
    if status:
        sys.exit(output.getvalue() or status)


def judge(experiment: Experiment, store: Store, split: str = IN_DOMAIN_DEV) -> CompareResult:
    """Every arm, and the claims alone, corrected for their number."""
    arms = [arm_of(experiment, name, store, split) for name in experiment.arms]
    return CompareResult(split, arms, corrected([_claim(experiment, pair, store, split) for pair in experiment.claims]))


def arm_of(experiment: Experiment, name: str, store: Store, split: str) -> Arm:
    """An arm's runs, by seed, measured on the split that is compared on and on the other dev splits."""
    runs = resolve(store, experiment.called(name))
    splits = shared_splits(runs, split)
    return measured_arm(name, runs, {run.key: stored_predictions(run, splits) for run in runs})


def _claim(experiment: Experiment, pair: list[str], store: Store, split: str) -> Comparison:
    (comparison,) = compare([experiment.called(name) for name in pair], split, store).pairs
    return replace(comparison, a=pair[0], b=pair[1])


def markdown(experiment: Experiment, result: CompareResult) -> str:
    """A page: the question, the arms, the claims, the verdicts and the commands."""
    options, recipe = experiment.options, experiment.recipe
    majority = result.arms[0].metrics[0].majority_accuracy
    lines = [
        f"# {recipe['title']}\n\n{recipe['about'].strip()}\n",
        f"{options.base or options.variant} on {options.data}, {result.split}; always the more common label: "
        f"{100 * majority:.2f} %. Means and standard deviations over seeds.\n",
        "| arm | runs | parameters | trained | accuracy | MCC | AUC |",
        "|---|---|---|---|---|---|---|",
        *(_arm_row(arm, result.split) for arm in result.arms),
        "\n| a − b | points of accuracy | 95 % interval | MCC | 95 % interval | p (Holm) |",
        "|---|---|---|---|---|---|",
        *(_claim_row(pair) for pair in result.pairs),
        "",
        *(f"- {verdict(pair)}" for pair in result.pairs),
        "",
        "```sh",
        *(f"colacli {shlex.join(experiment.command(name))}" for name in experiment.arms),
        "```\n",
    ]
    return "\n".join(lines)


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


def write(experiment: Experiment, result: CompareResult, page: str) -> None:
    """Write the results to the folder of `--out`."""
    out = experiment.options.out
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps(comparison_document(result), indent=1, allow_nan=False) + "\n")
    (out / "results.md").write_text(page, encoding="utf-8")
    with contextlib.suppress(UnavailableError):
        save_comparison(result, out / "results.svg")
    print(f"\nwritten to {out}")
