"""A GPU has rows and a section of its own."""

from __future__ import annotations

import importlib
import inspect

import pytest

from benchmarks.machine import kind
from benchmarks.our_training import Clock, Enough
from benchmarks.report import render
from benchmarks.results import Results
from benchmarks.row import Settings
from benchmarks.rows import all_rows
from colacli.events import Counted, Step
from colacli.parameters import ParameterCounts

MACHINE = {"CPU": "Some CPU", "instructions": "avx2", "GPU": "NVIDIA H100 80GB HBM3", "torch": "2.11.0"}
ROWS = all_rows(Settings(device="cuda"))


def test_a_gpus_name_is_the_kind() -> None:
    """Threads and the processor beside it decide nothing."""
    assert kind(MACHINE, 16) == "NVIDIA H100 80GB HBM3"


@pytest.mark.parametrize("name", ROWS)
def test_every_piece_takes_its_options_and_a_device(name: str) -> None:
    """A renamed piece or option is found before a GPU is."""
    for contender in ROWS[name].contenders:
        module, _, function = contender.piece.partition(".")
        signature = inspect.signature(getattr(importlib.import_module(f"benchmarks.{module}"), function))
        seed = {"seed": 0} if contender.seeded else {}
        assert signature.bind("material", **contender.options, **seed, device="cuda")


def test_the_report_has_a_section_for_the_gpu() -> None:
    """With its rows and claims, in units of its size."""
    results, settings = Results(), {"device": "cuda", "threads": 16, "steps": 48}
    row = results.row("step", "0" * 12, settings, MACHINE, again=True)
    for contender, seconds in (("colacli bf16", 0.0123), ("PEFT + Trainer, bf16, grouped", 0.0615)):
        row.add(0, contender, {"seconds_per_step": seconds, "peak_bytes": 2e9})

    text = render(results, None, {})

    assert "## NVIDIA H100 80GB HBM3\n" in text
    assert "| colacli bf16 | 12.3 | 2.00 |" in text
    assert "| Fine-tuning GPT-2, bf16 | PEFT + Trainer, bf16, grouped | 5.00 times |  |  |" in text


def test_the_clock_counts_steps_that_are_read_together() -> None:
    """A GPU's are read sixteen at once: the first read is the warm-up."""
    clock = Clock(17)
    clock(Counted(ParameterCounts(1, 1)))
    clock(Step(1, 1, 16, 67, 8, 0.5, 0.5, 0.0))
    with pytest.raises(Enough):
        clock(Step(1, 1, 32, 67, 8, 0.5, 0.5, 0.0))
    clock.times = [0.0, 10.0, 18.0]

    assert clock.seconds_per_step == 0.5
