"""What was measured, as figures of turns, in its file, and as a report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks import report
from benchmarks.__main__ import write
from benchmarks.machine import describe, kind
from benchmarks.results import Results, RowResults, load
from benchmarks.row import Settings
from benchmarks.rows import all_rows

if TYPE_CHECKING:
    from pathlib import Path

ROWS = all_rows(Settings())
MACHINE = {"CPU": "Acme", "instructions": "avx2, avx512f", "torch": "2.13.0"}
KIND = "Acme, AVX-512, 2 threads"
SETTINGS = {"sentences": 8551, "threads": 2}


def results_of(turns: list[dict[str, dict[str, float]]], row: str = "distil") -> Results:
    """Results of one row."""
    return Results({KIND: {row: RowResults("abc", SETTINGS, MACHINE, "2026-01-01 00:00", turns)}})


def test_a_turn_that_lacks_a_side_makes_no_ratio() -> None:
    """An interrupted turn counts once it is whole."""
    whole = {"colacli distil": {"seconds": 10.0}, "plain loop": {"seconds": 400.0}}
    row = results_of([whole, {"colacli distil": {"seconds": 11.0}}]).kinds[KIND]["distil"]

    assert report.claim_values(ROWS["distil"].claims[0], row) == [40]


def test_the_report_says_median_spread_and_goal() -> None:
    """Of three turns with the ratios 40, 20 and 50, and of each side's seconds."""
    turns = [
        {"colacli distil": {"seconds": 10.0, "peak_bytes": 2.5e9}, "plain loop": {"seconds": seconds}}
        for seconds in (400.0, 200.0, 500.0)
    ]

    text = report.render(results_of(turns), None, {})

    assert "| distillation, 5 epochs | plain loop | 40.0 [20.0 to 50.0] times | ≥ 30 | yes |\n" in text
    assert "| colacli distil | 10.0 | 2.50 |\n| plain loop | 400 [200 to 500] |  |\n" in text
    assert "| CPU | Acme |\n" in text
    assert "Measured 2026-01-01 00:00 UTC, 3 turns, of code abc, torch 2.13.0.\n" in text


def test_the_report_has_a_section_for_each_kind_of_processor() -> None:
    """The latest first, each with its own figures, default and machine, under the processor's name."""
    seconds = {"colacli fp32": 2.0, "colacli bf16": 1.0, "PEFT + Trainer": 9.0}
    turns = [{name: {"seconds_per_step": value} for name, value in seconds.items()}]
    old = RowResults("abc", {**SETTINGS, "default": "fp32"}, MACHINE, "2026-01-01 00:00", turns)
    machine = {**MACHINE, "CPU": "Acme 9000", "family": "Acme family 7 model 1", "instructions": "avx512_bf16"}
    new = RowResults("abc", {**SETTINGS, "default": "bf16"}, machine, "2026-02-01 00:00", turns)

    text = report.render(Results({KIND: {"step": old}, kind(machine, 2): {"step": new}}), None, {})

    first, second = text.split("\n## ")[1:3]
    assert first.startswith("Acme 9000: Acme family 7 model 1, AVX-512 bf16, 2 threads\n")
    assert second.startswith("Acme, AVX-512, 2 threads\n")
    assert "torch\n2.13.0, last measured 2026-02-01 00:00 UTC" in first
    assert "colacli's default here (bf16)" in first
    assert "colacli's default here (fp32)" in second


def test_the_report_shows_the_operators_before_and_now() -> None:
    """One table of the older code, one of this one."""

    def profile(operator: str) -> Results:
        one = {"operator": operator, "share": 0.5, "milliseconds_per_step": 400.0, "calls_per_step": 48.0}
        return results_of([{"bf16": {"seconds_per_step": 0.9, "operators": [one]}}], "profile")  # type: ignore[dict-item]

    text = report.render(profile("aten::addmm"), profile("aten::bernoulli_"), {})

    assert "### bf16, before: 0.90 s a step" in text
    assert "| `aten::bernoulli_` | 50.0 % | 400 | 48 |\n" in text
    assert "| `aten::addmm` | 50.0 % | 400 | 48 |\n" in text


@pytest.mark.parametrize(
    ("value", "expected"), [(0, "0"), (0.0456, "0.046"), (1.5, "1.50"), (12.345, "12.3"), (2190.4, "2,190")]
)
def test_figures_have_three_digits_that_count(value: float, expected: str) -> None:
    """Or all there are before the point."""
    assert report.number(value) == expected


