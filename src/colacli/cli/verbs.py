"""The verbs: each parses its options, calls its workflow, and shows the result."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from colacli.cli.arguments import Force, Reference, Save, argument, option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.errors import UsageError
from colacli.workflows import compare, demo, doctor, generate, judge
from colacli.workflows.compare_pairs import compare_pairs
from colacli.workflows.compare_sentences import compare_sentences
from colacli.workflows.demo import DemoOptions
from colacli.workflows.distil import DistilRequest
from colacli.workflows.evaluate import EvaluateOptions
from colacli.workflows.finetune import FinetuneRequest
from colacli.workflows.generate import GenerateRequest
from colacli.workflows.judge import JudgeOptions
from colacli.workflows.mistakes import surest_mistakes
from colacli.workflows.per_sentence import examine
from colacli.workflows.probe import probe as try_out
from colacli.workflows.ranking import check_csv, write_csv
from colacli.workflows.seeds import each_seed
from colacli.workflows.submit import Form, submit
from colacli.workflows.train_student import TrainStudentRequest

app = typer.Typer(
    name="colacli",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"auto_envvar_prefix": "COLACLI", "help_option_names": ["-h", "--help"]},
)


@command(app, "finetune")
def run_finetune(request: FinetuneRequest, out: Output) -> None:
    """Tune GPT-2 with LoRA to judge whether a sentence is acceptable: the teacher."""
    _train("finetune", request, out)


@command(app, "train-student")
def run_train_student(request: TrainStudentRequest, out: Output) -> None:
    """Train the small recurrent student alone: the baseline for distillation."""
    _train("train-student", request, out)


@command(app, "distil")
def run_distil(request: DistilRequest, out: Output) -> None:
    """Train the same student from a tuned teacher's logits and the labels."""
    _train("distil", request, out)


def _train(verb: str, request: Any, out: Output) -> None:
    from colacli.render.train import show_training

    with out.progress() as on_event:
        results = each_seed(verb, request, out.store(), on_event)
    show_training(verb, results, out.show)


@command(app, "eval")
def run_eval(
    reference: Reference,
    options: EvaluateOptions,
    out: Output,
    submission: Annotated[
        Form | None, option(help="Label the unlabelled test file --data, for this benchmark.")
    ] = None,
    output: Annotated[Path | None, option("--output", "-o", help="File for these labels.")] = None,
    errors: Annotated[int, option(metavar="N", min=0, help="Show the N surest mistakes of each kind.")] = 0,
    per_sentence: Annotated[
        Path | None, option(metavar="FILE", help="CSV to write with every sentence; REF may stand for several runs.")
    ] = None,
    save: Save = None,
    force: Force = False,
) -> None:
    """Measure a run on a split and its parts: accuracy, MCC and F1 beside the majority class, and calibration."""
    from colacli.render.evaluate import Extras, show_evaluation
    from colacli.render.figures import check_figure, save_evaluation
    from colacli.render.mistakes import show_written
    from colacli.render.submit import show_submission

    store = out.store()
    check_figure(save, store, force=force)
    with out.progress() as on_event:
        if submission is not None or output is not None:
            _check_unlabelled(errors, per_sentence)
            written = submit(reference, submission, output, options, store, on_event, force=force)
            return show_submission(written, out.show)
        alone = per_sentence is None or errors > 0 or save is not None
        results = examine(reference, options, per_sentence, store, on_event, force=force, alone=alone)
    if len(results) > 1 and per_sentence is not None:
        return show_written(results, per_sentence, out.show)
    if save is not None:
        save_evaluation(results[0], save)
    mistakes = surest_mistakes(results[0], errors) if errors else None
    return show_evaluation(results[0], out.show, Extras(mistakes, per_sentence))


def _check_unlabelled(errors: int, per_sentence: Path | None) -> None:
    """See that nothing is asked of a submission that needs labels."""
    if errors or per_sentence:
        raise UsageError("--errors and --per-sentence need labels, and a test file has none", "leave them out")


