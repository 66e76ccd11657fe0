"""Attention, and the key-value cache. Which kernel computes it is chosen here, and of rows on a CPU by their layout.

Letters: B sentences, H heads, d width, R rows of W positions, K keys.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

_UNFUSED_KEYS = 256
"""Keys up to which two batched products are faster than the fused kernel on a CPU: their (W, W) fits its cache."""
_BLOCK_KEYS = 64
"""Keys that CUDA's memory-efficient kernel has in a block, at the least."""
MASK_ALIGNMENT = 8
"""Elements to which the rows of a mask are aligned on an accelerator: others the library would copy in every layer."""


class KeyValueCache:
    """Keys and values (2, B, H, up to `size`, d/H) of previous tokens in one layer."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.count = 0
        self.selections = 0
        """How often its memory has become another, by `select`."""
        self._both = torch.empty(0)

    def extend(self, both: Tensor) -> tuple[Tensor, Tensor]:
        """Append keys and values (2, B, H, T, d/H) of the next tokens; return those of all, (B, H, K, d/H) each."""
        if self.count == 0:  # with zeros: what `attend_at` gives no weight must be numbers
            self._both = both.new_zeros(*both.shape[:3], self.room(both.device), both.shape[4])
        self._both.narrow(3, self.count, both.shape[3]).copy_(both)
        self.count += both.shape[3]
        keys, values = self._both.narrow(3, 0, self.count).unbind(0)
        return keys, values

    def claim(self, texts: int, heads: int, width: int) -> Tensor:
        """Count a token more on a CPU, whose keys and values the caller writes: all memory, (2, B, H, room, d/H)."""
        if self.count == 0:
            self._both = torch.zeros(2, texts, heads, self.size, width)
        self.count += 1
        return self._both

    def put(self, both: Tensor, position: Tensor) -> tuple[Tensor, Tensor]:
        """Write those (2, B, H, 1, d/H) of one token at a position (1,) on the device; return all (B, H, room, d/H).

        What is after the position is 0. `count` stays, for a graph changes no number of the host.
        """
        keys, values = self._both.index_copy_(3, position, both).unbind(0)
        return keys, values

    def room(self, device: torch.device) -> int:
        """Tokens that there is memory for: a mask over all of them is aligned on an accelerator."""
        return self.size if device.type == "cpu" else -(-self.size // MASK_ALIGNMENT) * MASK_ALIGNMENT

    def select(self, rows: Tensor) -> None:
        """Go on with the sentences at `rows` (B,), in that order; one may be there several times."""
        self.selections += 1
        old = self._both
        self._both = old.new_zeros(2, len(rows), *old.shape[2:])
        read = old.narrow(3, 0, self.count).index_select(1, rows.to(old.device))
        self._both.narrow(3, 0, self.count).copy_(read)


def attend(queries: Tensor, keys: Tensor, values: Tensor, scale: float, mask: Tensor | None) -> Tensor:
    """Masked attention.

    Args:
        queries: (R, H, W, d/H).
        keys: (R, H, K, d/H).
        values: (R, H, K, d/H).
        scale: of the scores.
        mask: (R, 1, W, K) added to the scores, 0 or -inf, in the type of the states; None where not `needs_mask`.

    Returns:
        (R, H, W, d/H).
    """
    if mask is None and queries.shape[2] > 1:
        return F.scaled_dot_product_attention(queries, keys, values, is_causal=True, scale=scale)
    if _is_unfused(queries, keys):
        scores = torch.matmul(queries * scale, keys.transpose(2, 3))  # (R, H, W, K)
        scores = scores if mask is None else scores.add_(mask)
        return torch.matmul(scores.softmax(dim=-1), values)
    return F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, scale=scale)


def attend_cached(states: Tensor, scale: float, mask: Tensor | None, cache: KeyValueCache) -> Tensor:
    """The same of the next T tokens, which attend to those in a cache too.

    On a CPU the cache is fp32: attention of a single token takes a third of the time in bf16.

    Args:
        states: (3, B, H, T, d/H), queries, keys and values.
        scale: of the scores.
        mask: (B, 1, T, K).
        cache: the K - T previous keys and values; it is extended.

    Returns:
        (B, H, T, d/H).
    """
    if states.device.type != "cpu":
        return attend(states[0], *cache.extend(states[1:]), scale, mask)
    wide = states.float()
    return attend(wide[0], *cache.extend(wide[1:]), scale, None if mask is None else mask.float()).to(states.dtype)


def attend_at(states: Tensor, scale: float, mask: Tensor, cache: KeyValueCache, position: Tensor) -> Tensor:
    """The same of one token of each text, with no number that the host has to know: for a graph.

    Args:
        states: (3, B, H, 1, d/H).
        scale: of the scores.
        mask: (1, 1, 1, room of the cache), -inf after the position.
        cache: it is written to.
        position: (1,) int64, on the device.

    Returns:
        (B, H, 1, d/H).
    """
    queries = states[0]
    mask = mask.expand(*queries.shape[:3], mask.shape[3])
    return F.scaled_dot_product_attention(queries, *cache.put(states[1:], position), attn_mask=mask, scale=scale)


def needs_mask(device: torch.device, width: int, before: int) -> bool:
    """Whether rows of one sentence each need a mask for attention on a device.

    A single query sees all keys. CUDA's flash kernels take none: that each query sees the keys up to its own is said to
    them by a flag, and only where nothing is in the cache. What has a mask is computed by the memory-efficient kernels.
    A CPU's kernels take one, so that its numbers stay as they are.

    Args:
        device: where it is computed.
        width: W.
        before: keys in the cache, K - W.
    """
    return width > 1 and (device.type == "cpu" or before > 0)


def takes_rows(qkv: Tensor, width: int, scale: float, cache: KeyValueCache | None) -> bool:
    """Whether it is computed for rows of several sentences at once: what `attend` gives, or nearly.

    On an accelerator the fused kernel is faster where its gradients have an order, or none is needed, and for long rows
    on a CPU. There the scale has to be a power of two, as it is for heads of 64: then the numbers are those of `attend`
    to the bit.
    """
    if cache is not None:
        return False
    if qkv.device.type == "cpu":
        return width <= _UNFUSED_KEYS and math.frexp(scale)[0] == 0.5
    return qkv.requires_grad and not _has_one_block(qkv.device, width)


def _is_unfused(queries: Tensor, keys: Tensor) -> bool:
    """Whether two batched products are taken: in training on a GPU for long rows, and for short rows on a CPU."""
    if queries.device.type != "cpu":
        return (queries.requires_grad or keys.requires_grad) and not _has_one_block(queries.device, keys.shape[2])
    is_single = len(queries) == queries.shape[2] == 1  # for which the fused kernel is faster
    return keys.shape[2] <= _UNFUSED_KEYS and not is_single


def _has_one_block(device: torch.device, keys: int) -> bool:
    """Whether all keys of a row are one block of CUDA's memory-efficient kernel.

    It adds the gradients of several blocks in no fixed order, unless torch is told to fail where it can't have one; and
    an error in the midst of a training would be worse.
    """
    return device.type == "cuda" and keys <= _BLOCK_KEYS
