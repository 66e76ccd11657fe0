"""SentencePiece's compiled normalisation of a few characters."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_HAS_LEAF, _IS_VALUE, _BLOCK = 1 << 8, 1 << 31, 256


def charsmap(replacements: Mapping[str, str]) -> bytes:
    """The map that replaces these: a double-array trie in which each node has a block of its own."""
    prefixes = {key.encode()[:end] for key in replacements for end in range(len(key.encode()) + 1)}
    blocks = {prefix: _BLOCK * (1 + rank) for rank, prefix in enumerate(sorted(prefixes))}
    units = [0] * (_BLOCK * (1 + len(blocks)))
    for prefix, block in blocks.items():
        place = blocks[prefix[:-1]] ^ prefix[-1] if prefix else 0
        units[place] = (place ^ block) << 10 | (prefix[-1] if prefix else 0)
    texts = b""
    for key, text in replacements.items():
        prefix = key.encode()
        units[blocks[prefix[:-1]] ^ prefix[-1]] |= _HAS_LEAF
        units[blocks[prefix]] = _IS_VALUE | len(texts)
        texts += text.encode() + b"\0"
    trie = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(trie)) + trie + texts
