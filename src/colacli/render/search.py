"""What a search has found: its bounds, its trials, and what the choice is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.console import Table, decimals, say

if TYPE_CHECKING:
    from colacli.workflows.search import SearchResult, Trial
    from colacli.workflows.search_space import Setting

_BUDGETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Numbers of trials for which the expected best is shown, and all that were made."""


def search_document(result: SearchResult) -> dict[str, Any]:
    """All of it, as plain JSON values."""
    return {
        "search": asdict(result.search),
        "space": result.space,
        "trials": [asdict(trial) for trial in result.trials],
        "chosen": asdict(result.chosen),
        "expected_best": [asdict(best) for best in result.expected],
        "bias": {**asdict(result.bias), "bias": result.bias.bias} if result.bias is not None else None,
    }


def view_search(result: SearchResult, console: Console) -> None:
    """Trials, the best first; the expected best by budget; the bias."""
    options = list(result.space)
    ranked = sorted(result.trials, key=lambda trial: -(trial.value if trial.value is not None else float("-inf")))
    rows = [_row(trial, options) for trial in ranked[:20]]
    title = f"search of {result.search.arm}: {len(result.trials)} trials, the best first"
    Table((*options, f"held-out {result.search.by}", "key"), rows, title).show(console)
    say(console, f"bounds: {bounds(result)}")
    best = [result.expected[budget - 1] for budget in _budgets(len(result.expected))]
    rows = [(str(one.trials), decimals(one.mean), decimals(one.standard_deviation)) for one in best]
    Table(("trials", f"expected best {result.search.by}", "sd"), rows, "expected validation performance").show(console)
    for sentence in sentences(result):
        say(console, sentence)


def search_lines(result: SearchResult) -> list[str]:
    """The same in Markdown."""
    by = result.search.by
    expected = [result.expected[budget - 1] for budget in _budgets(len(result.expected))]
    return [
        f"## The search of {result.search.arm}\n",
        f"Bounds: {bounds(result)}.\n",
        f"| trials | expected best {by}, held out | sd |",
        "|---|---|---|",
        *(f"| {one.trials} | {one.mean:.4f} | {one.standard_deviation:.4f} |" for one in expected),
        "",
        *(f"- {sentence}" for sentence in sentences(result)),
        "",
    ]


def bounds(result: SearchResult) -> str:
    """What could be tried, how, and how often."""
    space = "; ".join(f"{option}: {text}" for option, text in result.space.items())
    search = result.search
    return f"{space}; sampler {search.sampler}, seed {search.seed}, at most {search.budget} trials"


def sentences(result: SearchResult) -> list[str]:
    """What was chosen, and what of it is luck."""
    by, value = result.search.by, result.chosen.value
    chosen = f"chosen: {_settings(result.chosen.setting)}, {by} {decimals(value)} on the held-out sentences"
    failed = sum(trial.value is None for trial in result.trials)
    lines = [chosen] + ([f"{failed} of {len(result.trials)} trials failed"] if failed else [])
    if result.bias is not None:
        lines.append(
            f"the bias of having chosen: the best by a half of the held-out sentences has {by} "
            f"{decimals(result.bias.chosen)} there and {decimals(result.bias.fresh)} on the other half"
        )
    return lines


def _row(trial: Trial, options: Sequence[str]) -> tuple[str, ...]:
    value = decimals(trial.value) if trial.value is not None else "failed"
    return (*(str(trial.setting[option]) for option in options), value, trial.key[:12])


def _settings(setting: Setting) -> str:
    return ", ".join(f"{option} {value}" for option, value in setting.items())


def _budgets(trials: int) -> list[int]:
    return [*(budget for budget in _BUDGETS if budget < trials), trials]
