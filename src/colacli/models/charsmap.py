"""SentencePiece's compiled normalisation, as a `tokenizer.json` has it: checked before the Rust library reads it.

Four bytes with the size of a double-array trie (Aoe 1989; 32-bit units as in darts-clone), the trie, and the
replacements, each of which ends with a zero byte. The library follows the trie and cuts the text without a check, so
every way through the trie must stay inside it and end at the beginning of a replacement.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from itertools import accumulate

_LONGEST = 18
"""Most characters of a replacement, as in Unicode's NFKC."""
_HAS_LEAF, _IS_VALUE, _BLOCK = 1 << 8, 1 << 31, 0xFF


def check_charsmap(encoded: str) -> None:
    """Check that a map in base64 can be followed and multiplies no text.

    Raises:
        ValueError: it can't, or does.
    """
    content = base64.b64decode(encoded, validate=True)
    size = int.from_bytes(content[:4], "little")
    replacements = content[4 + size :]
    if size % 4 or not 0 < size <= len(content) - 4 or not replacements.endswith(b"\0"):
        raise ValueError("precompiled_charsmap is cut off")
    texts = replacements[:-1].split(b"\0")
    if any(len(text.decode()) > _LONGEST for text in texts):
        raise ValueError(f"precompiled_charsmap has a replacement of more than {_LONGEST} characters")
    starts = {0, *accumulate(len(text) + 1 for text in texts)} - {len(replacements)}
    _check_trie(struct.unpack_from(f"<{size // 4}I", content, 4), starts)


def _check_trie(units: Sequence[int], starts: set[int]) -> None:
    for index, unit in enumerate(units):
        if unit & _IS_VALUE and index:  # the root is followed whatever it is
            continue
        children = index ^ ((unit >> 10) << ((unit & 1 << 9) >> 6))
        if children | _BLOCK >= len(units):
            raise ValueError("precompiled_charsmap leads out of its trie")
        if unit & _HAS_LEAF and units[children] & (_IS_VALUE - 1) not in starts:
            raise ValueError("precompiled_charsmap has no such replacement")