def test_results_come_back_from_their_file(tmp_path: Path) -> None:
    """With every kind of processor."""
    path = tmp_path / "new" / "performance.json"
    results = results_of([{"plain loop": {"seconds": 1.0}}])

    results.save(path)

    assert load(path) == results


def test_a_file_of_one_machine_is_read_as_one_kind(tmp_path: Path) -> None:
    """As the version before wrote it; the default was what the instructions said."""
    row = {"code": "abc", "settings": SETTINGS, "date": "2026-01-01 00:00", "turns": [{"plain loop": {"seconds": 1.0}}]}
    machine = {"CPU": "Acme", "instructions": "avx512f, avx512_bf16"}
    document = {"schema": "colacli.benchmarks/1", "machine": machine, "rows": {"distil": row}}
    (tmp_path / "old.json").write_text(json.dumps(document))

    settings = {**SETTINGS, "default": "bf16"}
    expected = RowResults("abc", settings, machine, "2026-01-01 00:00", [{"plain loop": {"seconds": 1.0}}])
    assert load(tmp_path / "old.json") == Results({"Acme, AVX-512 bf16, 2 threads": {"distil": expected}})


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """It would be written over."""
    (tmp_path / "other.json").write_text('{"schema": "colacli.runs/1"}')

    with pytest.raises(ValueError, match="not a file of benchmark results"):
        load(tmp_path / "other.json")


@pytest.mark.parametrize(
    ("instructions", "threads", "expected"),
    [
        ("avx2, fma", 1, "Acme, AVX2, 1 thread"),
        ("avx2, avx512f, avx512_bf16", 2, "Acme, AVX-512 bf16, 2 threads"),
        ("avx512_bf16, amx_tile, amx_bf16", 4, "Acme, AMX, 4 threads"),
        ("not told", 2, "Acme, other instructions, 2 threads"),
    ],
)
def test_a_kind_is_a_processor_its_best_instructions_and_threads(
    instructions: str, threads: int, expected: str
) -> None:
    """Memory, system and libraries make no other kind."""
    assert kind({"CPU": "Acme", "instructions": instructions}, threads) == expected
    assert kind({"CPU": "Acme", "instructions": instructions, "torch": "3"}, threads) == expected
    limited = {"CPU": "Acme", "instructions": instructions, "limited to": "AVX2"}
    assert kind(limited, 2) == "Acme, limited to AVX2, 2 threads"


def test_this_machine_has_a_kind() -> None:
    """Whatever its system tells of it."""
    assert kind(describe(), 2).endswith(", 2 threads")


def test_a_row_goes_on_where_code_settings_and_machine_are_the_same() -> None:
    """Else, or when asked to, it begins anew."""
    results = results_of([{"plain loop": {"seconds": 1.0}}])

    def row(code: str = "abc", torch: str = "2.13.0", *, again: bool = False) -> RowResults:
        return results.row("distil", code, SETTINGS, {**MACHINE, "torch": torch}, again=again)

    assert row().has(0, "plain loop")
    row().add(1, "plain loop", {"seconds": 2.0})
    assert row().of("plain loop", "seconds") == [1.0, 2.0]
    assert not row(again=True).turns
    row().add(0, "plain loop", {"seconds": 2.0})
    assert not row("other code").turns
    row("other code").add(0, "plain loop", {"seconds": 2.0})
    assert not row("other code", "2.14.0").turns


def test_other_kinds_of_processor_keep_their_rows() -> None:
    """Whatever is measured on this one."""
    results = results_of([{"plain loop": {"seconds": 1.0}}])
    threads, family = {**SETTINGS, "threads": 1}, {**MACHINE, "family": "Acme family 7 model 1"}

    results.row("distil", "other code", threads, MACHINE, again=True)
    results.row("distil", "other code", SETTINGS, family, again=True)

    assert len(results.kinds) == 3
    assert results.kinds[KIND]["distil"].of("plain loop", "seconds") == [1.0]


def test_the_figure_is_drawn_of_what_was_measured(tmp_path: Path) -> None:
    """Lines for sentences, batches and models, and a link to it in the report."""
    turn = {
        "1000 sentences": {"seconds_per_epoch": 8.0},
        "8000 sentences": {"seconds_per_epoch": 64.0},
        "batch of 16": {"seconds_per_step": 0.2},
        "gpt2": {"seconds_per_step": 1.0},
    }

    write(results_of([turn], "scaling"), tmp_path)

    assert (tmp_path / "performance-scaling-acme-avx-512-2-threads.svg").read_text().startswith("<?xml")
    link = "![Cost as the work grows](performance-scaling-acme-avx-512-2-threads.svg)"
    assert link in (tmp_path / "performance.md").read_text()
