"""The sections on the models: what each is, how it was trained, how it learnt, which epoch was kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from statistics import fmean
from typing import TYPE_CHECKING, Any

from colacli.config import Training, flag_of
from colacli.data.corpus import HOLDOUT, IN_DOMAIN_DEV
from colacli.distillation import Distillation, Transfer
from colacli.render.console import Table, decimals, percent
from colacli.render.curves import training_panels
from colacli.render.report.blocks import Block, Data, Figure, Formula, Section, Text
from colacli.results import history_of, metrics_of
from colacli.workflows.adapter_counts import count_by_kind

if TYPE_CHECKING:
    from colacli.parameters import ParameterCounts
    from colacli.store.run import Run
    from colacli.store.spec import BaseDigests
    from colacli.workflows.compare import Arm
    from colacli.workflows.report import Report

_LORA = Formula(
    r"h = W x + \frac{\alpha}{r}\, B A\, x",
    "h = W x + (alpha / r) B A x",
)
_STUDENT = "A small recurrent network, trained on the labels alone"
_BASELINES = {
    "baseline.majority": "It gives every sentence the more common label of train.",
    "baseline.ngrams": "A logistic regression on TF-IDF of word and character n-grams: without a network.",
    "baseline.lm": "A logistic regression on the probabilities that the untuned base gives to sentences.",
}
_KL = Formula(
    r"L = \lambda_\mathrm{CE}\, \mathrm{CE}(z_s, y)"
    r" + \lambda_\mathrm{KD}\, T^2\, \mathrm{KL}(\, p(z_t / T)\; ||\; p(z_s / T)\,)",
    "L = ce_weight CE(z_s, y) + kd_weight T^2 KL(softmax(z_t / T) || softmax(z_s / T))",
)
_MSE = Formula(
    r"L = \lambda_\mathrm{CE}\, \mathrm{CE}(z_s, y) + \lambda_\mathrm{KD}\, \mathrm{MSE}(z_t, z_s)",
    "L = ce_weight CE(z_s, y) + kd_weight MSE(z_t, z_s)",
)


def base_section(report: Report) -> Section:
    """The base models of all runs."""
    return Section("Base model", list(_bases(report)))


def arm_section(arm: Arm, report: Report) -> Section:
    """One arm."""
    titles = {
        "finetune": f"LoRA on {_base_name(arm.runs[0].manifest.sources.get('base', ''))}: {arm.label}",
        "train-student": f"Student without a teacher: {arm.label}",
        "distil": f"Distillation: {arm.label}",
        "adopt": f"An adapter trained elsewhere: {arm.label}",
    }
    command = arm.runs[0].spec.command
    return Section(
        titles.get(command, f"{command.replace('.', ' ').capitalize()}: {arm.label}"), list(_arm(arm, report))
    )


def _bases(report: Report) -> Iterator[Block]:
    yield Text(
        "GPT-2 (Radford et al. 2019) is a causal transformer: it predicts each token from those before it. The tuned "
        "model classifies by its state at a sentence's last token; students use its tokens and embeddings."
    )
    runs = {run.manifest.sources.get("base", ""): run.spec.base for run in report.runs}
    rows = [[_base_name(source), *_shape(source, base, report)] for source, base in runs.items() if base]
    yield Data(Table(["base", "layers", "heads", "width", "vocabulary", "context", "weights (SHA-256)"], rows))
    yield Text("Generation is not measured by these runs; colacli generate continues a prompt with the base model.")


def _base_name(source: str) -> str:
    """A path's last part: where it was is of no use to a reader."""
    return source.replace("\\", "/").rstrip("/").rpartition("/")[2] or "not recorded"


def _shape(source: str, base: BaseDigests, report: Report) -> list[str]:
    digest = base.weights[:12]
    config = report.configs.get(source)
    if config is None:
        return [*["—"] * 5, digest]
    numbers = (config.n_layer, config.n_head, config.n_embd, config.vocab_size, config.n_positions)
    return [*(f"{number:,}" for number in numbers), digest]


def _arm(arm: Arm, report: Report) -> Iterator[Block]:
    spec, first = arm.runs[0].spec, arm.runs[0]
    if spec.lora:
        yield Text(
            "The base's weights W stay as they are; every adapted projection gets an update of low rank r, of which A "
            "and B are trained (Hu et al. 2021). B starts at zero, so that training starts from the base model."
        )
        yield _LORA
    elif spec.distillation:
        yield from _distillation(first, spec.distillation, report)
    elif spec.student:
        yield Text(f"{_STUDENT}: what distillation is compared with.")
    elif first.spec.is_baseline:
        yield Text(_BASELINES.get(spec.command, "A baseline."))
    yield from map(Text, _starts(arm, report))
    yield Data(_parameters(first))
    if arm.has_epochs:
        histories = [history_of(run) for run in arm.runs]
        yield Figure(f"curves-{report.arms.index(arm) + 1}", _caption(arm), training_panels({arm.label: histories}))
        yield Text(_rule(arm))
    yield Data(_measured(arm))


def _starts(arm: Arm, report: Report) -> Iterator[str]:
    """What its students start from: pretrained layers, other students; nothing where they start anew."""
    keys = {run.spec.student_base for run in arm.runs}
    starts = sorted((run for run in report.runs if run.key in keys), key=lambda run: run.key)
    if layers := ", ".join(run.key[:12] for run in starts if run.spec.is_student_base):
        yield (
            f"Embeddings and recurrent layers start from those of {layers}, which were trained as a language model on "
            "a text (pretrain-student)."
        )
    if students := ", ".join(run.key[:12] for run in starts if not run.spec.is_student_base):
        yield f"All weights start from those of {students}: a student learns on."


