"""What this machine can do at most, measured: products of matrices, and reading memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.device import wait

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.piece import Result

SIDE = 4096
"""Of the square matrices: large enough that nothing but the multiplying takes time."""
_BATCHES = 5
"""About so many of judging are measured: the dev split's."""


def matrix_rate(_material: Path, *, precision: str, side: int = SIDE, device: str = "cpu") -> Result:
    """Floating-point operations a second of a large square product."""
    import torch

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    a, b = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    return {"flops_per_second": 2 * side**3 / _best_seconds(lambda: a @ b, device=device)}


def step_rate(_material: Path, *, precision: str, rows: int = 1170, device: str = "cpu") -> Result:
    """Floating-point operations a second of the frozen products of GPT-2's training step, and of nothing else.

    Both products of every projection of twelve blocks, each with weights of its own, with colacli's fastest kernel.

    Args:
        precision: of weights and states.
        rows: tokens of a batch of 128 of CoLA's sentences.
        device: where it is computed.
    """
    import torch

    from colacli.kernels.linear import FrozenMatrix

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    d, layers = 768, 12
    shapes = [(d, 3 * d), (d, d), (d, 4 * d), (4 * d, d)]
    states = {width: torch.randn(rows, width, device=device).to(dtype) for width in (d, 3 * d, 4 * d)}
    bias = {width: torch.zeros(width, dtype=dtype, device=device) for width in states}
    matrices = [(FrozenMatrix(torch.randn(*shape, device=device) * 0.02, dtype), *shape) for shape in layers * shapes]

    def step() -> None:
        for matrix, d_in, d_out in matrices:
            matrix.product(states[d_in], bias[d_out])
        for matrix, d_in, d_out in reversed(matrices):
            matrix.back(states[d_out], states[d_in])

    return {"flops_per_second": frozen_flops(d, layers, 4 * d, rows) / _best_seconds(step, device=device)}


def judging_rate(material: Path, *, precision: str, judged: bool) -> Result:
    """Floating-point operations a second of the products of judging, and of nothing else.

    Every projection of twelve blocks, with weights of its own and colacli's fastest kernel, for as many tokens as the
    batches have: the last block's for the last tokens alone, but for its keys and values.

    Args:
        material: the sentences.
        precision: of weights and states.
        judged: some batches of what `judge` reads, evenly spread; else all of the dev split.
    """
    import torch

    from benchmarks.material import judged_texts, read_split, tokenised
    from colacli.data.corpus import IN_DOMAIN_DEV
    from colacli.kernels.linear import PackedLinear
    from colacli.kernels.prefixes import SharedPrefixes
    from colacli.training.fit import JUDGING_BATCH

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    tokens = tokenised(material, judged_texts(material) if judged else read_split(material, IN_DOMAIN_DEV).texts)
    rows = tokens.by_prefix(JUDGING_BATCH)
    batches = [SharedPrefixes.of(tokens.batch(some)) for some in rows[:: max(1, len(rows) // _BATCHES)]]
    counts = [(len(batch.ids), len(batch.last)) for batch in batches]
    d, layers = 768, 12
    shapes = [(d, 3 * d), (d, d), (d, 4 * d), (4 * d, d)]
    states = {width: torch.randn(max(count for count, _ in counts), width).to(dtype) for width in (d, 4 * d)}
    with torch.no_grad():

        def packed(d_in: int, d_out: int) -> tuple[PackedLinear, int]:
            return PackedLinear((torch.randn(d_in, d_out) * 0.02).to(dtype), torch.zeros(d_out)), d_in

        matrices = [[packed(*shape) for shape in shapes] for _ in range(layers)]

        def judge() -> None:
            for count, last in counts:
                for block, projections in enumerate(matrices):
                    for projection, (matrix, d_in) in enumerate(projections):
                        matrix(states[d_in][: count if block < layers - 1 or projection == 0 else last])

        seconds = _best_seconds(judge, repeats=4)
    flops = sum(_products(d, layers, 4 * d, count, last, queries=count) for count, last in counts)
    return {"flops_per_second": flops / seconds}


def judging_flops(width: int, layers: int, inner: int, sentences: Sequence[Sequence[int]]) -> int:
    """Floating-point operations of the frozen products that the logits of sentences need.

    Each distinct prefix of all sentences once; of the last block keys and values of all, and all else of last tokens.

    Args:
        width: d, of the states.
        layers: blocks.
        inner: width inside the MLP.
        sentences: the tokens of each.
    """
    prefixes = {tuple(ids[:end]) for ids in sentences for end in range(1, len(ids) + 1)}
    last = len(set(map(tuple, sentences)))
    return _products(width, layers, inner, len(prefixes), last, queries=last)


def _products(width: int, layers: int, inner: int, tokens: int, last: int, *, queries: int) -> int:
    """Operations of every projection for all tokens; of the last block only keys, values and so many queries."""
    others = width * width + 2 * width * inner  # attn.c_proj, c_fc and mlp.c_proj
    whole = (layers - 1) * tokens * (3 * width * width + others)
    return 2 * (whole + (2 * tokens + queries) * width * width + last * others)


def memory_bandwidth(_material: Path, *, device: str = "cpu") -> Result:
    """Bytes read a second by the sum of a large vector."""
    import torch

    x = torch.ones(2**28, device=device)  # 1 GiB, far more than any cache holds
    return {"bytes_per_second": 4 * len(x) / _best_seconds(lambda: x.sum(), device=device)}


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


def _best_seconds(work: Callable[[], object], repeats: int = 8, device: str = "cpu") -> float:
    """Of several calls after one to warm up: a limit is what was reached once."""
    work()
    wait(device)
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        wait(device)
        best = min(best, time.perf_counter() - started)
    return best
