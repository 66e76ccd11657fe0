"""Results as Markdown. Pure functions of results and rows; nothing is measured here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.results import spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.results import Results, RowResults, Spread
    from benchmarks.rows import Claim, Row

_SCALE = {"GB": 1e9, "GB/s": 1e9, "GFLOP/s": 1e9}
"""What a figure is divided by to be in its unit; JSON holds bytes and operations."""

_INTRODUCTION = """\
# How fast it is

Generated from `performance.json` by `make bench`; `python -m benchmarks --help` says how to measure a part of it.
{sentences:,} sentences to train on, {dev:,} to evaluate on; {tokenizer}; models of the true sizes with random weights,
whose cost is that of trained ones. {threads} threads for every process.

"""

_METHOD = """\
## How it is measured

- Every figure comes from a process of its own. The sides of a row are measured in turns (A, B, A, B), so that a machine
  that slows down slows both. Shown are the median and, in brackets, the least and the greatest of all turns; a ratio
  is taken within each turn.
- **Epochs are extrapolated.** A step's time is the mean over {steps} steps ({grouped} of the peers' fastest, {slow}
  of their default and of the plain loop) after a warm-up step, over the first random batches of an epoch, others in
  each turn, the same for both sides; an epoch is that times its steps. Grouped by length, the largest batches
  come first: there the steps are taken at equal distances from the whole order that the Trainer's sampler makes.
- **The same work.** Rank 4 on the four projections, dropout 0.1 on the adapter's input, batches of 128, Adam at 1e-3,
  the same tokens for both. By default colacli trains the projections' biases and the last norm too. GPT-2's own
  dropouts are off in it, and on in the peers, so their fastest is shown without them as well.
- **colacli's side is colacli**: its `finetune` and `generate` workflows, watched through their events, and its
  commands `distil`, which also measures the dev split after each epoch, and `judge`.
- **The plain loop's distillation** is its time a step times the steps of {epochs} epochs. The pipeline has the best of
  several batch sizes, tried first; it gets a part of the sentences of `judge`, and its loading time is added.
- **The limit of a step** is nominal: forward and input gradient of the frozen projections for the real tokens, at the
  rate of one large square product in bf16, and at the rate of these products alone, with the kernels that the step
  takes. Products that can be skipped exactly are counted.
- **A student's step** is with gpt2-mini's tokenizer and width; torch's side has its documentation's padded
  embeddings, packed for its recurrent module, the same pooling and clipping, and fused Adam over all embeddings.
- **Generation** is timed from the first token to the last. Its limit is one read of every weight a token, at
  the bandwidth of a large sum.
- **Memory** is the peak of a process, with the interpreter and its libraries.
"""

_PROFILED = """\
Operators by their own time, in steps under the profiler, which slows them a little.

"""


def render(results: Results, rows: dict[str, Row], before: Results | None, plot: str | None) -> str:
    """The whole report.

    Args:
        results: of the measurements.
        rows: their descriptions.
        before: results of older code, whose profile is shown beside the new one.
        plot: the figure's file beside the report.
    """
    measured = {name: row for name, row in rows.items() if name in results.rows}
    settings = next(iter(results.rows.values())).settings if results.rows else {}
    parts = [
        _INTRODUCTION.format(**{"sentences": 0, "dev": 0, "tokenizer": "", "threads": 0, **settings}),
        _claims(results, measured),
        _METHOD.format(**{"steps": 0, "grouped": 0, "slow": 0, "epochs": 0, **settings}),
        _machine(results.machine),
    ]
    for name, row in measured.items():
        parts.append(_row(row, results.rows[name], plot if name == "scaling" else None))
    if "profile" in measured:
        parts.append(_profile(results.rows["profile"], before.rows.get("profile") if before else None))
    return "\n".join(parts)


def table(header: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, figures to the right."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *body]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def number(value: float) -> str:
    """Three digits that count: 1,234, 12.3, 0.123."""
    if value == 0:
        return "0"
    digits = 3 - len(str(int(abs(value)))) if abs(value) >= 1 else 3
    return f"{value:,.{max(0, digits)}f}"


def shown(value: Spread) -> str:
    """Median [least to greatest]; of one figure just that."""
    if value.low == value.high:
        return number(value.median)
    return f"{number(value.median)} [{number(value.low)} to {number(value.high)}]"


def claim_values(claim: Claim, row: RowResults) -> list[float]:
    """A claim's figure of each turn in which all that it needs was measured."""
    values = []
    for turn in row.turns:
        try:
            values.append(claim.value(turn))
        except KeyError:  # a contender had not this turn yet
            continue
    return values


def _claims(results: Results, rows: dict[str, Row]) -> str:
    body = []
    for name, row in rows.items():
        for claim in row.claims:
            if values := claim_values(claim, results.rows[name]):
                figure = spread(values)
                goal = "" if claim.goal is None else f"{'≤' if claim.at_most else '≥'} {claim.goal:g}"
                reached = "" if claim.goal is None else "yes" if claim.holds(figure.median) else "no"
                body.append([claim.work, claim.against, f"{shown(figure)} {claim.unit}", goal, reached])
    return table(["work", "against", "measured", "goal", "reached"], body) if body else ""


def _machine(machine: dict[str, str]) -> str:
    return "## The machine\n\n" + table(["", ""], machine.items())


def _row(row: Row, results: RowResults, plot: str | None) -> str:
    measures = {name: unit for name, unit in row.measures.items() if any(_values(row, results, name))}
    body = []
    for contender in row.contenders:
        values = {name: results.of(contender.name, name) for name in measures}
        if any(values.values()):
            cells = [shown(_scaled(values[name], unit)) if values[name] else "" for name, unit in measures.items()]
            body.append([contender.name, *cells])
    figure = f"\n![{row.title}]({plot})\n" if plot else ""
    turns = f"{results.date} UTC, {len(results.turns)} {'turn' if len(results.turns) == 1 else 'turns'}"
    heads = [unit if name != "peak_bytes" else "peak memory, GB" for name, unit in measures.items()]
    return f"## {row.title}\n\n{table(['', *heads], body)}{figure}\nMeasured {turns}, of code {results.code}.\n"


def _values(row: Row, results: RowResults, measure: str) -> list[list[float]]:
    return [values for contender in row.contenders if (values := results.of(contender.name, measure))]


def _scaled(values: Sequence[float], unit: str) -> Spread:
    return spread([value / _SCALE.get(unit, 1) for value in values])


def _profile(now: RowResults, before: RowResults | None) -> str:
    """For each precision the operators of a step, and of the older code's if there is one."""
    parts = []
    for precision in ("fp32", "bf16"):
        for when, results in (("before", before), ("now", now)):
            profile = results.turns[0].get(precision) if results and results.turns else None
            if profile:
                head = f"### {precision}, {when}: {profile['seconds_per_step']:.2f} s a step without the profiler\n\n"
                parts.append(head + _operators(profile["operators"]))
    return _PROFILED + "\n".join(parts)


def _operators(operators: Sequence[dict[str, Any]]) -> str:
    body = [
        [
            f"`{operator['operator']}`",
            f"{100 * operator['share']:.1f} %",
            f"{operator['milliseconds_per_step']:.0f}",
            f"{operator['calls_per_step']:.0f}",
        ]
        for operator in operators
    ]
    return table(["operator", "fraction", "ms a step", "calls a step"], body)
