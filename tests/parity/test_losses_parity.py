"""The distillation loss against torch's own divergence, and against its formula in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from colacli.distillation import Distillation
from colacli.training.fit import cross_entropy_objective
from colacli.training.losses import combined, distillation_loss

LOGIT = st.floats(-20, 20, width=32)
ROWS = st.lists(st.tuples(LOGIT, LOGIT, LOGIT, LOGIT, st.integers(0, 1)), min_size=1, max_size=12)
WEIGHT = st.floats(0.01, 4)
TEMPERATURE = st.floats(0.5, 20)
CLASSES = 2


def tensors(rows):
    """The student's logits (B, 2), the teacher's (B, 2) and the labels (B,), in double precision."""
    values = torch.tensor([row[:4] for row in rows], dtype=torch.float64)
    return values[:, :2], values[:, 2:], torch.tensor([row[4] for row in rows])


def softmax(logits):
    """Probabilities (B, 2) in NumPy."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@given(ROWS, TEMPERATURE, WEIGHT, WEIGHT)
def test_kl_agrees_with_torchs_on_probabilities(rows, temperature, kd_weight, ce_weight):
    """The weighted sum of torch's cross-entropy and T^2 times its divergence, given probabilities."""
    student, teacher, labels = tensors(rows)
    how = Distillation(temperature=temperature, kd_weight=kd_weight, ce_weight=ce_weight)
    divergence = F.kl_div(
        (student / temperature).log_softmax(1), (teacher / temperature).softmax(1), reduction="batchmean"
    )
    expected = ce_weight * F.cross_entropy(student, labels) + kd_weight * temperature**2 * divergence
    torch.testing.assert_close(distillation_loss(student, teacher, labels, how), expected, rtol=1e-9, atol=1e-9)


@given(ROWS, TEMPERATURE, WEIGHT, WEIGHT)
def test_kl_agrees_with_its_formula(rows, temperature, kd_weight, ce_weight):
    """The mean over sentences of the formula as the paper has it, written out in NumPy."""
    student, teacher, labels = tensors(rows)
    how = Distillation(temperature=temperature, kd_weight=kd_weight, ce_weight=ce_weight)
    p = softmax(teacher.numpy() / temperature)
    q = softmax(student.numpy() / temperature)
    soft = (p * (np.log(p) - np.log(q))).sum(axis=1)  # (B,)
    hard = -np.log(softmax(student.numpy()))[np.arange(len(rows)), labels.numpy()]  # (B,)
    expected = (ce_weight * hard + kd_weight * temperature**2 * soft).mean()
    actual = distillation_loss(student, teacher, labels, how).item()
    assert actual == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(ROWS, TEMPERATURE, WEIGHT, WEIGHT)
def test_squared_error_is_of_the_raw_logits(rows, temperature, kd_weight, ce_weight):
    """With `mse` the soft part is the mean over sentences and classes of the squared difference, T unused."""
    student, teacher, labels = tensors(rows)
    how = Distillation(temperature=temperature, kd_weight=kd_weight, ce_weight=ce_weight, kd_loss="mse")
    hard = F.cross_entropy(student, labels).item()
    expected = ce_weight * hard + kd_weight * float(np.mean((student - teacher).numpy() ** 2))
    actual = distillation_loss(student, teacher, labels, how).item()
    assert actual == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("kind", ["kl", "mse"])
def test_a_weight_of_zero_leaves_a_part_out(kind):
    """With `ce_weight` 0 an equal teacher leaves nothing to learn; with `kd_weight` 0 only labels count."""
    student, teacher, labels = tensors([(1.0, -2.0, 1.0, -2.0, 0), (0.5, 3.0, 0.5, 3.0, 0)])
    no_labels = Distillation(ce_weight=0, kd_weight=1, kd_loss=kind)
    only_labels = Distillation(ce_weight=1, kd_weight=0, kd_loss=kind)
    assert distillation_loss(student, teacher, labels, no_labels).item() == pytest.approx(0.0, abs=1e-12)
    assert torch.equal(distillation_loss(student, teacher + 1, labels, only_labels), F.cross_entropy(student, labels))


