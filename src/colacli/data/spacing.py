"""Whether a language puts spaces between its words: where it doesn't, counting words means nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""Characters of scripts without spaces between words: Thai and Lao, Tibetan, Burmese, Khmer, kana, Chinese."""
_LONGEST_WORD = 5
"""Mean characters between spaces; where there are more, these are no words. Chinese words have fewer than two."""


def length(text: str, *, unspaced: bool) -> int:
    """Its words, or its characters in a language that has no spaces between words."""
    return len(text if unspaced else text.split())


def is_unspaced(texts: Iterable[str]) -> bool:
    """Whether most characters are of scripts without spaces between words, and nobody has put spaces there."""
    pieces = [piece for text in texts for piece in text.split()]
    characters = sum(map(len, pieces))
    unspaced = sum(len(_UNSPACED.findall(piece)) for piece in pieces)
    return 2 * unspaced > characters > _LONGEST_WORD * len(pieces)
