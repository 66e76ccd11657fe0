"""Losses as pure functions: logits in, one number out."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor

from colacli.distillation import Distillation


def distillation_loss(
    logits: Tensor, teacher: Tensor, labels: Tensor, distillation: Distillation, is_labelled: Tensor | None = None
) -> Tensor:
    """What a student minimises (Hinton, Vinyals, Dean 2015, section 2), the mean over the batch.

    ce_weight * CE(student, label) + kd_weight * T^2 * KL(softmax(teacher / T) || softmax(student / T)).
    T^2 keeps the soft part's gradients as large as the hard part's when T changes. With
    `kd_loss` "mse" the second term is the squared difference of the logits, T unused
    (Ba and Caruana 2014). With `teacher_control` "hard" it is the cross-entropy with the teacher's decision.

    Args:
        logits: the student's, (B, 2).
        teacher: the teacher's, (B, 2).
        labels: (B,) int64.
        distillation: weights, temperature, kind.
        is_labelled: (B,) 1 for sentences that have a label, 0 for those of a transfer set: these have no first term.
            None where all have one.
    """
    if is_labelled is None:
        hard = F.cross_entropy(logits, labels)
    else:
        hard = (F.cross_entropy(logits, labels, reduction="none") * is_labelled).mean()
    if distillation.teacher_control == "hard":
        soft = F.cross_entropy(logits, teacher.argmax(dim=1))
    elif distillation.kd_loss == "mse":
        soft = F.mse_loss(logits, teacher)
    else:
        assert distillation.temperature is not None, "the Kullback-Leibler loss has a temperature"
        t = distillation.temperature
        student_log, teacher_log = F.log_softmax(logits / t, dim=1), F.log_softmax(teacher / t, dim=1)
        soft = t * t * F.kl_div(student_log, teacher_log, log_target=True, reduction="batchmean")
    return distillation.ce_weight * hard + distillation.kd_weight * soft


def prefix_loss(logits: Tensor, teacher: Tensor, weights: Tensor, temperature: float) -> Tensor:
    """T^2 KL(softmax(teacher / T) || softmax(student / T)) of prefixes, their weighted sum.

    Args:
        logits: the student's, (N, 2), of the prefix that ends with each token.
        teacher: the teacher's, (N, 2).
        weights: (N,).
        temperature: T.
    """
    student_log, teacher_log = (F.log_softmax(side / temperature, dim=1) for side in (logits, teacher))
    divergence = F.kl_div(student_log, teacher_log, log_target=True, reduction="none").sum(dim=1)  # (N,)
    return temperature**2 * divergence @ weights


def state_distance(predicted: Tensor, states: Tensor) -> Tensor:
    """Squared distance of predicted states p from a teacher's s, the mean of |p / |p| - s / |s||^2 over the batch.

    Only directions are compared, as by Sun et al. 2019 (patient knowledge distillation): lengths carry no knowledge.

    Args:
        predicted: a student's, (B, d).
        states: the teacher's, (B, d).
    """
    difference = F.normalize(predicted, dim=1) - F.normalize(states, dim=1)
    return difference.square().sum(dim=1).mean()


def combined(teachers: Tensor, distillation: Distillation) -> Tensor:
    """An ensemble's logits (n, 2) from those of its K teachers, (K, n, 2).

    Their mean, which is the geometric mean of the probabilities; or, with `ensemble` "probabilities", logits whose
    probabilities at the temperature are the arithmetic mean of the teachers' (both in Hinton, Vinyals, Dean 2015,
    section 1).
    """
    if distillation.ensemble == "logits":
        return teachers.mean(dim=0)
    t = distillation.temperature or 1.0
    mean = F.log_softmax(teachers / t, dim=2).logsumexp(dim=0) - math.log(len(teachers))
    return t * mean
