"""What this machine can do at most, measured: products of matrices, and reading memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.piece import Result

SIDE = 4096
"""Of the square matrices: large enough that nothing but the multiplying takes time."""


def matrix_rate(_material: Path, *, precision: str) -> Result:
    """Floating-point operations a second of a large square product."""
    import torch

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    a, b = (torch.randn(SIDE, SIDE).to(dtype) for _ in range(2))
    return {"flops_per_second": 2 * SIDE**3 / _best_seconds(lambda: a @ b)}


def step_rate(_material: Path, *, precision: str, rows: int = 1170) -> Result:
    """Floating-point operations a second of the frozen products of GPT-2's training step, and of nothing else.

    Both products of every projection of twelve blocks, each with weights of its own, with colacli's fastest kernel.

    Args:
        precision: of weights and states.
        rows: tokens of a batch of 128 of CoLA's sentences.
    """
    import torch

    from colacli.kernels.linear import FrozenMatrix

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    d, layers = 768, 12
    shapes = [(d, 3 * d), (d, d), (d, 4 * d), (4 * d, d)]
    states = {width: torch.randn(rows, width).to(dtype) for width in (d, 3 * d, 4 * d)}
    bias = {width: torch.zeros(width, dtype=dtype) for width in states}
    matrices = [(FrozenMatrix(torch.randn(*shape) * 0.02, dtype), *shape) for shape in layers * shapes]

    def step() -> None:
        for matrix, d_in, d_out in matrices:
            matrix.product(states[d_in], bias[d_out])
        for matrix, d_in, d_out in reversed(matrices):
            matrix.back(states[d_out], states[d_in])

    return {"flops_per_second": frozen_flops(d, layers, 4 * d, rows) / _best_seconds(step)}


def memory_bandwidth(_material: Path) -> Result:
    """Bytes read a second by the sum of a large vector."""
    import torch

    x = torch.ones(2**28)  # 1 GiB, far more than any cache holds
    return {"bytes_per_second": 4 * len(x) / _best_seconds(lambda: x.sum())}


def frozen_flops(width: int, layers: int, inner: int, tokens: int) -> int:
    """Floating-point operations of the frozen projections' products in one training step.

    Two products a projection, forward and the gradient of its input, each of 2 operations an element of its
    matrix and token. Nominal: what a model may skip exactly (the lowest projection's input gradient, padding's
    share, tokens that no logit depends on) is not taken off, so it helps a model that skips it.

    Args:
        width: d, of the states.
        layers: blocks.
        inner: width inside the MLP.
        tokens: N, real ones.
    """
    projections = width * 3 * width + width * width + 2 * width * inner  # c_attn, attn.c_proj, c_fc with mlp.c_proj
    return 2 * 2 * tokens * layers * projections


def _best_seconds(work: Callable[[], object], repeats: int = 8) -> float:
    """Of several calls after one to warm up: a limit is what was reached once."""
    work()
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best
