"""Weights as 8-bit integers, and what that changes of a run's answers."""

from __future__ import annotations

from copy import deepcopy
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from colacli.errors import ModelError
from colacli.exports.agreement import Judged, named_splits
from colacli.exports.kinds import Agreement, Written
from colacli.metrics import predicted_labels
from colacli.statistics.comparison import Answers, compare_arms
from colacli.store.run import Run

_Model = TypeVar("_Model", bound=nn.Module)


def quantised(weight: Tensor) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A matrix (rows, columns) as integers of -127 to 127 and a scale (rows,): symmetric, to the nearest."""
    scales = weight.detach().abs().amax(dim=1) / 127
    scales[scales == 0] = 1.0
    return (weight.detach() / scales[:, None]).round().to(torch.int8).numpy(), scales.numpy()


def dequantised(model: _Model) -> _Model:
    """A copy with every matrix rounded, in fp32."""
    copy = deepcopy(model)
    with torch.no_grad():
        for parameter in copy.parameters():
            if parameter.ndim == 2:
                rounded, scales = map(torch.from_numpy, quantised(parameter))
                parameter.copy_(rounded.float() * scales[:, None])
    return copy


def measure_rounding(
    run: Run, judged: list[Judged], exact: list[Tensor], rounded: list[Tensor], hint: str = "leave --quantize out"
) -> Written:
    """How far int8's logits are from the run's, and what it changes of accuracy and MCC.

    Args:
        run: for the message.
        judged: by split.
        exact: logits (n, 2) of each split before rounding.
        rounded: after it.
        hint: what to do where it costs accuracy.

    Raises:
        ModelError: accuracy is lower on a split, beyond what chance explains.
    """
    changes = []
    for one, a, b in zip(judged, rounded, exact, strict=True):
        arms = [Answers(name, [predicted_labels(side.tolist())]) for name, side in (("int8", a), ("fp32", b))]
        change = compare_arms(one.labels, *arms)
        if change.interval[1] < 0:
            lost = f"{100 * change.accuracy_difference:+.2f} points of accuracy on {one.split}"
            raise ModelError(f"int8 costs run {run.key[:12]} {lost}", f"nothing was written; {hint}")
        changes.append((one.split, change))
    largest = max(float((one.logits - side).abs().max()) for one, side in zip(judged, rounded, strict=True))
    agreement = Agreement(sum(len(one.labels) for one in judged), named_splits(run, judged), largest)
    return Written(agreement, tuple(changes))
