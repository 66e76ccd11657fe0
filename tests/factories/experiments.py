"""Recipes of experiments, for tests."""

from __future__ import annotations

from colacli.engines.kinds import EngineOptions, open_engine
from colacli.workflows.experiment import ends_of, make_runs

_OPTIONS = """
[finetune]
rank = 1
epochs = 1
[train-student]
hidden = 8
epochs = 1
[distil]
hidden = 8
epochs = 1
"""
_ARMS = """
[arms.alone]
command = "train-student"
[arms.taught]
command = "distil"
teacher = "teacher"
[arms.teacher]
command = "finetune"
seeds = 1
"""
SMALL_RECIPE = f"""
title = "With and without"
claims = [["taught", "alone"]]
{_OPTIONS}{_ARMS}"""
"""A teacher, students with it and without."""

RECIPE = f"""
title = "With and without"
claims = [["taught", "alone"], ["taught", "doubly"]]
{_OPTIONS}{_ARMS}
[arms.doubly]
extends = "taught"
teacher = "teachers"
[arms.teachers]
extends = "teacher"
seeds = 2
[arms.counts]
command = "baseline.majority"
"""
"""The same with an ensemble of teachers and a baseline."""


def made(plan, store, jobs=1):
    """The ends of a plan's missing runs."""
    with open_engine(EngineOptions(jobs=jobs, threads=1), store, None) as engine:
        return ends_of(make_runs(plan, engine, store))
