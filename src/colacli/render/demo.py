"""What `demo` shows: each step with an explanation, and what to try next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.rule import Rule

from colacli.render.compare import show_comparison
from colacli.render.console import Show, duration, percent, points, say
from colacli.render.evaluate import show_evaluation
from colacli.render.judge import show_batch
from colacli.render.train import show_training
from colacli.training.plan import RunResult
from colacli.workflows.demo import ALONE, DISTILLED, PROMPT, TEACHER, Part, Students
from colacli.workflows.evaluate import Evaluation
from colacli.workflows.generate import Sample
from colacli.workflows.judge import Judgement

if TYPE_CHECKING:
    from colacli.statistics.gap import Gap
    from colacli.store.store import Store

_STEPS = {
    "finetune": (
        "A teacher: gpt2-mini, tuned with LoRA",
        "gpt2-mini is a small GPT-2, included in colacli and trained on English books. It now learns to judge whether "
        "a sentence is acceptable, from 4,000 sentences of the bundled corpus. LoRA freezes its matrices and learns a "
        "low-rank update for each, so few parameters are trained. MCC, Matthews' correlation, is 0 for a constant "
        "answer and 1 for a perfect one; compare accuracy with that of the majority class.",
    ),
    "train-student": (
        "A student alone",
        "A recurrent network, far simpler than GPT-2, learns the same task from the same labels. It starts from "
        "gpt2-mini's word embeddings. This is the baseline for distillation.",
    ),
    "distil": (
        "The same student, distilled from the teacher",
        "Now it learns from the labels and from the teacher's probability for each sentence (temperature 2, half of "
        "the loss each).",
    ),
    "eval": (
        "Out of domain",
        "The same three models on phenomena that are not in the training data. Each table goes from the least to the "
        "most accurate phenomenon.",
    ),
    "compare": (
        "Is the difference real?",
        "All three answered the same sentences of in_domain_dev, so they are compared sentence by sentence. An "
        "interval that contains 0 is no evidence of a difference.",
    ),
    "judge": ("Any sentence", "The teacher judges three new ones."),
    "generate": ("Generation", "The base model, which was not tuned for this, continues a prompt."),
}
"""Title and explanation of each step, by its name."""


def show_demo(parts: Iterator[tuple[str, Part]], store: Store, show: Show, console: Console | None) -> None:
    """Each step with its explanation as it is computed, or one document of all.

    Args:
        parts: the steps, computed when asked for.
        store: where the runs are, for what to try next.
        show: prints the document of all steps, or the last lines.
        console: for people; None for a document.
    """
    started = time.perf_counter()
    documents: dict[str, Any] = {}
    for number, name in enumerate(_STEPS, start=1):
        if console:
            _show_title(number, name, console)
        step, part = next(parts)
        assert step == name, "the explanations follow the workflow"
        documents[name] = _part_document(part, console)
    seconds = time.perf_counter() - started
    show("demo", {**documents, "seconds": seconds}, lambda last: _show_next(store, seconds, last))


def _show_title(number: int, name: str, console: Console) -> None:
    title, explanation = _STEPS[name]
    console.print()
    if console.is_terminal:
        console.print(Rule(f"{number} of {len(_STEPS)}: {title}", align="left"))
    else:
        say(console, f"# {number} of {len(_STEPS)}: {title}")
    say(console, explanation)


def _part_document(part: Part, console: Console | None) -> Any:
    """A step's document; the step is shown to a person, if there is one."""
    documents: list[dict[str, Any]] = []

    def show(_command: str, document: dict[str, Any], view: Callable[[Console], None]) -> None:
        documents.append(document)
        if console:
            view(console)

    if isinstance(part, RunResult):
        show_training(part.run.spec.command, [part], show)
    elif isinstance(part, Students):
        show_comparison(part.comparison, show)
        documents[0]["gap"] = asdict(part.gap)
        if console:
            _show_gap(part.gap, console)
    elif isinstance(part, Sample):
        text = PROMPT + part.text
        show("generate", {"prompt": PROMPT, "samples": [asdict(part)]}, lambda console: say(console, text))
    else:
        judgements = [item for item in part if isinstance(item, Judgement)]
        if judgements:
            document = {"judgements": [asdict(judgement) for judgement in judgements]}
            show("judge", document, lambda console: show_batch(console, judgements))
        for evaluation in part:
            if isinstance(evaluation, Evaluation):
                show_evaluation(evaluation, show, briefly=True)
    return documents if len(documents) > 1 else documents[0]


def _show_gap(gap: Gap, console: Console) -> None:
    say(
        console,
        f"the teacher is {points(gap.lead)} points of accuracy above the student alone "
        f"(95 % interval {points(gap.lead_interval[0])} to {points(gap.lead_interval[1])}); distillation gains "
        f"{points(gap.gained)} ({points(gap.gained_interval[0])} to {points(gap.gained_interval[1])})",
    )
    if gap.closed is None or gap.closed_interval is None:
        say(console, "the lead is too uncertain to say what fraction of it distillation closes")
        return
    low, high = gap.closed_interval
    inconclusive = "; inconclusive, for the interval contains 0" if low <= 0 <= high else ""
    say(
        console,
        f"distillation closes {percent(gap.closed)} of the gap (95 % interval {percent(low)} to {percent(high)}, over "
        f"the choice of sentences; one seed){inconclusive}",
    )


def _show_next(store: Store, seconds: float, console: Console) -> None:
    say(
        console,
        f"""
the demo took {duration(seconds)}; a second run answers from the store
try next:
  COLACLI_HOME={store.root} colacli runs list
  COLACLI_HOME={store.root} colacli judge {DISTILLED} 'Your own sentence.'
  COLACLI_HOME={store.root} colacli eval {TEACHER} --split in_domain_dev
  COLACLI_HOME={store.root} colacli compare {DISTILLED} {ALONE} --split out_of_domain_dev
and with GPT-2 and CoLA, which need a network connection:
  colacli finetune --variant gpt2 --data cola --name teacher
  colacli distil --teacher teacher --name kd && colacli train-student --name nokd
  colacli compare kd nokd""",
    )
