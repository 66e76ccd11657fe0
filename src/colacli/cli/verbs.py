"""The verbs: each parses, calls its workflow, and shows what came back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.errors import UsageError
from colacli.workflows.demo import DemoOptions
from colacli.workflows.distil import DistilRequest
from colacli.workflows.evaluate import EvaluateOptions
from colacli.workflows.finetune import FinetuneRequest
from colacli.workflows.generate import GenerateRequest
from colacli.workflows.judge import JudgeOptions
from colacli.workflows.submit import Form
from colacli.workflows.train_student import TrainStudentRequest

Save = Annotated[
    Path | None,
    typer.Option(
        "--save", metavar="FILE", show_envvar=False, help="Draw a figure too, .svg or .png; needs the extra plots."
    ),
]
Replace = Annotated[bool, typer.Option("--force", show_envvar=False, help="Replace the file if there is one.")]
Ref = Annotated[str, typer.Argument(metavar="REF", help="A run: key digits, a name, latest, latest~N, a path.")]


def register(app: typer.Typer) -> None:
    """Put every verb into an app, in the order a user meets them."""
    for name, function in _VERBS.items():
        command(app, name)(function)


def finetune(request: FinetuneRequest, out: Output) -> None:
    """Tune GPT-2 with LoRA to judge whether a sentence is acceptable: the teacher."""
    from colacli.render.training import show_training
    from colacli.workflows.seeds import each_seed

    with out.watching() as on_event:
        made = each_seed("finetune", request, out.store(), on_event)
    show_training("finetune", made, out.show)


def train_student(request: TrainStudentRequest, out: Output) -> None:
    """Train the small recurrent student alone: what distillation is compared with."""
    from colacli.render.training import show_training
    from colacli.workflows.seeds import each_seed

    with out.watching() as on_event:
        made = each_seed("train-student", request, out.store(), on_event)
    show_training("train-student", made, out.show)


def distil(request: DistilRequest, out: Output) -> None:
    """Train the same student from a tuned teacher's logits and the labels."""
    from colacli.render.training import show_training
    from colacli.workflows.seeds import each_seed

    with out.watching() as on_event:
        made = each_seed("distil", request, out.store(), on_event)
    show_training("distil", made, out.show)


def evaluate(
    reference: Ref,
    options: EvaluateOptions,
    out: Output,
    submission: Annotated[
        Form | None,
        typer.Option(show_envvar=False, help="Answer the unlabelled test file --data, for this benchmark."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", show_envvar=False, help="Where these answers go.")
    ] = None,
    save: Save = None,
    force: Replace = False,
) -> None:
    """Measure a run on a split, whole and in parts: accuracy, MCC, F1 beside the majority class, and calibration."""
    from colacli.render.evaluation import show_evaluation
    from colacli.render.figures import check_figure, save_evaluation
    from colacli.render.submission import show_submission
    from colacli.workflows import evaluate as workflow
    from colacli.workflows.submit import submit

    store = out.store()
    check_figure(save, store, force=force)
    with out.watching() as on_event:
        if submission is not None or output is not None:
            made = submit(reference, submission, output, options, store, on_event, force=force)
            return show_submission(made, out.show)
        result = workflow.evaluate(reference, options, store, on_event)
    if save is not None:
        save_evaluation(result, save)
    return show_evaluation(result, out.show)


def compare(
    references: Annotated[
        list[str], typer.Argument(metavar="REF REF...", help="Two runs or more; a name of several is one arm.")
    ],
    out: Output,
    split: Annotated[
        str, typer.Option(show_envvar=False, help="Split whose stored predictions are compared.")
    ] = IN_DOMAIN_DEV,
    save: Save = None,
    force: Replace = False,
) -> None:
    """Compare runs, or arms of several seeds, on the same sentences, and say whether their difference is real."""
    from colacli.render.comparison import show_comparison
    from colacli.render.figures import check_figure, save_comparison
    from colacli.workflows import compare as workflow

    store = out.store()
    check_figure(save, store, force=force)
    result = workflow.compare(references, split, store)
    if save is not None:
        save_comparison(result, save)
    show_comparison(result, out.show)


def generate(request: GenerateRequest, out: Output) -> None:
    """Continue a prompt with the base model, or with a tuned one."""
    from colacli.render.generation import TextStream, show_samples
    from colacli.workflows import generate as workflow

    stream = TextStream(sys.stdout, request.prompt)
    with out.piping(stream) as on_event:
        samples = workflow.generate(request, out.store(), on_event)
    show_samples(request.prompt, samples, stream, out.show)


def judge(
    reference: Ref,
    options: JudgeOptions,
    out: Output,
    sentences: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SENTENCE]...", help="Sentences; none reads standard input."),
    ] = None,
) -> None:
    """Is each sentence acceptable? Its label and probability a line; reads standard input if none is given."""
    from colacli.render.judgements import show_judgements
    from colacli.workflows import judge as workflow

    given, where = (sentences, "the command line") if sentences else (_standard_input(), "standard input")
    with out.piping(lambda _: None) as on_event:  # no bar may disturb what is printed meanwhile
        show_judgements(workflow.judge(reference, given, where, options, out.store(), on_event), out.show_batches)


def demo(options: DemoOptions, out: Output) -> None:
    """The whole tour on the bundled model and corpus, offline: tune, distil, compare, in a store of its own."""
    from colacli.render.demo import show_demo
    from colacli.workflows import demo as workflow

    with out.watching() as on_event:
        parts = workflow.demo(options, on_event)
        show_demo(parts, workflow.demo_store(options), out.show, None if out.as_json else out.console)


def doctor(out: Output) -> None:
    """Devices, precision, store and caches: what is here, what is missing and how to get it."""
    from colacli.render.diagnosis import show_diagnosis
    from colacli.workflows import doctor as workflow

    show_diagnosis(workflow.diagnose(out.store), out.show)


def _standard_input() -> Iterator[str]:
    """Its lines, without their ends.

    Raises:
        UsageError: it is a terminal, or closed.
        DataError: a line is not UTF-8, or longer than any sentence.
    """
    from colacli.data.lines import decoded_lines

    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "judge has no sentence", 'give some, or pipe them in: `echo "A sentence." | colacli judge REF`'
        )
    return (line.removesuffix("\r") for line in decoded_lines(sys.stdin.buffer, "standard input"))


_VERBS: dict[str, Callable[..., None]] = {
    "finetune": finetune,
    "train-student": train_student,
    "distil": distil,
    "eval": evaluate,
    "compare": compare,
    "generate": generate,
    "judge": judge,
    "demo": demo,
    "doctor": doctor,
}
