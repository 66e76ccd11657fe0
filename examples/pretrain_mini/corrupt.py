"""A file for `colacli distil --transfer`: real sentences, each followed by twins with one thing wrong.

The teacher alone judges them.

python corrupt.py WORK/train-sentences.txt OUT.txt [--sentences 350000] [--twins 2] [--longest 20] [--seed 5]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from fakes import Forger

if TYPE_CHECKING:
    from collections.abc import Iterator

RENAMED = 0.5
"""Part of the sentences in which a name takes a pronoun's place where it can, as CoLA's sentences speak of people."""
BARE = 0.05
"""Part of them without the mark at the end, twins and all; CoLA has such."""


def with_twins(sentences: list[str], count: int, twins: int, longest: int, seed: int) -> Iterator[str]:
    """A number of random sentences of at most so many words, each followed by its twins."""
    generator = np.random.default_rng(seed)
    short = [sentence for sentence in sentences if len(sentence.split()) <= longest]
    forger = Forger(sentences)
    for place in generator.permutation(len(short))[:count]:
        sentence = short[place]
        if generator.random() < RENAMED:
            sentence = forger.rename(sentence, generator)
        texts = [sentence, *(forger.forge(sentence, generator)[0] for _ in range(twins))]
        is_bare = generator.random() < BARE
        yield from (text[:-1] if is_bare else text for text in texts)


def main() -> None:
    """Read the sentences, write them with their twins."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sentences_file", type=Path, help="a plain sentence a line, as prepare.py writes them")
    parser.add_argument("out", type=Path)
    parser.add_argument("--sentences", type=int, default=350_000, help="real ones")
    parser.add_argument("--twins", type=int, default=2, help="of each")
    parser.add_argument("--longest", type=int, default=20, help="words of a sentence")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    sentences = options.sentences_file.read_text(encoding="utf-8").splitlines()
    lines = with_twins(sentences, options.sentences, options.twins, options.longest, options.seed)
    options.out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
