"""Pairs of a good and a bad sentence as rows of tokens, made by many processes.

python forge.py WORK OUT.npz --pairs 1000000 [--seed 0] [--workers 4] [--width 32] [--part valid]

The file has `ids` uint16 (2, P, W), good then bad, the end-of-text token after the end of each row; `lengths` uint8
(2, P); `first_wrong` uint8 (P,), from which token on the bad row differs; `kinds` uint8 (P,), a place in `names`. A
block of pairs is a function of the seed and the block's number, so the workers' number doesn't change the file.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import random
from pathlib import Path

# Each worker is one process; the tokenizer's own threads would not survive the fork.
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import agreement
import binding
import ellipsis_rules
import islands
import licensing
import numpy as np
import quantifiers
import questions
import raising
import verbs
from draws import Draws
from pairing import PAIR_RULES, Pairer
from prepare import END_ID
from rules import RULES
from tokenizers import Tokenizer

FAMILIES = (questions, islands, raising, ellipsis_rules, licensing, quantifiers, binding, agreement, verbs)
"""The files of rules, each of which registers its own."""
NAMES = [*RULES, *PAIR_RULES]
BLOCK = 4096
BARE = 0.05
"""Part of the pairs without the mark at the end; CoLA has such."""
Rows = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


class Blocks:
    """Makes blocks of rows of at most `width` tokens."""

    def __init__(self, pairer: Pairer, tokenizer: Tokenizer, seed: int, width: int) -> None:
        self._pairer, self._tokenizer, self._seed, self._width = pairer, tokenizer, seed, width
        self._numbers = {name: number for number, name in enumerate(NAMES)}

    def rows(self, number: int) -> Rows:
        """One block: ids, lengths, first_wrong, kinds."""
        draws = Draws(f"{self._seed}-{number}")
        good: list[list[int]] = []
        bad: list[list[int]] = []
        kinds: list[int] = []
        while len(good) < BLOCK:
            made = [self._texts(draws) for _ in range(BLOCK - len(good) + 64)]
            encoded = self._tokenizer.encode_batch_fast([text for pair in made for text in pair[:2]])
            for i, (_, _, name) in enumerate(made):
                rows = encoded[2 * i].ids, encoded[2 * i + 1].ids
                if rows[0] != rows[1] and max(map(len, rows)) <= self._width and len(good) < BLOCK:
                    good.append(rows[0])
                    bad.append(rows[1])
                    kinds.append(self._numbers[name])
        return self._packed(good, bad, kinds)

    def _texts(self, draws: Draws) -> tuple[str, str, str]:
        good, bad, name = self._pairer.pair(draws)
        return (good[:-1], bad[:-1], name) if draws.random() < BARE else (good, bad, name)

    def _packed(self, good: list[list[int]], bad: list[list[int]], kinds: list[int]) -> Rows:
        ids = np.full((2, BLOCK, self._width), END_ID, dtype=np.uint16)
        for side, rows in enumerate((good, bad)):
            for i, row in enumerate(rows):
                ids[side, i, : len(row)] = row
        lengths = np.array([[len(row) for row in rows] for rows in (good, bad)], dtype=np.uint8)
        differs = ids[0] != ids[1]  # (P, W); the end-of-text token stands in no sentence
        first = np.minimum(differs.argmax(axis=1), lengths[1] - 1)
        return ids, lengths, first.astype(np.uint8), np.array(kinds, dtype=np.uint8)


_blocks: list[Blocks] = []  # what a forked worker inherits


def _rows(number: int) -> Rows:
    return _blocks[0].rows(number)


def forge(blocks: Blocks, pairs: int, workers: int) -> dict[str, np.ndarray]:
    """So many pairs, the blocks in order."""
    _blocks[:] = [blocks]
    numbers = range(-(-pairs // BLOCK))
    if workers > 1:
        with multiprocessing.get_context("fork").Pool(workers) as pool:
            parts = pool.map(_rows, numbers, chunksize=1)
    else:
        parts = [_rows(number) for number in numbers]
    ids, lengths, first, kinds = zip(*parts, strict=True)
    return {
        "ids": np.concatenate(ids, axis=1)[:, :pairs],
        "lengths": np.concatenate(lengths, axis=1)[:, :pairs],
        "first_wrong": np.concatenate(first)[:pairs],
        "kinds": np.concatenate(kinds)[:pairs],
        "names": np.array(NAMES),
    }


def main() -> None:
    """Read the sentences, write the pairs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("work", type=Path, help="folder that prepare.py wrote")
    parser.add_argument("out", type=Path, help=".npz file to write")
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--width", type=int, default=32, help="tokens in a row, at most 255")
    parser.add_argument("--part", default="train", help="train or valid: whose sentences")
    options = parser.parse_args()
    sentences = (options.work / f"{options.part}-sentences.txt").read_text(encoding="utf-8").splitlines()
    random.Random(0).shuffle(sentences)
    gc.disable()  # millions of small lists, hardly any in a cycle; workers would copy the pages that it touches
    tokenizer = Tokenizer.from_file(str(options.work / "tokenizer.json"))
    made = forge(Blocks(Pairer(sentences), tokenizer, options.seed, options.width), options.pairs, options.workers)
    unfinished = options.out.with_suffix(".part")  # train.py may wait for the whole file
    with unfinished.open("wb") as file:
        np.savez(file, **made)
    unfinished.replace(options.out)
    counts = np.bincount(made["kinds"], minlength=len(NAMES)) / len(made["kinds"])
    print(f"{len(made['kinds'])} pairs; " + ", ".join(f"{n} {c:.3f}" for n, c in zip(NAMES, counts, strict=True)))


if __name__ == "__main__":
    main()
