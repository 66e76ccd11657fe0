"""The conclusion of a comparison, in words."""

from __future__ import annotations

from colacli.statistics.comparison import Comparison, Needed
from colacli.statistics.power import LEVEL, POWER, TARGET

FEW = 5
"""Predictions of one label below which the verdict warns of the run's MCC; Cochran's rule of thumb."""

_ANSWERS = ("not acceptable", "acceptable")
_POWER = f"({100 * POWER:.0f} % power)"
_TARGET = f"{100 * TARGET:.0f} points"


def verdict(comparison: Comparison) -> str:
    """One sentence: the conclusion, and what is remarkable in one of the arms."""
    return "; ".join([conclusion(comparison), *_constants(comparison), *few_answers(comparison)])


def conclusion(comparison: Comparison) -> str:
    """The more accurate arm first: better, or inconclusive and what would have shown a difference."""
    a, b = (comparison.a, comparison.b) if comparison.accuracy_difference >= 0 else (comparison.b, comparison.a)
    points = f"{100 * abs(comparison.accuracy_difference):.1f} points of accuracy ({_evidence(comparison)})"
    text = (
        f"{a} is better than {b} by {points}"
        if comparison.holm_p < LEVEL
        else f"inconclusive: {a} and {b} differ by {points}; {_would_show(comparison)}"
    )
    return text + _by_mcc(comparison)


def _by_mcc(comparison: Comparison) -> str:
    """The conclusion by MCC where it differs from that by accuracy: a constant prediction can be quite accurate."""
    low, high = comparison.mcc_interval
    agrees = comparison.holm_p < LEVEL and comparison.mcc_difference * comparison.accuracy_difference > 0
    if agrees or low <= 0 <= high:
        return ""
    a, sign = (comparison.a, 1) if comparison.mcc_difference > 0 else (comparison.b, -1)
    low, high = sorted((sign * low, sign * high))
    return f"; by MCC {a} is better, by {abs(comparison.mcc_difference):.2f} (95 % interval {low:.2f} to {high:.2f})"


def _evidence(comparison: Comparison) -> str:
    low, high = (100 * end for end in sorted(_sign(comparison) * end for end in comparison.interval))
    interval = f"95 % interval {low:z.1f} to {high:z.1f}"
    if comparison.over_seeds is None:
        text = f"{interval}, McNemar mid-p {_p(comparison.p)}"
    else:
        text = f"{interval} over seeds and sentences, {_seeds(comparison)}, p {_p(comparison.p)}"
    return text + (f", {_p(comparison.holm_p)} by Holm's correction" if comparison.holm_p != comparison.p else "")


def _sign(comparison: Comparison) -> int:
    return 1 if comparison.accuracy_difference >= 0 else -1


def _p(value: float) -> str:
    return f"{value:.2g}" if value >= 0.001 else "below 0.001"


def _seeds(comparison: Comparison) -> str:
    first, second = comparison.runs if comparison.accuracy_difference >= 0 else comparison.runs[::-1]
    if comparison.over_seeds and comparison.over_seeds.paired:
        return f"{first} paired seeds"
    if first == second:
        return f"{first} seeds each"
    return f"{_count(first)} against {_count(second)}"


def _count(runs: int) -> str:
    return "a single run" if runs == 1 else f"{runs} seeds"


def _would_show(comparison: Comparison) -> str:
    return _runs_would_show(comparison) if comparison.over_seeds is None else _seeds_would_show(comparison)


def _runs_would_show(comparison: Comparison) -> str:
    """The power of the sentences that separate two runs."""
    discordant = comparison.paired.discordant if comparison.paired else 0
    if not discordant:
        return "no sentence separates them: both are right on the same ones and wrong on the same ones"
    separate = f"{discordant} of {comparison.n} sentences {'separates' if discordant == 1 else 'separate'} them"
    if comparison.detectable is None:
        return f"{separate}, too few for any difference to show {_POWER}"
    shows = f"with so many, a difference of {100 * comparison.detectable:.1f} points or more would show {_POWER}"
    if comparison.detectable <= TARGET or comparison.needed.sentences is None:
        return f"{separate}; {shows}"
    return f"{separate}; {shows}, and {_TARGET} with {comparison.needed.sentences:,} sentences"


def _seeds_would_show(comparison: Comparison) -> str:
    if comparison.detectable is None:
        return "no sentence separates them in any seed, so nothing is known of what other seeds or sentences would show"
    if comparison.detectable <= TARGET:
        return f"this design would show a difference of {100 * comparison.detectable:.1f} points or more {_POWER}"
    return f"{_needed(comparison.needed)} to show {_TARGET} {_POWER}"


def _needed(needed: Needed) -> str:
    counts = ((needed.seeds, "seeds an arm"), (needed.sentences, "sentences"))
    ways = " or ".join(f"{count:,} {unit}" for count, unit in counts if count)
    return f"this design would need {ways or 'more seeds and more sentences'}"


def _constants(comparison: Comparison) -> list[str]:
    """Names the arms with constant predictions."""
    arms = zip((comparison.a, comparison.b), comparison.constant, comparison.runs, strict=True)
    return [f"{_constant(*arm)} the same answer for every sentence" for arm in arms if arm[1]]


def _constant(name: str, constant: int, runs: int) -> str:
    if runs == 1:
        return f"{name} gives"
    return f"{constant} of the {runs} runs of {name} {'gives' if constant == 1 else 'give'}"


def few_answers(comparison: Comparison) -> list[str]:
    """Names the arms that hardly ever predict one of the labels."""
    arms = zip((comparison.a, comparison.b), comparison.rarest, comparison.runs, strict=True)
    return [
        f"{name if runs == 1 else f'a run of {name}'} gives only {rarest.count} "
        f"answer{'' if rarest.count == 1 else 's'} '{_ANSWERS[rarest.label]}', so its MCC rests on few"
        for name, rarest, runs in arms
        if rarest and rarest.count < FEW
    ]
