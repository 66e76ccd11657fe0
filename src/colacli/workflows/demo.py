"""The whole tour on the bundled model and corpus, offline: a recipe of the other workflows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from colacli.config import Checked, Lora, Student, Training, setting
from colacli.data.corpus import IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV
from colacli.data.sample import SAMPLE
from colacli.distillation import Distillation
from colacli.events import OnEvent, ignore
from colacli.results import predictions_of
from colacli.statistics.gap import Gap, measure_gap
from colacli.store.files import expanded
from colacli.store.store import Store, open_store
from colacli.training.plan import DryRun, RunResult
from colacli.training.requests import DEVICE, BaseChoice, DataChoice, Execution
from colacli.workflows.compare import CompareResult, compare
from colacli.workflows.distil import DistilRequest, TeacherChoice, distil
from colacli.workflows.evaluate import EvaluateOptions, Evaluation, evaluate
from colacli.workflows.finetune import FinetuneRequest, finetune
from colacli.workflows.generate import GenerateRequest, Sample, generate
from colacli.workflows.judge import Judgement, JudgeOptions, judge
from colacli.workflows.train_student import TrainStudentRequest, train_student

VARIANT = "gpt2-mini"
TEACHER, ALONE, DISTILLED = "teacher", "alone", "distilled"
PROMPT = "The old man looked at the sea and"
SENTENCES = (
    "The keys to the cabinet are on the table.",
    "The keys to the cabinet is on the table.",
    "What did the nurse say that the doctor bought?",
)

_BASE = BaseChoice(variant=VARIANT)
_DATA = DataChoice(data=SAMPLE)
_TEACHER = Training(epochs=3, batch_size=32, learning_rate=2e-3)
_STUDENT = Training(epochs=8, batch_size=32, learning_rate=3e-3)
_NETWORK = Student(cell="gru")  # a plain one learns nothing of this corpus: it is no use to know its words


@dataclass(frozen=True, kw_only=True)
class DemoOptions(Checked):
    """Where the tour keeps its runs, and computes."""

    home: Path | None = setting(
        None, "Folder of the store to use.", shown_default="the folder demo in your store, a store of its own"
    )
    device: str = DEVICE


@dataclass(frozen=True)
class Students:
    """Both students and their teacher on the same sentences."""

    comparison: CompareResult
    gap: Gap


Part = RunResult | list[Evaluation] | Students | list[Judgement] | Sample
"""What a step of the tour comes to."""


def demo_store(options: DemoOptions) -> Store:
    """The tour's store."""
    return Store(expanded(options.home, "--home") if options.home else open_store().root / "demo")


def demo(options: DemoOptions, on_event: OnEvent = ignore) -> Iterator[tuple[str, Part]]:
    """The steps' names and results, in order; each is computed when it is asked for.

    Raises:
        ColacliError: as the single workflows do.
    """
    store, device = demo_store(options), options.device

    def named(name: str) -> Execution:
        return Execution(name=name, device=device)

    def made(result: RunResult | DryRun) -> RunResult:
        assert isinstance(result, RunResult), "nothing here is a dry run"
        return result

    request = FinetuneRequest(base=_BASE, data=_DATA, lora=Lora(), training=_TEACHER, execution=named(TEACHER))
    yield "finetune", made(finetune(request, store, on_event))
    alone = TrainStudentRequest(base=_BASE, data=_DATA, student=_NETWORK, training=_STUDENT, execution=named(ALONE))
    yield "train-student", made(train_student(alone, store, on_event))
    distilled = DistilRequest(
        teacher=TeacherChoice(teacher=TEACHER),
        distillation=Distillation(),
        data=_DATA,
        student=_NETWORK,
        training=_STUDENT,
        execution=named(DISTILLED),
    )
    yield "distil", made(distil(distilled, store, on_event))
    outside = EvaluateOptions(split=OUT_OF_DOMAIN_DEV, device=device)
    yield "eval", [evaluate(name, outside, store, on_event) for name in (TEACHER, ALONE, DISTILLED)]
    yield "compare", _students(store)
    for judged in judge(TEACHER, SENTENCES, "the demo", JudgeOptions(device=device), store, on_event):
        yield "judge", judged
    text = GenerateRequest(prompt=PROMPT, variant=VARIANT, max_new_tokens=30, device=device, temperature=0.8)
    yield "generate", generate(text, store, on_event)[0]


def _students(store: Store) -> Students:
    comparison = compare([TEACHER, DISTILLED, ALONE], IN_DOMAIN_DEV, store)
    stored = {arm.label: predictions_of(arm.runs[0], IN_DOMAIN_DEV) for arm in comparison.arms}
    predicted = {label: predictions.predicted for label, predictions in stored.items()}
    return Students(
        comparison,
        measure_gap(stored[TEACHER].labels, predicted[TEACHER], predicted[ALONE], predicted[DISTILLED]),
    )
