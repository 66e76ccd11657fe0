"""What `demo` shows: what happens and why, what each number means, and what to try next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.render.comparison import show_comparison
from colacli.render.console import duration, percent, points, say
from colacli.render.evaluation import show_evaluation
from colacli.render.judgements import show_batch
from colacli.render.training import show_training
from colacli.training.plan import RunResult
from colacli.workflows.demo import ALONE, DISTILLED, PROMPT, TEACHER, Students
from colacli.workflows.evaluate import Evaluation
from colacli.workflows.generate import Sample
from colacli.workflows.judge import Judgement

if TYPE_CHECKING:
    from rich.console import Console

    from colacli.render.console import Show
    from colacli.statistics.gap import Gap
    from colacli.store.store import Store
    from colacli.workflows.demo import Part

_STEPS = {
    "finetune": (
        "A teacher: gpt2-mini, tuned with LoRA",
        "gpt2-mini is a small GPT-2 that comes with colacli and has read English books. It now learns to judge whether "
        "a sentence is acceptable, from 4,000 sentences of the bundled corpus. LoRA leaves its matrices as they are "
        "and learns a low-rank update beside each, so few parameters are trained. MCC, Matthews' correlation, is 0 "
        "for a constant answer and 1 for a perfect one; accuracy has to be read beside the majority class's.",
    ),
    "train-student": (
        "A student alone",
        "A recurrent network, far simpler than GPT-2, learns the same task from the same labels. It starts from "
        "gpt2-mini's word embeddings. This is what distillation has to beat.",
    ),
    "distil": (
        "The same student, with the teacher's help",
        "Now it learns from the labels and from how sure the teacher is of each sentence (temperature 2, half of the "
        "loss each).",
    ),
    "eval": (
        "Out of domain",
        "The same three on phenomena that training never showed: what they know of these, they know from elsewhere. "
        "Each table goes from the worst phenomenon to the best.",
    ),
    "compare": (
        "Is the difference real?",
        "All three answered the same sentences of in_domain_dev, so they are compared sentence by sentence; an "
        "interval that holds 0 is no evidence of a difference.",
    ),
    "judge": ("Any sentence", "The teacher judges three new ones."),
    "generate": ("And it writes", "The base model continues a line; nothing was tuned for that."),
}
"""By the step's name: its title, and what is happening and why."""


def show_demo(parts: Iterator[tuple[str, Part]], store: Store, show: Show, console: Console | None) -> None:
    """Each step with its story as it comes, or one document of all.

    Args:
        parts: the steps, computed as they are asked for.
        store: where the runs are, for what to try next.
        show: prints the whole document, or the end of the story.
        console: for people; None where a document is wanted.
    """
    started = time.perf_counter()
    documents: dict[str, Any] = {}
    for number, name in enumerate(_STEPS, start=1):
        if console:
            _tell(number, name, console)
        found, part = next(parts)
        assert found == name, "the story follows the recipe"
        documents[name] = _part(part, console)
    seconds = time.perf_counter() - started
    show("demo", {**documents, "seconds": seconds}, lambda last: _end(store, seconds, last))


def _tell(number: int, name: str, console: Console) -> None:
    from rich.rule import Rule

    title, story = _STEPS[name]
    console.print()
    if console.is_terminal:
        console.print(Rule(f"{number} of {len(_STEPS)}: {title}", align="left"))
    else:
        say(console, f"# {number} of {len(_STEPS)}: {title}")
    say(console, story)


def _part(part: Part, console: Console | None) -> Any:
    """Show one step to a person, where there is one; its document either way."""
    found: list[dict[str, Any]] = []

    def keep(_schema: str, document: dict[str, Any], view: Callable[[Console], None]) -> None:
        found.append(document)
        if console:
            view(console)

    if isinstance(part, RunResult):
        show_training(part.run.spec.command, [part], keep)
    elif isinstance(part, Students):
        show_comparison(part.comparison, keep)
        found[0]["gap"] = asdict(part.gap)
        if console:
            _show_gap(part.gap, console)
    elif isinstance(part, Sample):
        found.append({"prompt": PROMPT, "samples": [asdict(part)]})
        if console:
            say(console, PROMPT + part.text)
    else:
        if judgements := [one for one in part if isinstance(one, Judgement)]:
            document = {"judgements": [asdict(one) for one in judgements]}
            keep("judge", document, lambda console: show_batch(console, judgements))
        for one in part:
            if isinstance(one, Evaluation):
                show_evaluation(one, keep, briefly=True)
    return found if isinstance(part, list) and len(found) > 1 else found[0]


def _show_gap(gap: Gap, console: Console) -> None:
    say(
        console,
        f"the teacher is {points(gap.lead)} points of accuracy above the student alone "
        f"(95 % interval {points(gap.lead_interval[0])} to {points(gap.lead_interval[1])}); distillation gains "
        f"{points(gap.gained)} ({points(gap.gained_interval[0])} to {points(gap.gained_interval[1])})",
    )
    if gap.closed is None or gap.closed_interval is None:
        say(console, "the lead is too uncertain to say what part of it distillation closes")
        return
    low, high = gap.closed_interval
    sure = "" if low > 0 or high < 0 else "; inconclusive, for that holds 0"
    say(
        console,
        f"it closes {percent(gap.closed)} of the gap (95 % interval {percent(low)} to {percent(high)}, over the choice "
        f"of sentences; one seed){sure}",
    )


def _end(store: Store, seconds: float, console: Console) -> None:
    say(console, f"\nthe whole tour took {duration(seconds)}; run it again and it answers from its store")
    for line in (
        "try next:",
        f"  COLACLI_HOME={store.root} colacli runs list",
        f"  COLACLI_HOME={store.root} colacli judge {DISTILLED} 'Your own sentence.'",
        f"  COLACLI_HOME={store.root} colacli eval {TEACHER} --split in_domain_dev",
        f"  COLACLI_HOME={store.root} colacli compare {DISTILLED} {ALONE} --split out_of_domain_dev",
        "and with GPT-2 and CoLA, where there is a network:",
        "  colacli finetune --variant gpt2 --data cola --name teacher",
        "  colacli distil --teacher teacher --name kd && colacli train-student --name nokd",
        "  colacli compare kd nokd",
    ):
        say(console, line)
