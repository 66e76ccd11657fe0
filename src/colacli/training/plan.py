"""A training that is decided on down to its key, and what it comes to. Nothing is computed yet, and no torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from colacli.events import OnEvent
from colacli.models.adapter_config import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from colacli.store.store import Store

if TYPE_CHECKING:  # a stored run is shown without what only a new one needs
    from colacli.config import Lora, Student
    from colacli.data.corpus import Corpus
    from colacli.data.transfer import TransferSet
    from colacli.distillation import Distillation
    from colacli.models.base import Base
    from colacli.parameters import ParameterCounts
    from colacli.store.imports import Imported
    from colacli.store.run import Run
    from colacli.store.spec import Spec
    from colacli.training.requests import Execution

STUDENT_LONGEST = 1024
"""Most tokens of a sentence given to a student: it has no limit of its own, so GPT-2's is taken."""

Agreement = Literal["same", "differs", "only stored", "only new"]


class Request(Protocol):
    """What a training verb is asked."""

    @property
    def execution(self) -> Execution:
        """Where it runs and what becomes of it."""


@dataclass(frozen=True, kw_only=True)
class Plan(ABC):
    """What all trainings have."""

    spec: Spec
    base: Base | None
    """None where no language model is read."""
    corpus: Corpus
    device: str
    """A torch device's name."""
    request: Request
    """What was asked for, to ask for it again when this is interrupted."""
    about: ClassVar[str]
    """What it makes, for the model card."""
    libraries: ClassVar[tuple[str, ...]] = ()
    """Those that it computes with beside the usual ones, for the manifest."""

    @abstractmethod
    def count_parameters(self) -> ParameterCounts:
        """Of the model, without making it.

        Raises:
            ModelError: the base's weights are not those of its config.
            UsageError: no such model can be made.
        """


@dataclass(frozen=True, kw_only=True)
class NetworkPlan(Plan):
    """Of a network that is trained from a base model."""

    base: Base

    @property
    def longest(self) -> int:
        """Most tokens of a sentence."""
        return self.base.config.n_positions


@dataclass(frozen=True, kw_only=True)
class TeacherPlan(NetworkPlan):
    """Of a GPT-2 with adapters."""

    about = "GPT-2 tuned with LoRA to judge whether an English sentence is acceptable; a PEFT adapter's folder."
    lora: Lora

    def count_parameters(self) -> ParameterCounts:
        """On the meta device: no memory, no weights."""
        import torch

        from colacli.models.gpt2 import Classifier
        from colacli.models.lora import add_lora, check_for_peft, count
        from colacli.models.weights import check_weights

        check_weights(self.base)
        with torch.device("meta"):
            model = Classifier(self.base.config)
        check_for_peft(model, self.lora)
        add_lora(model, self.lora, 0.0)
        return count(model)


@dataclass(frozen=True, kw_only=True)
class AdoptPlan(TeacherPlan):
    """Of a GPT-2 with adapters that were trained elsewhere."""

    about = "GPT-2 with a LoRA adapter that was made elsewhere, measured here; a PEFT adapter's folder."
    adapter: Path
    """The folder that it was adopted from."""

    def count_parameters(self) -> ParameterCounts:
        """Those that its config says, if its weights have them.

        Raises:
            ModelError: it doesn't fit the base model, or is no adapter for two labels.
        """
        from colacli.models.adapters import check_adapter
        from colacli.models.weights import check_weights

        check_weights(self.base)
        return check_adapter(self.base.config, self.adapter / ADAPTER_CONFIG, self.adapter / ADAPTER_WEIGHTS)


@dataclass(frozen=True, kw_only=True)
class StudentPlan(NetworkPlan):
    """Of a recurrent network."""

    about = "A small recurrent network trained to judge whether an English sentence is acceptable."
    student: Student
    student_base: Run | None = None
    """Pretrained layers, or another student, that it starts from."""

    @property
    def copies_embedding(self) -> bool:
        """Whether it starts from its base's token embeddings."""
        return self.student_base is None and self.student.embeddings == "teacher"

    @property
    def longest(self) -> int:
        """Most tokens of a sentence; the base gives no more than its embeddings."""
        return STUDENT_LONGEST

    def count_parameters(self) -> ParameterCounts:
        """Of the student, on the meta device."""
        from colacli.training.students import count_student

        return count_student(self)


@dataclass(frozen=True, kw_only=True)
class DistilPlan(StudentPlan):
    """Of a recurrent network with teachers."""

    about = "A small recurrent network distilled from another model to judge whether an English sentence is acceptable."
    distillation: Distillation
    teachers: list[Run]
    transfer_file: TransferSet | None
    """The sentences of the file that `--transfer` names."""

    @property
    def longest(self) -> int:
        """Most tokens of a sentence: the teachers read each too."""
        return self.base.config.n_positions


@dataclass(frozen=True)
class RunResult:
    """A run, and how it came to be known just now."""

    run: Run
    names: list[str]
    """What it is called; the name just given first."""
    cached: bool
    agreement: dict[str, Agreement] = field(default_factory=dict)
    """With --force on a stored run: for every file, whether the new bytes agree with the stored."""
    imported: Imported | None = None
    """Where it came from; None where it was made here."""

    @property
    def spec(self) -> Spec:
        """What identifies it."""
        return self.run.spec


@dataclass(frozen=True)
class DryRun:
    """What a command would do."""

    plan: Plan
    path: Path
    run: Run | None
    """What is stored under the key: then it would be a hit."""
    names: list[str]

    @property
    def spec(self) -> Spec:
        """What would identify the run."""
        return self.plan.spec

    @property
    def parameters(self) -> ParameterCounts:
        """Those of what is stored, or counted, which needs torch."""
        return self.run.parameters if self.run else self.plan.count_parameters()


Train = Callable[[Any, Store, OnEvent], RunResult | DryRun]
"""A training verb's function: its request, the store, what is told how it goes."""


@dataclass(frozen=True)
class Verb:
    """A command that makes runs."""

    command: str
    """What it is called in specs; on the command line a space stands for a dot."""
    request: type[Any]
    plan: Callable[[Any, Store, OnEvent], Plan]
    """What `run` would make: its spec."""
    run: Train
