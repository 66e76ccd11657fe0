"""A file for `colacli distil --transfer`: good and bad sentences by all rules, each only once; the teacher judges them.

python pair_text.py WORK/train-sentences.txt OUT.txt [--lines 1000000] [--longest 20] [--seed 7]
"""

from __future__ import annotations

import argparse
import gc
import random
from pathlib import Path
from typing import TYPE_CHECKING

from draws import Draws
from forge import BARE, Pairer

if TYPE_CHECKING:
    from collections.abc import Iterator


def pair_lines(pairer: Pairer, longest: int, seed: int) -> Iterator[str]:
    """Sentences of pairs, the good one first, as often as it is asked for; good ones have at most so many words."""
    draws, seen = Draws(str(seed)), set[str]()
    while True:
        good, bad, _ = pairer.pair(draws)
        if len(good.split()) > longest:
            continue
        if draws.random() < BARE:
            good, bad = good[:-1], bad[:-1]
        for text in (good, bad):
            if text not in seen:
                seen.add(text)
                yield text


def main() -> None:
    """Read the sentences, write those of pairs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sentences_file", type=Path, help="a plain sentence a line, as prepare.py writes them")
    parser.add_argument("out", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--longest", type=int, default=20, help="words of a good sentence")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    sentences = options.sentences_file.read_text(encoding="utf-8").splitlines()
    random.Random(0).shuffle(sentences)
    gc.disable()  # as in forge.py
    lines = pair_lines(Pairer(sentences), options.longest, options.seed)
    with options.out.open("w", encoding="utf-8") as file:
        file.writelines(f"{next(lines)}\n" for _ in range(options.lines))


if __name__ == "__main__":
    main()