@given(ROWS)
def test_a_high_temperature_matches_logits(rows):
    """T^2 KL tends to 1 / (2 C) of the squared distance between logits less their mean over the C classes."""
    student, teacher, labels = tensors(rows)
    how = Distillation(temperature=1e4, kd_weight=1, ce_weight=0)
    apart = student - teacher
    distance = (apart - apart.mean(dim=1, keepdim=True)).square().sum(dim=1)  # (B,)
    expected = distance.mean() / (2 * CLASSES)
    actual = distillation_loss(student, teacher, labels, how)
    torch.testing.assert_close(actual, expected, rtol=1e-2, atol=1e-6)


@given(ROWS)
def test_a_high_temperature_keeps_the_gradients(rows):
    """T^2 keeps the soft gradients in size: they tend to (student - teacher, less means) / (B C), T or not."""
    student, teacher, labels = tensors(rows)
    student.requires_grad_()
    how = Distillation(temperature=1e4, kd_weight=1, ce_weight=0)
    (gradient,) = torch.autograd.grad(distillation_loss(student, teacher, labels, how), student)
    apart = (student - teacher).detach()
    expected = (apart - apart.mean(dim=1, keepdim=True)) / (len(rows) * CLASSES)
    torch.testing.assert_close(gradient, expected, rtol=1e-2, atol=1e-6)


def test_the_divergence_has_a_direction():
    """KL goes from the teacher to the student: swapped, it is another number."""
    student, teacher, labels = tensors([(0.0, 3.0, 1.0, -1.0, 0)])
    how = Distillation(ce_weight=0, kd_weight=1)
    forwards = distillation_loss(student, teacher, labels, how)
    assert forwards.item() != pytest.approx(distillation_loss(teacher, student, labels, how).item(), rel=0.01)


@given(ROWS, st.floats(0, 0.9))
def test_smoothing_agrees_with_its_formula(rows, smoothing):
    """Cross-entropy against the label for 1 - s, and against both labels alike for s."""
    student, _, labels = tensors(rows)
    log_q = np.log(softmax(student.numpy()))
    target = (1 - smoothing) * np.eye(2)[labels.numpy()] + smoothing / 2
    actual = cross_entropy_objective(labels, "cpu", smoothing)(student, torch.arange(len(rows))).item()
    assert actual == pytest.approx(-(target * log_q).sum(axis=1).mean(), rel=1e-9, abs=1e-9)


@given(st.integers(1, 5), TEMPERATURE, st.integers(0, 99))
def test_ensembles_agree_with_their_formulas(count, temperature, seed):
    """The mean of logits, and the logits of mean probabilities; of one teacher both are what it says."""
    generator = torch.Generator().manual_seed(seed)
    teachers = 10 * torch.randn(count, 7, 2, generator=generator, dtype=torch.float64)
    geometric = combined(teachers, Distillation(temperature=temperature)).numpy()
    np.testing.assert_allclose(geometric, teachers.numpy().mean(axis=0), rtol=1e-9)
    arithmetic = combined(teachers, Distillation(temperature=temperature, ensemble="probabilities")).numpy()
    expected = np.mean([softmax(one / temperature) for one in teachers.numpy()], axis=0)
    np.testing.assert_allclose(softmax(arithmetic / temperature), expected, rtol=1e-9)


@pytest.mark.parametrize("ensemble", ["logits", "probabilities"])
def test_very_sure_teachers_are_averaged(ensemble):
    """Logits whose probabilities round to 0 leave no NaN."""
    teachers = torch.tensor([[[300.0, -300.0]], [[200.0, -200.0]]])
    mean = combined(teachers, Distillation(temperature=1.0, ensemble=ensemble))
    loss = distillation_loss(torch.zeros(1, 2), mean, torch.tensor([0]), Distillation(temperature=1.0))
    assert torch.isfinite(mean).all()
    assert torch.isfinite(loss)


@given(ROWS, WEIGHT, WEIGHT)
def test_all_labelled_is_as_without_a_mask(rows, kd_weight, ce_weight):
    """A mask of ones changes nothing; one of zeros leaves the soft term."""
    student, teacher, labels = tensors(rows)
    how = Distillation(kd_weight=kd_weight, ce_weight=ce_weight)
    ones = torch.ones(len(rows), dtype=torch.float64)
    whole = distillation_loss(student, teacher, labels, how)
    torch.testing.assert_close(distillation_loss(student, teacher, labels, how, ones), whole, rtol=1e-9, atol=1e-9)
    soft = whole - ce_weight * F.cross_entropy(student, labels)
    torch.testing.assert_close(distillation_loss(student, teacher, labels, how, 0 * ones), soft, rtol=1e-7, atol=1e-7)
