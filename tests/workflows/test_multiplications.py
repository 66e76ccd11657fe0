"""Multiplications of a token, counted from shapes: those of the network's own matrices."""

import pytest

from colacli.config import Lora
from colacli.models.config import read_config
from colacli.models.gpt2 import Classifier
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.store.reading import decode
from colacli.workflows.multiplications import Multiplications, multiplications_of, of_student


def matrices(model, *names):
    """Elements of the model's matrices with these in their names."""
    weights = {name: weight for name, weight in model.named_parameters() if weight.ndim == 2}
    return sum(weight.numel() for name, weight in weights.items() if any(part in name for part in names))


@pytest.mark.parametrize("pooling", ["last", "max", "attention"])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("rank", [None, 4])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_students_are_its_matrices(cell, layers, bidirectional, pooling, rank):
    """Of a gated one the first layer's products of inputs are there for new tokens alone."""
    shape = StudentShape(
        cell=cell, vocab_size=50, width=12, hidden=10, layers=layers, bidirectional=bidirectional,
        pooling=pooling, embedding_rank=rank,
    )  # fmt: skip
    model = RecurrentClassifier(shape)
    inputs = matrices(model, "rnn.weight_ih_l0", "projection.")
    rest = matrices(model, "rnn.", "pool.") - matrices(model, "rnn.weight_ih_l0")
    expected = Multiplications(inputs + rest) if cell == "rnn" else Multiplications(rest, inputs)

    assert of_student(shape) == expected


def test_a_tenth_of_gpt2_minis():
    """The students of the results."""
    shape = StudentShape(cell="gru", vocab_size=8192, width=256, hidden=140, layers=2, bidirectional=True)

    assert of_student(shape) == Multiplications(470_400, 215_040)


def test_a_teachers_are_its_projections(distillation):
    """Each of their elements is in one product a token; of adapters on some of them it is not known."""
    config = read_config(distillation.base.base)
    projections = matrices(Classifier(config), "attn.c_", "mlp.c_")

    assert multiplications_of(distillation.first) == Multiplications(projections)
    assert multiplications_of(distillation.teacher("few", Lora(rank=1, targets=("c_attn",)))) is None


def test_a_stored_students_are_of_its_shape(distillation):
    """A damaged file says nothing; it is not what `runs show` and `compare` look for."""
    student = distillation.alone()
    found = multiplications_of(student)
    content = (student.path / "student.json").read_bytes()
    (student.path / "student.json").write_bytes(b"[]")

    assert found == of_student(decode(content, StudentShape))
    assert multiplications_of(student) is None
