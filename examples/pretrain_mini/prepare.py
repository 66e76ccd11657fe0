"""Text -> tokenizer, token stream, sentences. Run once; `train.py` reads what it writes.

python prepare.py TEXT_FOLDER WORK_FOLDER [--vocabulary 8192 | --tokenizer FILE]
"""

from __future__ import annotations

import argparse
import json
from itertools import islice
from pathlib import Path

import numpy as np
from text import is_plain, paragraphs, sentences, text_files
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

END = "<|endoftext|>"
END_ID = 0


def train_tokenizer(files: list[Path], vocabulary: int) -> Tokenizer:
    """A byte-level BPE like GPT-2's, but with a space before every text: a sentence's first word is its usual token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(paragraphs(files), trainer)
    return tokenizer


def pack(files: list[Path], tokenizer: Tokenizer) -> tuple[np.ndarray, np.ndarray, list[str], int]:
    """All paragraphs end to end, each followed by the end-of-text token.

    Returns:
        ids uint16 (tokens,); where sentences start, int64 (sentences,); the plain sentences; bytes of text.
    """
    ids: list[np.ndarray] = []
    starts: list[int] = []
    plain: list[str] = []
    at = size = 0
    source = paragraphs(files)
    while block := list(islice(source, 20_000)):
        size += sum(len(paragraph.encode()) for paragraph in block)
        split = [sentences(paragraph) for paragraph in block]
        encoded = iter(tokenizer.encode_batch_fast([text for group in split for text in group]))
        for group in split:
            for sentence in group:
                tokens = next(encoded).ids
                starts.append(at)
                ids.append(np.array(tokens, dtype=np.uint16))
                at += len(tokens)
                if is_plain(sentence):
                    plain.append(sentence)
            ids.append(np.array([END_ID], dtype=np.uint16))
            at += 1
    return np.concatenate(ids), np.array(starts), plain, size


def main() -> None:
    """Read the text, write the work folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=Path, help="folder with train*.txt[.xz] and valid*.txt[.xz], a paragraph a line")
    parser.add_argument("work", type=Path, help="folder to write to")
    parser.add_argument("--vocabulary", type=int, default=8192)
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json to take instead of training one")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.tokenizer:
        tokenizer = Tokenizer.from_file(str(options.tokenizer))
    else:
        tokenizer = train_tokenizer(text_files(options.text, "train"), options.vocabulary)
    tokenizer.save(str(options.work / "tokenizer.json"))
    report = {}
    for part in ("train", "valid"):
        ids, starts, plain, size = pack(text_files(options.text, part), tokenizer)
        np.save(options.work / f"{part}-ids.npy", ids)
        np.save(options.work / f"{part}-starts.npy", starts)
        plain = list(dict.fromkeys(plain))
        (options.work / f"{part}-sentences.txt").write_text("\n".join(plain) + "\n", encoding="utf-8")
        report[part] = {"tokens": len(ids), "sentences": len(starts), "plain": len(plain), "bytes": size}
    (options.work / "prepared.json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