@command(app, "compare")
def run_compare(
    references: Annotated[list[str], argument("REF REF...", "Two runs or more; a name of several is one arm.")],
    out: Output,
    split: Annotated[
        str, option(help="Split whose stored predictions are compared; pooled_dev is both dev splits.")
    ] = IN_DOMAIN_DEV,
    disagreements: Annotated[bool, option("--disagreements", help="Show what only one gets right.")] = False,
    most: Annotated[
        int | None, option(metavar="N", min=1, help="Show the N surest disagreements of each kind.")
    ] = None,
    pairs: Annotated[
        str | None, option(metavar="DATA", help="Compare on minimal pairs too: blimp, sample, a folder or a file.")
    ] = None,
    all_pairs: Annotated[
        bool, option("--all-pairs", help=f"Test every two of more than {compare.FEW} arms, not each beside the first.")
    ] = False,
    csv: Annotated[Path | None, option(metavar="FILE", help="CSV to write with a line an arm.")] = None,
    save: Save = None,
    force: Force = False,
) -> None:
    """Compare runs, or arms of several seeds, on the same sentences, and say whether their difference is real."""
    from colacli.render.compare import show_comparison
    from colacli.render.figures import check_figure, save_comparison

    store = out.store()
    check_figure(save, store, force=force)
    check_csv(csv, store, force=force)
    result = compare.compare(references, split, store, all_pairs=all_pairs)
    sentences = compare_sentences(result, store, listed=disagreements or most is not None)
    with out.progress() as on_event:
        on_pairs = compare_pairs(result, pairs, store, on_event) if pairs is not None else None
    if save is not None:
        save_comparison(result, save)
    write_csv(result, csv)
    show_comparison(result, out.show, sentences, most, on_pairs)


@command(app, "generate")
def run_generate(request: GenerateRequest, out: Output) -> None:
    """Continue a prompt with the base model, or with a tuned one."""
    from colacli.render.generate import TextStream, show_samples

    stream = TextStream(sys.stdout, request.prompt)
    with out.streaming(stream) as on_event:
        samples = generate.generate(request, out.store(), on_event)
    show_samples(request.prompt, samples, stream, out.show)


@command(app, "judge")
def run_judge(
    reference: Reference,
    options: JudgeOptions,
    out: Output,
    sentences: Annotated[
        list[str] | None, argument("[SENTENCE]...", "Sentences; without any, standard input is read.")
    ] = None,
) -> None:
    """Is each sentence acceptable? Prints label and probability, one line per sentence."""
    from colacli.render.judge import show_judgements

    store = out.store()
    with out.streaming() as on_event:
        texts, source = judge.sentences_of(sentences, options, store, on_event) or (_standard_input(), "standard input")
        batches = judge.judge(reference, texts, source, options, store, on_event)
        show_judgements(batches, out.show_batches)


@command(app, "demo")
def run_demo(options: DemoOptions, out: Output) -> None:
    """Everything on the bundled model and corpus, offline: tune, distil, compare, in a separate store."""
    from colacli.render.demo import show_demo

    with out.progress() as on_event:
        parts = demo.demo(options, on_event)
        show_demo(parts, demo.demo_store(options), out.show, None if out.as_json else out.console)


@command(app, "doctor")
def run_doctor(
    out: Output,
    probe: Annotated[
        bool, option("--probe", help="Try out the device in some ten seconds, and print what to report.")
    ] = False,
    device: Annotated[
        str | None, option(help="Device for --probe, auto if not given: cpu, cuda, cuda:INDEX or mps.")
    ] = None,
) -> None:
    """Devices, precision, store and caches: what is there, what is missing and how to get it."""
    from colacli.render.doctor import show_diagnosis
    from colacli.render.probe import show_probe

    if device is not None and not probe:
        raise UsageError("--device is of --probe: what is here is said of every device", "add --probe, or leave it out")
    if not probe:
        return show_diagnosis(doctor.diagnose(out.store), out.show)
    with out.progress() as on_event:
        result = try_out(device or "auto", on_event)
    return show_probe(result, out.show)


def _standard_input() -> Iterator[str]:
    """Its lines, without their ends.

    Raises:
        UsageError: it is a terminal, or closed.
        DataError: a line is not UTF-8, or longer than any sentence.
    """
    from colacli.data.lines import decoded_lines

    if sys.stdin is None or sys.stdin.isatty():
        hint = 'give some, or pipe them in: `echo "A sentence." | colacli judge REF`'
        raise UsageError("judge has no sentence", hint)
    return (line.removesuffix("\r") for line in decoded_lines(sys.stdin.buffer, "standard input"))
