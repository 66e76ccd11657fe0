"""The sections of a report, in the order in which such work is described."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from colacli.render.compare import arm_remarks, arms_table, pairs_table, splits_table
from colacli.render.console import Table, percent
from colacli.render.curves import training_panels
from colacli.render.forest import Interval
from colacli.render.many_arms import same_remarks
from colacli.render.metrics import LABELS
from colacli.render.minimal_pairs import minimal_pairs_findings, minimal_pairs_table
from colacli.render.report.blocks import Block, Data, Figure, Forest, Items, Section, Text
from colacli.render.report.checklist import checklist
from colacli.render.report.commands import commands
from colacli.render.report.models import arm_section, base_section, options_section
from colacli.render.retained import retained_lines
from colacli.results import history_of
from colacli.statistics.power import LEVEL, POWER, TARGET
from colacli.statistics.verdict import verdict

if TYPE_CHECKING:
    from colacli.statistics.comparison import Comparison
    from colacli.workflows.compare_pairs import PairsComparison
    from colacli.workflows.report import Report


def sections(report: Report) -> list[Section]:
    """All that there is something to say in."""
    found = [Section("Summary", list(_summary(report))), base_section(report)]
    order = {"finetune": 0, "train-student": 1, "distil": 2}
    arms = sorted(report.arms, key=lambda arm: order.get(arm.runs[0].spec.command, -1))
    found += [arm_section(arm, report) for arm in arms]
    if len(arms) > 1:
        both = {"train-student", "distil"} <= {arm.runs[0].spec.command for arm in arms}
        title = "With and without distillation" if both else "Side by side"
        found.append(Section(title, list(_side_by_side(report))))
        found.append(Section("Comparison", list(_comparison(report))))
        found.append(Section("What this design could have shown", list(_power(report))))
    found.append(Section("Parts of the split", list(_parts(report))))
    if report.pairs:
        found.append(Section("Minimal pairs", list(_pairs(report.pairs))))
    if report.judged is None or any(report.judged.mistakes):
        found.append(Section("Surest mistakes", list(_mistakes(report))))
    return [*found, options_section(report), checklist(report), commands(report)]


def _summary(report: Report) -> Iterator[Block]:
    yield Data(arms_table(report.comparison))
    verdicts = [verdict(pair) for pair in report.comparison.pairs]
    yield Items([*verdicts, *retained_lines(report.comparison), *_remarks(report)])


def _remarks(report: Report) -> list[str]:
    split = report.comparison.split
    majority = percent(report.arms[0].metrics[0].majority_accuracy)
    always = f"On {split} a constant answer has an accuracy of {majority} and an MCC of 0."
    of_arms = [remark for arm in report.arms for remark in arm_remarks(split, arm)]
    return [always, *of_arms, *same_remarks(report.comparison)]


def _side_by_side(report: Report) -> Iterator[Block]:
    histories = {arm.label: [history_of(run) for run in arm.runs] for arm in report.arms if arm.has_epochs}
    if len(histories) > 1:
        caption = "Loss, accuracy and MCC on the validation sentences by epoch" + _bands(report)
        yield Figure("arms", caption, training_panels(histories))
    yield Data(splits_table(report.comparison))


def _bands(report: Report) -> str:
    several = any(len(arm.runs) > 1 for arm in report.arms)
    return "; of several seeds the mean, in the band between the least and the largest value." if several else "."


def _comparison(report: Report) -> Iterator[Block]:
    pairs = report.comparison.pairs
    yield Data(pairs_table(pairs))
    accuracy = [_interval(pair, 100, pair.accuracy_difference, pair.interval) for pair in pairs]
    mcc = [_interval(pair, 1, pair.mcc_difference, pair.mcc_interval) for pair in pairs]
    plots = [Forest("points of accuracy", accuracy), Forest("MCC", mcc)]
    yield Figure("differences", f"Differences on {report.comparison.split} with 95 % intervals.", plots)
    yield Items([verdict(pair) for pair in pairs])


def _interval(pair: Comparison, factor: float, difference: float, interval: tuple[float, float]) -> Interval:
    low, high = interval
    return Interval(f"{pair.a} − {pair.b}", factor * low, factor * difference, factor * high)


def _power(report: Report) -> Iterator[Block]:
    yield Text(
        f"At a significance level of {100 * LEVEL:.0f} % and with a power of {100 * POWER:.0f} %: the smallest "
        f"difference of accuracy that these runs and sentences would have shown, and how many it would have taken, "
        "each number alone."
    )
    target = f"{100 * TARGET:.0f} points"
    columns = ["a", "b", "runs", "sentences", "smallest shown", f"seeds for {target}", f"sentences for {target}"]
    yield Data(Table(columns, [_power_row(pair) for pair in report.comparison.pairs]))


def _power_row(pair: Comparison) -> list[str]:
    needed = [f"{count:,}" if count else "—" for count in (pair.needed.seeds, pair.needed.sentences)]
    shown = "none" if pair.detectable is None else f"{100 * pair.detectable:.1f} points"
    return [pair.a, pair.b, "{} and {}".format(*pair.runs), f"{pair.n:,}", shown, *needed]


def _parts(report: Report) -> Iterator[Block]:
    if report.judged is None:
        yield _absent(report)
        return
    yield Text(f"Accuracy on parts of {report.comparison.split}, means over seeds, beside that of a constant answer.")
    for by, parts in report.judged.parts.items():
        rows = [
            [part.name, f"{part.n:,}", percent(part.majority_accuracy), *map(percent, part.accuracies)]
            for part in parts
        ]
        yield Data(Table([by, "n", "majority", *(arm.label for arm in report.arms)], rows, f"by {by}"))


def _pairs(result: PairsComparison) -> Iterator[Block]:
    yield Text("How often an arm prefers the acceptable sentence of two that differ in one phenomenon.")
    yield Data(minimal_pairs_table(result))
    yield Items(minimal_pairs_findings(result))


def _mistakes(report: Report) -> Iterator[Block]:
    if report.judged is None:
        yield _absent(report)
        return
    yield Text("Sentences whose mean probability is on the wrong side, the surest first.")
    for arm, mistakes in zip(report.arms, report.judged.mistakes, strict=True):
        rows = [
            [
                one.sentence.text,
                one.sentence.source,
                LABELS[one.sentence.label],
                f"{one.probability:.3f}",
                f"{one.wrong} of {len(arm.runs)}",
            ]
            for one in mistakes
        ]
        yield Data(Table(["sentence", "source", "label", "P(acceptable)", "runs wrong"], rows, arm.label))


def _absent(report: Report) -> Text:
    return Text(f"Missing: the sentences are not here ({report.missing}).")
