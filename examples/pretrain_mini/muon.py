"""Muon (Jordan et al. 2024) for matrices, all of one shape together."""

from __future__ import annotations

import torch
from torch import Tensor, nn

MOMENTUM, DECAY = 0.95, 0.05
COEFFICIENTS, STEPS = (3.4445, -4.7750, 2.0315), 5


class Muon(torch.optim.Optimizer):
    """Momentum, made orthogonal by Newton and Schulz' iteration; steps have the root mean square of AdamW's.

    As `torch.optim.Muon(..., adjust_lr_fn="match_rms_adamw")`, which takes the matrices one after the other.
    """

    def __init__(self, matrices: list[nn.Parameter], lr: float) -> None:
        groups: dict[tuple[int, ...], list[nn.Parameter]] = {}
        for matrix in matrices:
            groups.setdefault(tuple(matrix.shape), []).append(matrix)
        super().__init__([{"params": group} for group in groups.values()], {"lr": lr})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override] # there is no closure
        """One step of all matrices."""
        for group in self.param_groups:
            weights, lr = group["params"], group["lr"]
            gradients = torch.stack([weight.grad for weight in weights])  # (n, a, b)
            momenta = [self.state[weight].setdefault("momentum", torch.zeros_like(weight)) for weight in weights]
            torch._foreach_lerp_(momenta, list(gradients.unbind()), 1 - MOMENTUM)
            directions = orthogonal(gradients.lerp(torch.stack(momenta), MOMENTUM))  # Nesterov's
            torch._foreach_mul_(weights, 1 - lr * DECAY)
            size = 0.2 * max(weights[0].shape) ** 0.5
            torch._foreach_add_(weights, list(directions.to(weights[0].dtype).unbind()), alpha=-lr * size)


def orthogonal(matrices: Tensor) -> Tensor:
    """Nearly the nearest matrices with orthonormal rows or columns: (n, a, b) -> (n, a, b) bf16."""
    a, b, c = COEFFICIENTS
    x = matrices.bfloat16()
    is_tall = x.shape[1] > x.shape[2]
    x = x.mT if is_tall else x
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(STEPS):
        product = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(product, product, product, beta=b, alpha=c), x, beta=a)
    return x.mT if is_tall else x
