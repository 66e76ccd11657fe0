"""What a comparison allows to be said, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colacli.statistics.power import LEVEL, POWER, TARGET

if TYPE_CHECKING:
    from colacli.statistics.comparison import Comparison, Needed

FEW = 5
"""Answers of one kind below which a run's MCC rests on so few that the verdict says so; Cochran's rule of thumb."""

_ANSWERS = ("not acceptable", "acceptable")
_POWER = f"({100 * POWER:.0f} % power)"
_TARGET = f"{100 * TARGET:.0f} points"


def verdict(found: Comparison) -> str:
    """One sentence, the more accurate named first: better, or inconclusive and what would have shown."""
    a, b = (found.a, found.b) if found.accuracy_difference >= 0 else (found.b, found.a)
    points = f"{100 * abs(found.accuracy_difference):.1f} points of accuracy ({_evidence(found)})"
    said = (
        f"{a} is better than {b} by {points}"
        if found.holm_p < LEVEL
        else f"inconclusive: {a} and {b} differ by {points}; {_would_show(found)}"
    )
    return said + _by_mcc(found) + _constants(found) + _rare(found)


def _by_mcc(found: Comparison) -> str:
    """What MCC has to say where accuracy is silent, or says the opposite: a constant answer can be quite accurate."""
    low, high = found.mcc_interval
    agreed = found.holm_p < LEVEL and found.mcc_difference * found.accuracy_difference > 0
    if agreed or low <= 0 <= high:
        return ""
    a, sign = (found.a, 1) if found.mcc_difference > 0 else (found.b, -1)
    low, high = sorted((sign * low, sign * high))
    return f"; by MCC {a} is better, by {abs(found.mcc_difference):.2f} (95 % interval {low:.2f} to {high:.2f})"


def _evidence(found: Comparison) -> str:
    low, high = (100 * end for end in sorted(_sign(found) * end for end in found.interval))
    interval = f"95 % interval {low:z.1f} to {high:z.1f}"
    if found.over_seeds is None:
        said = f"{interval}, McNemar mid-p {_p(found.p)}"
    else:
        said = f"{interval} over seeds and sentences, {_seeds(found)}, p {_p(found.p)}"
    return said + (f", {_p(found.holm_p)} by Holm's correction" if found.holm_p != found.p else "")


def _sign(found: Comparison) -> int:
    return 1 if found.accuracy_difference >= 0 else -1


def _p(value: float) -> str:
    return f"{value:.2g}" if value >= 0.001 else "below 0.001"


def _seeds(found: Comparison) -> str:
    first, second = found.runs if found.accuracy_difference >= 0 else found.runs[::-1]
    if found.over_seeds and found.over_seeds.paired:
        return f"{first} paired seeds"
    if first == second:
        return f"{first} seeds each"
    return f"{_count(first)} against {_count(second)}"


def _count(runs: int) -> str:
    return "a single run" if runs == 1 else f"{runs} seeds"


def _would_show(found: Comparison) -> str:
    return _runs_would_show(found) if found.over_seeds is None else _seeds_would_show(found)


def _runs_would_show(found: Comparison) -> str:
    """How far the sentences that separate two runs could carry a conclusion."""
    discordant = found.paired.discordant if found.paired else 0
    if not discordant:
        return "no sentence separates them: both are right on the same ones and wrong on the same ones"
    separate = f"{discordant} of {found.n} sentences {'separates' if discordant == 1 else 'separate'} them"
    if found.detectable is None:
        return f"{separate}, too few for any difference to show {_POWER}"
    shows = f"with so many, a difference of {100 * found.detectable:.1f} points or more would show {_POWER}"
    if found.detectable <= TARGET or found.needed.sentences is None:
        return f"{separate}; {shows}"
    return f"{separate}; {shows}, and {_TARGET} with {found.needed.sentences:,} sentences"


def _seeds_would_show(found: Comparison) -> str:
    if found.detectable is None:
        return "no sentence separates them in any seed, so nothing is known of what other seeds or sentences would show"
    if found.detectable <= TARGET:
        return f"this design would show a difference of {100 * found.detectable:.1f} points or more {_POWER}"
    return f"{_needed(found.needed)} to show {_TARGET} {_POWER}"


def _needed(needed: Needed) -> str:
    counts = ((needed.seeds, "seeds an arm"), (needed.sentences, "sentences"))
    ways = " or ".join(f"{count:,} {unit}" for count, unit in counts if count)
    return f"this design would need {ways or 'more seeds and more sentences'}"


def _constants(found: Comparison) -> str:
    """Arms that do not judge at all, named."""
    arms = zip((found.a, found.b), found.constant, found.runs, strict=True)
    return "".join(f"; {_constant(*arm)} the same answer for every sentence" for arm in arms if arm[1])


def _constant(name: str, constant: int, runs: int) -> str:
    if runs == 1:
        return f"{name} gives"
    return f"{constant} of the {runs} runs of {name} {'gives' if constant == 1 else 'give'}"


def _rare(found: Comparison) -> str:
    """Arms that judge, but give one of the answers hardly ever."""
    arms = zip((found.a, found.b), found.rarest, found.runs, strict=True)
    return "".join(
        f"; {name if runs == 1 else f'a run of {name}'} gives only {rarest.count} "
        f"answer{'' if rarest.count == 1 else 's'} '{_ANSWERS[rarest.label]}', so its MCC rests on few"
        for name, rarest, runs in arms
        if rarest and rarest.count < FEW
    )
