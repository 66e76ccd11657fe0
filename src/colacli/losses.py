"""Losses as pure functions: logits in, one number out."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from colacli.config import Distillation


def distillation_loss(logits: Tensor, teacher: Tensor, labels: Tensor, how: Distillation) -> Tensor:
    """What a student minimises (Hinton, Vinyals, Dean 2015, section 2), the mean over the batch.

    ce_weight * CE(student, label) + kd_weight * T^2 * KL(softmax(teacher / T) || softmax(student / T)).
    T^2 keeps the soft part's gradients as large as the hard part's when T changes. With
    `kd_loss` "mse" the second term is the squared difference of the logits, T unused
    (Ba and Caruana 2014).

    Args:
        logits: the student's, (B, 2).
        teacher: the teacher's, (B, 2).
        labels: (B,) int64.
        how: weights, temperature, kind.
    """
    hard = F.cross_entropy(logits, labels)
    if how.kd_loss == "mse":
        soft = F.mse_loss(logits, teacher)
    else:
        assert how.temperature is not None, "the Kullback-Leibler loss has a temperature"
        t = how.temperature
        student_log, teacher_log = F.log_softmax(logits / t, dim=1), F.log_softmax(teacher / t, dim=1)
        soft = t * t * F.kl_div(student_log, teacher_log, log_target=True, reduction="batchmean")
    return how.ce_weight * hard + how.kd_weight * soft
