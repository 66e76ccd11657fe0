"""Write the bundled minimal pairs: `python -m examples.sample_grammar.pairs FILE`, in the project's folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from colacli.data.seeded_random import SeededRandom
from examples.sample_grammar.corpus import make_corpus
from examples.sample_grammar.grammar import Phenomenon, draw
from examples.sample_grammar.phenomena import PHENOMENA

_EACH = 10
"""Pairs of a phenomenon."""


def pair_lines(seed: int = 1) -> str:
    """JSON lines, the phenomena in order; no sentence is in the bundled corpus, or stands here twice."""
    used = {text for split in make_corpus().splits.values() for text in split.texts}
    return "".join(line for phenomenon in PHENOMENA.values() for line in _lines(phenomenon, seed, used))


def _lines(phenomenon: Phenomenon, seed: int, used: set[str]) -> list[str]:
    c = SeededRandom(f"{seed} pairs {phenomenon.name}")
    lines: list[str] = []
    while len(lines) < _EACH:
        good, bad = draw(phenomenon.templates[len(lines) % len(phenomenon.templates)], c)
        if good == bad or not used.isdisjoint((good, bad)):
            continue
        used.update((good, bad))
        name = phenomenon.name
        row = {"sentence_good": good, "sentence_bad": bad, "linguistics_term": name, "UID": name}
        lines.append(json.dumps(row) + "\n")
    return lines


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(pair_lines(), encoding="utf-8", newline="\n")
