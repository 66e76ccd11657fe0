"""Results as Markdown. Pure functions of results; nothing is measured here."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchmarks.results import spread
from benchmarks.row import Settings
from benchmarks.rows import all_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.results import Results, RowResults, Rows, Spread
    from benchmarks.row import Claim, Row

_SCALE = {"GB": 1e9, "GB/s": 1e9, "GFLOP/s": 1e9, "TFLOP/s": 1e12, "ms": 1e-3, "ms a step": 1e-3}
"""What a figure is divided by to be in its unit; JSON holds bytes and operations."""

_INTRODUCTION = """\
# How fast it is

Generated from `performance.json` by `make bench`; `python -m benchmarks --help` says how to measure a part of it. A
section for each kind of processor that was measured, the latest first; a measurement replaces rows of its own kind
alone. Models have the true sizes and random weights, whose cost is that of trained ones.

"""

_SECTION = """\
## {title}

{sentences:,} sentences to train on, {dev:,} to evaluate on; {tokenizer}; {threads} threads for every process, torch
{torch}, last measured {date} UTC. A step's time is the mean over {steps} steps ({grouped} of the peers' fastest, {slow}
of their default and of the plain loop).

"""

_METHOD = """\
## How it is measured

- Every figure comes from a process of its own. The sides of a row are measured in turns (A, B, A, B), so that a machine
  that slows down slows both. Shown are the median and, in brackets, the least and the greatest of all turns; a ratio
  is taken within each turn.
- **Epochs are extrapolated.** A step's time is a mean after a warm-up step, over the first random batches of an epoch,
  others in each turn, the same for both sides; an epoch is that times its steps. Grouped by length, the largest batches
  come first: there the steps are taken at equal distances from the whole order that the Trainer's sampler makes.
- **The same work.** Rank 4 on the four projections, dropout 0.1 on the adapter's input, batches of 128, Adam at 1e-3,
  the same tokens for both. By default colacli trains the projections' biases and the last norm too. GPT-2's own
  dropouts are off in it, and on in the peers, so their fastest is shown without them as well.
- **colacli's side is colacli**: its `finetune` and `generate` workflows, watched through their events, and its
  commands `distil`, which also measures the dev split after each epoch, and `judge`.
- **The plain loop's distillation** is its time a step times the steps of all epochs. The pipeline has the best of
  several batch sizes, tried first; it gets a part of the sentences of `judge`, and its loading time is added.
- **The limit of a step** is nominal: forward and input gradient of the frozen projections for the real tokens, at the
  rate of one large square product in bf16, and at the rate of these products alone, with the kernels that the step
  takes. Products that can be skipped exactly are counted.
- **The products of judging** are those that logits need: each distinct prefix of all sentences once, of the last block
  keys and values of all and everything else of last tokens, in operations a second; beside them the rate of the same
  products alone, at the batches' own sizes. The start is the command's time for a single sentence.
- **A student's step** is with gpt2-mini's tokenizer and width; torch's side has its documentation's padded
  embeddings, packed for its recurrent module, the same pooling and clipping, and fused Adam over all embeddings.
- **Generation** is timed from the first token to the last. Its limit is one read of every weight a token, at
  the bandwidth of a large sum.
- **Limited to AVX2** is a processor that has more, with torch, oneDNN, MKL and the C kernels' compiler told to use no
  more (`--avx2`). Its memory, caches and clock are its own, so shares of its rates say more of an older processor
  than seconds do.
- **Where bf16 is emulated** what computes in it is left out.
- **Memory** is the peak of a process, with the interpreter and its libraries; on a GPU the most that tensors had there.
- **On a GPU** all contenders are in one process, one after another, each after the other's memory and modes are gone,
  and no start is in a figure. colacli's steps are read 16 at once; its first epoch, in which shapes of batches are
  captured as graphs, warms up, with the 16 steps after the validation. The peers may multiply fp32 in TF32, which
  colacli does not; `distil` and the evaluation are the same workflows in this process.
- **On the Intel Xeon** other machines shared the processor's caches and memory: the same products had 107 to 207
  GFLOP/s in three turns within ten minutes, so shares and ratios vary too, though each is of one turn.
- **On the H100** each row had one turn. What is slow in bf16 there of the peers is probably cuDNN's attention, for
  which a plan is built for every new shape ([devices.md](devices.md#speed-on-an-h100)). That weighs more in a few
  steps than in a long training, so ratios to the peers' first two bf16 sides may fall with its length.
"""

_PROFILED = """\
Operators by their own time, in steps under the profiler, which slows them a little.

"""


def render(results: Results, before: Results | None, plots: Mapping[str, str]) -> str:
    """The whole report.

    Args:
        results: of the measurements.
        before: results of older code, whose profiles are shown beside the new ones of their kind of processor.
        plots: the figures' files beside the report, by kind of processor.
    """
    kinds = sorted(results.kinds.items(), key=lambda item: _last(item[1]).date, reverse=True)
    sections = [_kind(kind, rows, before.kinds.get(kind) if before else None, plots.get(kind)) for kind, rows in kinds]
    return "\n".join([_INTRODUCTION.rstrip("\n") + "\n", *sections, _METHOD])


def _kind(kind: str, measured: Rows, before: Rows | None, plot: str | None) -> str:
    """All that was measured on a kind of processor."""
    last = _last(measured)
    order = all_rows(Settings.recorded(last.settings))  # a GPU has rows of its own
    figures = asdict(Settings.recorded(last.settings)) | {"grouped": 0, "slow": 0, "dev": 0, "tokenizer": ""}
    facts = {"torch": last.machine.get("torch", ""), "date": last.date, "title": _title(kind, last.machine)}
    rows = {name: all_rows(Settings.recorded(measured[name].settings))[name] for name in order if name in measured}
    parts = [
        _SECTION.format(**{**figures, **last.settings, **facts}) + _claims(measured, rows),
        "### The machine\n\n" + table(["", ""], last.machine.items()),
        *(_row(row, measured[name], plot if name == "scaling" else None) for name, row in rows.items()),
    ]
    if "profile" in measured:
        parts.append(_profile(measured["profile"], before.get("profile") if before else None))
    return "\n".join(parts)


def _last(rows: Rows) -> RowResults:
    """What was measured last."""
    return max(rows.values(), key=lambda row: row.date)


def _title(kind: str, machine: Mapping[str, str]) -> str:
    return kind if "GPU" in machine or kind.startswith(machine["CPU"]) else f"{machine['CPU']}: {kind}"


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


def _claims(results: Rows, rows: Mapping[str, Row]) -> str:
    body = []
    for name, row in rows.items():
        for claim in row.claims:
            if values := claim_values(claim, results[name]):
                figure = spread(values)
                goal = "" if claim.goal is None else f"{'≤' if claim.at_most else '≥'} {claim.goal:g}"
                reached = "" if claim.goal is None else "yes" if claim.holds(figure.median) else "no"
                body.append([claim.work, claim.against, f"{shown(figure)} {claim.unit}", goal, reached])
    return table(["work", "against", "measured", "goal", "reached"], body) if body else ""


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
    of = f"of code {results.code}, torch {results.machine.get('torch', 'not told')}"
    return f"### {row.title}\n\n{table(['', *heads], body)}{figure}\nMeasured {turns}, {of}.\n"


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
                head = f"#### {precision}, {when}: {profile['seconds_per_step']:.2f} s a step without the profiler\n\n"
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
