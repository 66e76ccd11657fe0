"""What was measured, as figures of turns, in its file, and as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import report
from benchmarks.__main__ import write
from benchmarks.results import Results, RowResults, load, load_or_new

if TYPE_CHECKING:
    from pathlib import Path


from benchmarks.row import Settings
from benchmarks.rows import all_rows

ROWS = all_rows(Settings())
MACHINE = {"CPU": "a machine"}


def results_of(turns: list[dict[str, dict[str, float]]], row: str = "distil") -> Results:
    """Results of one row."""
    return Results(MACHINE, {row: RowResults("abc", {"sentences": 8551, "threads": 2}, "2026-01-01 00:00", turns)})


def test_a_turn_that_lacks_a_side_makes_no_ratio() -> None:
    """An interrupted turn counts once it is whole."""
    whole = {"colacli distil": {"seconds": 10.0}, "plain loop": {"seconds": 400.0}}
    row = results_of([whole, {"colacli distil": {"seconds": 11.0}}]).rows["distil"]

    assert report.claim_values(ROWS["distil"].claims[0], row) == [40]


def test_the_report_says_median_spread_and_goal() -> None:
    """Of three turns with the ratios 40, 20 and 50, and of each side's seconds."""
    turns = [
        {"colacli distil": {"seconds": 10.0, "peak_bytes": 2.5e9}, "plain loop": {"seconds": seconds}}
        for seconds in (400.0, 200.0, 500.0)
    ]

    text = report.render(results_of(turns), ROWS, None, None)

    assert "| distillation, 5 epochs | plain loop | 40.0 [20.0 to 50.0] times | ≥ 30 | yes |\n" in text
    assert "| colacli distil | 10.0 | 2.50 |\n| plain loop | 400 [200 to 500] |  |\n" in text
    assert "| CPU | a machine |\n" in text
    assert "Measured 2026-01-01 00:00 UTC, 3 turns, of code abc.\n" in text


def test_the_report_shows_the_operators_before_and_now() -> None:
    """One table of the older code, one of this one."""

    def profile(operator: str) -> Results:
        one = {"operator": operator, "share": 0.5, "milliseconds_per_step": 400.0, "calls_per_step": 48.0}
        return results_of([{"bf16": {"seconds_per_step": 0.9, "operators": [one]}}], "profile")  # type: ignore[dict-item]

    text = report.render(profile("aten::addmm"), ROWS, profile("aten::bernoulli_"), None)

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
    """And a file of another machine is begun anew."""
    path = tmp_path / "new" / "performance.json"
    results = results_of([{"plain loop": {"seconds": 1.0}}])

    results.save(path)

    assert load(path) == results
    assert load_or_new(path, MACHINE) == results
    assert load_or_new(path, {"CPU": "another"}) == Results({"CPU": "another"})


def test_a_row_goes_on_where_code_and_settings_are_the_same() -> None:
    """Else, or when asked to, it begins anew."""
    results = results_of([{"plain loop": {"seconds": 1.0}}])
    settings = results.rows["distil"].settings

    assert results.row("distil", "abc", settings, again=False).has(0, "plain loop")
    assert not results.row("distil", "abc", {**settings, "threads": 1}, again=False).turns
    results.row("distil", "abc", settings, again=False).add(1, "plain loop", {"seconds": 2.0})
    assert results.rows["distil"].of("plain loop", "seconds") == [2.0]
    assert not results.row("distil", "abc", settings, again=True).turns
    assert not results.row("distil", "other code", settings, again=False).turns


def test_the_figure_is_drawn_of_what_was_measured(tmp_path: Path) -> None:
    """Lines for sentences, batches and models, and a link to it in the report."""
    turn = {
        "1000 sentences": {"seconds_per_epoch": 8.0},
        "8000 sentences": {"seconds_per_epoch": 64.0},
        "batch of 16": {"seconds_per_step": 0.2},
        "gpt2": {"seconds_per_step": 1.0},
    }

    write(results_of([turn], "scaling"), ROWS, tmp_path)

    assert (tmp_path / "performance-scaling.svg").read_text().startswith("<?xml")
    assert "![Cost as the work grows](performance-scaling.svg)" in (tmp_path / "performance.md").read_text()
