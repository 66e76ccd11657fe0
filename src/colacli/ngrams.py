"""Options of the n-gram baseline; what it does with them is in `models/ngrams.py`."""

from __future__ import annotations

from dataclasses import dataclass

from colacli.config import Checked, setting
from colacli.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Ngrams(Checked):
    """TF-IDF of n-grams, and a logistic regression on them."""

    words: int = setting(3, "Longest n-gram of words, from one word on; 0 leaves words out.", minimum=0, maximum=10)
    characters: int = setting(
        5, "Longest n-gram of characters within a word, from one on; 0 leaves them out.", minimum=0, maximum=20
    )
    c: float = setting(1.0, "Inverse of the strength of the L2 penalty.", above=0.0, maximum=1e6)

    def __post_init__(self) -> None:
        """Check limits, and that something is counted."""
        super().__post_init__()
        if not self.words and not self.characters:
            raise UsageError("--words and --characters are both 0: nothing would be counted", "leave one of them out")
