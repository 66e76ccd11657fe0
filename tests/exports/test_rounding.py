"""Weights rounded to 8 bits, and what is said of it."""

import pytest
import torch

from colacli.errors import ModelError
from colacli.exports.agreement import Judged
from colacli.exports.rounding import dequantised, measure_rounding, quantised
from factories.pages import random_student


def test_rounding_is_to_the_nearest():
    """No number is further from itself than half a step, and a row of zeros stays."""
    weight = torch.tensor([[1.0, -0.5, 0.004], [0.0, 0.0, 0.0]])
    rounded, scales = quantised(weight)
    back = torch.from_numpy(rounded).float() * torch.from_numpy(scales)[:, None]

    assert rounded.tolist() == [[127, -64, 1], [0, 0, 0]]
    assert ((back - weight).abs() <= torch.from_numpy(scales)[:, None] / 2 + 1e-6).all()


def test_a_rounded_copy_is_near():
    """Matrices are within half a step of a 127th of a row's largest number, biases equal; the model stays as it was."""
    student, _ = random_student(cell="gru", bidirectional=True, pooling="attention", embedding_rank=4)
    before = {name: parameter.clone() for name, parameter in student.named_parameters()}

    for name, rounded in dequantised(student).named_parameters():
        difference = (rounded - before[name]).abs()
        if rounded.ndim == 2:
            steps = torch.from_numpy(quantised(before[name])[1])[:, None]
            assert difference.max() > 0
            assert (difference <= 0.501 * steps).all()
        else:
            assert difference.max() == 0
    assert all(torch.equal(before[name], parameter) for name, parameter in student.named_parameters())


def test_rounding_that_costs_accuracy_is_an_error(trainings):
    """Where the interval of the difference is below 0: here rounded answers are always wrong."""
    labels = [0, 1] * 10
    right = torch.eye(2)[labels]
    judged = [Judged("in_domain_dev", [], labels, right)]

    with pytest.raises(ModelError, match=r"int8 costs run \w+ -100\.00 points of accuracy on in_domain_dev") as caught:
        measure_rounding(trainings.alone(), judged, [right], [1 - right], "give --to onnx")
    assert caught.value.hint == "nothing was written; give --to onnx"
