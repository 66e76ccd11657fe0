"""Attention itself: queries, keys and values, and the memory of those read before.

Letters: B sentences, H heads, d width, R rows of W places.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


class KeyValues:
    """One layer's keys and values of the tokens read so far: (B, H, up to `size`, d/H)."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.count = 0
        self.keys = self.values = torch.empty(0)

    @staticmethod
    def in_its_type(x: Tensor) -> Tensor:
        """As memories are on its device: on a CPU in fp32, in which one token's attention takes a third of the time."""
        return x.float() if x.device.type == "cpu" else x

    def extend(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add (B, H, T, d/H) and return all so far."""
        if self.count == 0:
            shape = (*keys.shape[:2], self.size, keys.shape[3])
            room = self.in_its_type(keys[:0])
            self.keys, self.values = room.new_empty(shape), room.new_empty(shape)
        end = self.count + keys.shape[2]
        self.keys[:, :, self.count : end] = keys
        self.values[:, :, self.count : end] = values
        self.count = end
        return self.keys[:, :, :end], self.values[:, :, :end]


_PLAIN_UP_TO = 256
"""Keys up to which two batched products beat the fused kernel on a CPU; their (W, W) still fits the cache."""


def attend(queries: Tensor, keys: Tensor, values: Tensor, scale: float, penalty: Tensor) -> Tensor:
    """Attention of queries to those keys that the penalty lets them see.

    Args:
        queries: (R, H, W, d/H).
        keys: (R, H, K, d/H), K at least W.
        values: (R, H, K, d/H).
        scale: factor of the scores.
        penalty: (R, 1, W, K), 0 or -inf, in the states' type.

    Returns:
        (R, H, W, d/H).
    """
    single = len(queries) == queries.shape[2] == 1  # the fused kernel is the faster for it
    if queries.device.type == "cpu" and keys.shape[2] <= _PLAIN_UP_TO and not single:
        scores = torch.matmul(queries * scale, keys.transpose(2, 3))  # (R, H, W, K)
        return torch.matmul(scores.add_(penalty).softmax(dim=-1), values)
    return F.scaled_dot_product_attention(queries, keys, values, attn_mask=penalty, scale=scale)
