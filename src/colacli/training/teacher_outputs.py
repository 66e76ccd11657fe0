"""A teacher's outputs on sentences, with dropout off: computed once, by one process, and cached."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from colacli.events import Note, OnEvent, Work
from colacli.models.inference import OutputKind
from colacli.models.tensors import check_outputs, tensor_bytes, tensors_from
from colacli.models.tokens import Sentences
from colacli.store.canonical import key_of
from colacli.store.run import Run
from colacli.store.single_flight import single_flight
from colacli.store.store import Store
from colacli.training.fit import make_deterministic
from colacli.training.plan import DistilPlan
from colacli.training.predictor import TokenPredictor, load_network, predictor_of


class TeacherOutputs:
    """One teacher's. It is loaded once, when something is not cached; of it the base's embedding stays.

    Args:
        teacher: its run.
        plan: of the distillation.
        store: whose cache is used.
        on_event: told of the progress.
    """

    def __init__(self, teacher: Run, plan: DistilPlan, store: Store, on_event: OnEvent) -> None:
        self._teacher, self._plan, self._store, self._on_event = teacher, plan, store, on_event
        self._predictor: TokenPredictor | None = None
        self.embedding: Tensor | None = None
        """The base's (vocabulary, d) as `Network` has it; None where no teacher was loaded."""

    def on(self, sentences: Sentences, kinds: Sequence[OutputKind]) -> dict[OutputKind, Tensor]:
        """Logits (sentences, 2), states (sentences, d), and logits (tokens, 2) of prefixes in fp16, as asked for."""
        specs = {kind: self._spec(kind, sentences) for kind in kinds}
        outputs = self._cached(specs)
        if len(outputs) == len(kinds):
            return outputs
        waiting = Note(f"another process computes the teacher's outputs on {sentences.name}: waiting for them")
        with single_flight(self._store, key_of(specs[kinds[0]]), lambda: self._on_event(waiting)):
            outputs |= self._cached({kind: spec for kind, spec in specs.items() if kind not in outputs})
            while missing := [kind for kind in kinds if kind not in outputs]:
                outputs |= self._compute(missing, specs, sentences)
        return outputs

    def _cached(self, specs: dict[OutputKind, Any]) -> dict[OutputKind, Tensor]:
        """Those outputs that are cached."""
        found = {kind: self._store.find_cached(_folder(kind), spec, _file(kind)) for kind, spec in specs.items()}
        return {
            kind: tensors_from(content, f"cached {_folder(kind)}")[kind]
            for kind, content in found.items()
            if content is not None
        }

    def _compute(
        self, missing: Sequence[OutputKind], specs: dict[OutputKind, Any], sentences: Sentences
    ) -> dict[OutputKind, Tensor]:
        """Compute and cache the first of the missing outputs; logits and states in one pass where both are missing."""
        started = time.perf_counter()
        kind: OutputKind = "logits and states" if {"logits", "states"} <= set(missing) else missing[0]
        work = Work(f"teacher's {kind} on {sentences.name}", 0, len(sentences))
        tensor = self._load().on_split(sentences, self._store, self._on_event, work, kind=kind)
        made: dict[OutputKind, Tensor] = {kind: tensor}
        if kind == "logits and states":
            made = {"logits": tensor[:, :2].contiguous(), "states": tensor[:, 2:].contiguous()}
        elif kind == "prefixes":  # as many as there are tokens
            check_outputs(half := tensor.half())
            made = {kind: half}
        seconds = (time.perf_counter() - started) / len(made)
        for each, of_kind in made.items():
            content = tensor_bytes({each: of_kind})
            self._store.put_cached(
                _folder(each), specs[each], _file(each), content, seconds=seconds, device=self._plan.device
            )
        return made

    def _load(self) -> TokenPredictor:
        """The teacher, ready to predict; of its network as it was trained nothing else stays than the embedding."""
        if self._predictor is None:
            make_deterministic(self._teacher.spec.training.seed)
            plan = self._plan
            network = load_network(self._teacher, self._store, plan.base.folder, plan.device, self._on_event)
            self._predictor, self.embedding = predictor_of(network, plan.device), network.embedding
        return self._predictor

    def _spec(self, kind: OutputKind, sentences: Sentences) -> dict[str, Any]:
        source = {"teacher": self._teacher.key, "content": self._teacher.content, "split": sentences.digest}
        return {"kind": _folder(kind), "revision": 5, **source}


def _folder(kind: OutputKind) -> str:
    return f"teacher-{kind}"


def _file(kind: OutputKind) -> str:
    return f"{kind}.safetensors"