def _distillation(run: Run, distillation: Distillation, report: Report) -> Iterator[Block]:
    yield Text(
        "A student is trained on the labels y and on its teacher's logits z_t at once (Hinton, Vinyals and Dean 2015); "
        "z_s are its own, p is softmax, and the weights of the two parts are ce weight and kd weight."
    )
    yield _KL if distillation.kd_loss == "kl" else _MSE
    teachers = [report.teachers[key] for key in sorted(run.spec.teachers)]
    split = report.comparison.split
    rows = [[teacher.key[:12], teacher.spec.command, *_scores(teacher, split)] for teacher in teachers]
    yield Data(Table(["teacher", "made by", "accuracy", "MCC"], rows, f"its teacher, on {split}"))


def _scores(run: Run, split: str) -> list[str]:
    metrics = metrics_of(run).get(split)
    return [percent(metrics.accuracy), decimals(metrics.mcc)] if metrics else ["—", "—"]


def _parameters(run: Run) -> Table:
    """What is trained, in parts where there is an adapter."""
    counts = run.parameters
    rows = [[name, f"{count:,}", _fraction(count, counts)] for name, count in count_by_kind(run).items()]
    rows.append(["trained", f"{counts.trainable:,}", _fraction(counts.trainable, counts)])
    return Table(["parameters", "number", "of all"], [*rows, ["all", f"{counts.total:,}", ""]])


def _fraction(count: int, counts: ParameterCounts) -> str:
    return percent(count / counts.total)


def options_section(report: Report) -> Section:
    """Every option of every arm; where its runs differ in one, every value."""
    columns = [_options(arm) for arm in report.arms]
    names = dict.fromkeys(name for options in columns for name in options)
    rows = [[name, *(_several(options.get(name, ["—"])) for options in columns)] for name in names]
    return Section("Options", [Data(Table(["option", *(arm.label for arm in report.arms)], rows))])


def _options(arm: Arm) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    for run in arm.runs:
        spec = run.spec
        for choices in (
            spec.ngrams,
            spec.lora,
            spec.student,
            spec.labels,
            spec.distillation,
            spec.transfer,
            _training(run),
        ):
            prefix = "transfer " if isinstance(choices, Transfer) else ""
            for option in fields(choices) if choices else ():
                values = options.setdefault(prefix + flag_of(option.name, option.metadata).replace("-", " "), [])
                value = _value(getattr(choices, option.name))
                if value not in values:
                    values.append(value)
    return options


def _training(run: Run) -> Training | None:
    """Of a run that was trained here; others say in their spec what changes nothing."""
    return None if run.spec.is_baseline or run.spec.adapter else run.spec.training


def _several(values: Sequence[str]) -> str:
    numbers = [int(value) for value in values if value.isdecimal()]
    if len(numbers) == len(values) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(values)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)


def _caption(arm: Arm) -> str:
    band = f"; the mean of {len(arm.runs)} seeds in the band of all" if len(arm.runs) > 1 else ""
    if len({len(history_of(run)) for run in arm.runs}) > 1:
        band += ", without those that have stopped"
    where = {"dev": "in_domain_dev", "holdout": "the tenth held out of train"}[arm.runs[0].spec.training.validation]
    return f"{arm.label}: loss, accuracy and MCC by epoch, on the training sentences and on {where}{band}."


def _rule(arm: Arm) -> str:
    """The epoch that was kept, and why."""
    epochs = sorted({run.best_epoch for run in arm.runs})
    numbers = " and ".join(filter(None, [", ".join(map(str, epochs[:-1])), str(epochs[-1])]))
    which = f"Epoch {numbers} was kept" if len(epochs) == 1 else f"Epochs {numbers} were kept"
    return f"{which}: {selection_rule(arm)}."


def selection_rule(arm: Arm) -> str:
    """How an arm's epoch was chosen, in words."""
    training = arm.runs[0].spec.training
    if not arm.has_epochs:
        return "there was none to choose"
    if training.select == "last":
        return "the last one, whatever its measures"
    measure = {"accuracy": "accuracy", "mcc": "MCC", "loss": "loss", "auc": "AUC"}[training.select_by]
    split = {"dev": "in_domain_dev, about which its numbers are optimistic", "holdout": "a tenth held out of train"}
    stopped = f", stopping after {training.patience} epochs without a better one" if training.patience else ""
    return f"the one with the best {measure} on {split[training.validation]}{stopped}"


def _measured(arm: Arm) -> Table:
    """Every split that all runs were measured on."""
    chose = {"dev": IN_DOMAIN_DEV, "holdout": HOLDOUT}[arm.runs[0].spec.training.validation]
    rows = []
    for split in metrics_of(arm.runs[0]):
        measured = [metrics_of(run)[split] for run in arm.runs if split in metrics_of(run)]
        accuracy, mcc, loss = (fmean(getattr(one, name) for one in measured) for name in ("accuracy", "mcc", "loss"))
        name = f"{split} (validation)" if split == chose else split
        rows.append([name, f"{measured[0].n:,}", percent(accuracy), decimals(mcc), decimals(loss)])
    title = "measured" + (f", means of {len(arm.runs)} runs" if len(arm.runs) > 1 else "")
    return Table(["split", "n", "accuracy", "MCC", "loss"], rows, title)
