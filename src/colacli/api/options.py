"""The options of each call, for editors and type checkers.

Generated from the requests by docs/generate_options.py; `make lint` checks it.
"""

from __future__ import annotations

from colacli.api import option_groups as groups


class FinetuneOptions(
    groups.Base, groups.Data, groups.Layout, groups.Lora, groups.Training, groups.Execution, groups.Call, total=False
):
    """Of `colacli.finetune`."""


class TrainStudentOptions(
    groups.Base,
    groups.Data,
    groups.Layout,
    groups.Labels,
    groups.Student,
    groups.StudentBase,
    groups.Training,
    groups.Execution,
    groups.Call,
    total=False,
):
    """Of `colacli.train_student`."""


class DistilOptions(
    groups.Teacher,
    groups.Distillation,
    groups.Transfer,
    groups.Data,
    groups.Layout,
    groups.Student,
    groups.StudentBase,
    groups.Training,
    groups.Execution,
    groups.Call,
    total=False,
):
    """Of `colacli.distil`."""


class AdoptOptions(groups.Base, groups.Data, groups.Layout, groups.Adopt, groups.Call, total=False):
    """Of `colacli.adopt`."""


class BaselineOptions(
    groups.Data, groups.Layout, groups.Fit, groups.Ngrams, groups.Base, groups.Lm, groups.Call, total=False
):
    """Of `colacli.baseline`."""


class EvaluateOptions(groups.Evaluate, groups.Layout, groups.Call, total=False):
    """Of `Run.evaluate`."""


class PairsOptions(groups.Pairs, groups.Call, total=False):
    """Of `colacli.pairs`."""


class PretrainStudentOptions(
    groups.Base, groups.Pretraining, groups.Encoder, groups.Optimisation, groups.Execution, groups.Call, total=False
):
    """Of `colacli.pretrain_student`."""


class GenerateOptions(groups.Generate, groups.Call, total=False):
    """Of `colacli.generate`."""


class ExportOptions(groups.Export, groups.Call, total=False):
    """Of `Run.export`."""


class ReportOptions(groups.Report, groups.Call, total=False):
    """Of `colacli.report`."""
