"""Sentences that a base model writes, each from the first tokens of a training sentence on (Tang, Lu, Lin 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from tokenizers import Tokenizer

from colacli.data.seeded_random import SeededRandom
from colacli.data.spacing import is_unspaced
from colacli.models.base import Base
from colacli.models.sampling import Sampling, continuations
from colacli.models.tokenizer import encode_all, load_tokenizer
from colacli.models.weights import load_language_model

_BATCH = 128
_PROMPTS = (1, 2, 3)
"""How many tokens of a training sentence are the prompt, in turn."""
_ADDED = 24
"""Tokens after which a sentence that has not ended is given up."""
_ENDS = frozenset(".?!")
_ENDS_UNSPACED = _ENDS | frozenset("。？！")
_SAMPLING = Sampling(temperature=1.0, top_k=200, top_p=0.95)


def generated_sentences(base: Base, sources: Sequence[str], rng: SeededRandom) -> Iterator[str]:
    """Without end: sentences that the base model writes, always in fp32 on the CPU, so that they are the same ones."""
    tokenizer = load_tokenizer(base.tokenizer, base.folder)
    encoded = encode_all(tokenizer, sources)
    prompts = {width: [ids[:width] for ids in encoded if len(ids) >= width] for width in _PROMPTS}
    model = load_language_model(base).eval()
    generator = torch.Generator().manual_seed(int(rng.random() * 2**53))
    ends = _ENDS_UNSPACED if is_unspaced(sources) else _ENDS
    added = min(_ADDED, base.config.n_positions - max(_PROMPTS))
    while True:
        for width in (width for width in _PROMPTS if prompts[width]):
            prompt = torch.tensor([rng.choice(prompts[width]) for _ in range(_BATCH)])  # (B, width)
            tokens = torch.cat([prompt, continuations(model, prompt, added, _SAMPLING, generator)], dim=1)
            yield from (_first_sentence(ids, width, ends, tokenizer) for ids in tokens.tolist())


def _first_sentence(ids: list[int], prompt: int, ends: frozenset[str], tokenizer: Tokenizer) -> str:
    """The text up to the first full stop, question mark or exclamation mark; empty where there is none."""
    for end in range(prompt + 1, len(ids) + 1):
        if tokenizer.decode(ids[end - 1 : end]).strip() in ends:
            text = " ".join(tokenizer.decode(ids[:end]).split())
            return text if text.isprintable() and "\N{REPLACEMENT CHARACTER}" not in text else ""
    return ""
