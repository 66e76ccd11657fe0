"""Attention, and the key-value cache. Which kernel computes it is chosen here, and nowhere else.

Letters: B sentences, H heads, d width, R rows of W positions, K keys.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_UNFUSED_KEYS = 256
"""Keys up to which two batched products are faster than the fused kernel on a CPU: their (W, W) fits its cache."""


class KeyValueCache:
    """Keys and values (B, H, up to `size`, d/H) of previous tokens in one layer."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.count = 0
        self.keys = self.values = torch.empty(0)

    def extend(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Append (B, H, T, d/H) and return all."""
        if self.count == 0:
            shape = (*keys.shape[:2], self.size, keys.shape[3])
            self.keys, self.values = keys.new_empty(shape), keys.new_empty(shape)
        end = self.count + keys.shape[2]
        self.keys[:, :, self.count : end] = keys
        self.values[:, :, self.count : end] = values
        self.count = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def select(self, rows: Tensor) -> None:
        """Go on with the sentences at `rows` (B,), in that order; one may be there several times."""
        self.keys, self.values = (self._selected(old, rows) for old in (self.keys, self.values))

    def _selected(self, old: Tensor, rows: Tensor) -> Tensor:
        new = old.new_empty(len(rows), *old.shape[1:])
        new[:, :, : self.count] = old[:, :, : self.count].index_select(0, rows.to(old.device))
        return new


def attend(
    queries: Tensor, keys: Tensor, values: Tensor, scale: float, mask: Tensor | None, cache: KeyValueCache | None = None
) -> Tensor:
    """Masked attention to the keys, and to those in a cache before them.

    On a CPU the cache is fp32: attention of a single token takes a third of the time in bf16.

    Args:
        queries: (R, H, W, d/H).
        keys: (R, H, W, d/H).
        values: (R, H, W, d/H).
        scale: of the scores.
        mask: (R, 1, W, K) added to the scores, 0 or -inf, in the type of the states; None where not `needs_mask`.
        cache: the K - W previous keys and values; it is extended.

    Returns:
        (R, H, W, d/H).
    """
    if cache is None:
        return _attend(queries, keys, values, scale, mask)
    if queries.device.type != "cpu":
        return _attend(queries, *cache.extend(keys, values), scale, mask)
    assert mask is not None, "a CPU needs one"
    keys, values = cache.extend(keys.float(), values.float())
    return _attend(queries.float(), keys, values, scale, mask.float()).to(queries.dtype)


def needs_mask(device: torch.device, width: int, before: int) -> bool:
    """Whether rows of one sentence each need a mask for attention on a device.

    CUDA's flash kernels take none: that each query sees the keys up to its own is said to them by a flag, and only
    where nothing is in the cache; a single query sees all keys. What has a mask is computed by the memory-efficient
    kernels. A CPU's kernels take one, so that its numbers stay as they are.

    Args:
        device: where it is computed.
        width: W.
        before: keys in the cache, K - W.
    """
    return device.type == "cpu" or (width > 1 and before > 0)


def takes_rows(qkv: Tensor, cache: KeyValueCache | None) -> bool:
    """Whether `row_attention` computes it: in training on an accelerator, where the number of operators counts."""
    return qkv.device.type != "cpu" and qkv.requires_grad and cache is None


def _attend(queries: Tensor, keys: Tensor, values: Tensor, scale: float, mask: Tensor | None) -> Tensor:
    if mask is None:
        return F.scaled_dot_product_attention(queries, keys, values, is_causal=queries.shape[2] > 1, scale=scale)
    if _is_unfused(queries, keys):
        scores = torch.matmul(queries * scale, keys.transpose(2, 3))  # (R, H, W, K)
        return torch.matmul(scores.add_(mask).softmax(dim=-1), values)
    return F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, scale=scale)


def _is_unfused(queries: Tensor, keys: Tensor) -> bool:
    """Whether two batched products are taken: in training on a GPU, and for short rows on a CPU.

    The gradients of CUDA's fused kernels are added in no fixed order, unless torch is told to fail where it can't have
    one; and an error in the midst of a training would be worse.
    """
    if queries.device.type != "cpu":
        return queries.requires_grad or keys.requires_grad
    is_single = len(queries) == queries.shape[2] == 1  # for which the fused kernel is faster
    return keys.shape[2] <= _UNFUSED_KEYS and not is_single
