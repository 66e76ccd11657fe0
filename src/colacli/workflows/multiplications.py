"""How many multiplications a model takes for a token: of teachers and students, from their shapes alone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from colacli.config import Lora
from colacli.errors import IntegrityError
from colacli.models.student_shape import StudentShape
from colacli.store.reading import decode
from colacli.store.run import Run
from colacli.workflows.adapter_counts import adapter_shapes

_STUDENT = "student.json"
_GATES = {"rnn": 1, "gru": 3, "lstm": 4}


@dataclass(frozen=True)
class Multiplications:
    """Of matrix products, without the head, once a sentence, and a teacher's attention, which depends on its length."""

    per_token: int
    """For each token that is read."""
    per_new_token: int = 0
    """Beside these when a token occurs for the first time; the result is looked up from then on."""


def multiplications_of(run: Run) -> Multiplications | None:
    """Of a run's model, by its own files; None where they don't say.

    So it is of a baseline, of pretrained layers, of adapters on some of the projections, and of damaged files, which
    `runs verify` is for.
    """
    with suppress(IntegrityError, ValueError):
        if run.spec.lora is not None:
            return _of_adapters(adapter_shapes(run)) if {*run.spec.lora.targets} == {*Lora().targets} else None
        if run.spec.student is not None and not run.spec.is_student_base:
            return of_student(decode(run.read(_STUDENT), StudentShape))
    return None


def _of_adapters(shapes: dict[str, list[int]]) -> Multiplications:
    """Of the projections that have one, B A, merged into them: as many as the elements of its product."""
    inputs = {name: shape[1] for name, shape in shapes.items() if ".lora_A." in name}
    outputs = {name.replace(".lora_B.", ".lora_A."): shape[0] for name, shape in shapes.items() if ".lora_B." in name}
    return Multiplications(sum(inputs[name] * outputs[name] for name in inputs.keys() & outputs.keys()))


def of_student(shape: StudentShape) -> Multiplications:
    """Of recurrent layers, the projection of embeddings, and attention's layer.

    What the first layer makes of an embedding is the same wherever the token stands. GRU and LSTM look it up when they
    judge on a CPU in fp32.
    """
    directions, gates = 1 + shape.bidirectional, _GATES[shape.cell] * shape.hidden
    states = directions * shape.hidden
    inputs = directions * gates * shape.width + (shape.embedding_rank or 0) * shape.width
    recurrent = shape.layers * directions * gates * shape.hidden + (shape.layers - 1) * directions * gates * states
    attention = states * shape.hidden + shape.hidden if shape.pooling == "attention" else 0
    if shape.cell == "rnn":
        return Multiplications(inputs + recurrent + attention)
    return Multiplications(recurrent + attention, inputs)
