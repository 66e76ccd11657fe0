"""The options of each call, for editors and type checkers.

Generated from the requests by docs/generate_options.py; `make lint` checks it.
"""

from __future__ import annotations

from colacli.api import run_options, student_options, use_options
from colacli.api.call import Call


class FinetuneOptions(
    run_options.Base,
    run_options.Data,
    run_options.Layout,
    run_options.Lora,
    run_options.Training,
    run_options.Execution,
    Call,
    total=False,
):
    """Of `colacli.finetune`."""


class TrainStudentOptions(
    run_options.Base,
    run_options.Data,
    run_options.Layout,
    student_options.Labels,
    student_options.Student,
    student_options.StudentBase,
    run_options.Training,
    run_options.Execution,
    Call,
    total=False,
):
    """Of `colacli.train_student`."""


class DistilOptions(
    student_options.Teacher,
    student_options.Distillation,
    student_options.Transfer,
    run_options.Data,
    run_options.Layout,
    student_options.Student,
    student_options.StudentBase,
    run_options.Training,
    run_options.Execution,
    Call,
    total=False,
):
    """Of `colacli.distil`."""


class AdoptOptions(run_options.Base, run_options.Data, run_options.Layout, run_options.Adopt, Call, total=False):
    """Of `colacli.adopt`."""


class BaselineOptions(
    run_options.Data,
    run_options.Layout,
    run_options.Fit,
    run_options.Ngrams,
    run_options.Base,
    run_options.Lm,
    Call,
    total=False,
):
    """Of `colacli.baseline`."""


class EvaluateOptions(use_options.Evaluate, run_options.Layout, Call, total=False):
    """Of `Run.evaluate`."""


class PairsOptions(use_options.Pairs, Call, total=False):
    """Of `colacli.pairs`."""


class PretrainStudentOptions(
    run_options.Base,
    student_options.Pretraining,
    student_options.Encoder,
    student_options.Optimisation,
    run_options.Execution,
    Call,
    total=False,
):
    """Of `colacli.pretrain_student`."""


class GenerateOptions(use_options.Generate, Call, total=False):
    """Of `colacli.generate`."""


class ExportOptions(use_options.Export, Call, total=False):
    """Of `Run.export`."""


class ReportOptions(use_options.Report, Call, total=False):
    """Of `colacli.report`."""
