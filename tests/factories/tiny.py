"""Small things that many tests need: a GPT-2 with random weights, its tokenizer, a corpus, batches."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch
    from tokenizers import Tokenizer
    from transformers import GPT2Config as TheirConfig

    from colacli.kernels.packing import Batch
    from colacli.models.base import Base

END = "<|endoftext|>"
TINY = {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 64}

_SUBJECTS = ("the baker", "my uncle", "a sailor", "our teacher", "the gardener", "that girl")
_VERBS = ("paints", "carries", "finds")
_OBJECTS = ("a lamp", "the basket", "two chairs", "some bread", "an old boat")
_SIZES = {"in_domain_train": 60, "in_domain_dev": 20, "out_of_domain_dev": 10}


def made_sentences() -> list[tuple[str, int]]:
    """Ninety sentences with their labels, no two alike; three of ten have their words in a wrong order."""
    parts = list(itertools.product(_SUBJECTS, _VERBS, _OBJECTS))
    random.Random(0).shuffle(parts)
    return [
        (_sentence(subject, verb, thing, label), label)
        for (subject, verb, thing), label in zip(parts, itertools.cycle([1, 1, 0, 1, 1, 0, 1, 1, 0, 1]), strict=False)
    ]


def _sentence(subject: str, verb: str, thing: str, label: int) -> str:
    words = f"{subject} {verb} {thing}" if label else f"{verb} {thing} {subject}"
    return f"{words.capitalize()}."


def write_corpus(folder: Path) -> None:
    """The made sentences as a folder in CoLA's form."""
    rows = iter(made_sentences())
    for number, (name, size) in enumerate(_SIZES.items()):
        lines = [
            f"src{number}{row % 3}\t{label}\t{'' if label else '*'}\t{text}\n"
            for row, (text, label) in enumerate(itertools.islice(rows, size))
        ]
        (folder / f"{name}.tsv").write_text("".join(lines))


def write_tokenizer(folder: Path, size: int = 400) -> int:
    """A byte-level BPE learnt from the made sentences as `vocab.json` and `merges.txt`; returns its size."""
    from tokenizers import ByteLevelBPETokenizer

    tokenizer = ByteLevelBPETokenizer()
    texts = [text for text, _ in made_sentences()]
    tokenizer.train_from_iterator(texts, vocab_size=size, min_frequency=2, special_tokens=[END], show_progress=False)
    tokenizer.save_model(str(folder))
    return tokenizer.get_vocab_size()


def write_base(folder: Path) -> None:
    """A tiny base model with random weights in the Hugging Face GPT-2 layout, tokenizer and all; always the same."""
    import torch
    from transformers import GPT2LMHeadModel

    size = write_tokenizer(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = GPT2LMHeadModel(their_config(vocab_size=size, bos_token_id=0, eos_token_id=0))
    randomise(model)
    model.save_pretrained(folder)


def base_at(folder: Path) -> Base:
    """The base model in a folder, be there a tokenizer or not."""
    from colacli.models.base import Base, weight_files
    from colacli.models.config import read_config
    from colacli.store.files import hash_file

    weights = {path.name: hash_file(path) for path in weight_files(folder)}
    return Base(str(folder), folder, read_config(folder), {}, weights)


def tokenizer_at(folder: Path) -> Tokenizer:
    """The tokenizer of the base model in a folder."""
    from colacli.models.tokenizer import load_tokenizer
    from colacli.models.tokenizer_files import read_tokenizer

    return load_tokenizer(read_tokenizer(folder), folder)


def their_config(**changes: Any) -> TheirConfig:
    """A tiny GPT-2's config of transformers'."""
    from transformers import GPT2Config

    defaults = {"vocab_size": 101, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
    return GPT2Config(**(TINY | defaults | changes), attn_implementation="eager")


def randomise(model: torch.nn.Module, seed: int = 0) -> None:
    """Move every parameter by a random amount, so that no bias is zero and no gain one."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.1)


def random_batch(lengths: Sequence[int], vocabulary: int = 101, seed: int = 0) -> Batch:
    """Sentences of these lengths; token 0 is never in them, so that it can pad."""
    import torch

    from colacli.kernels.packing import Batch

    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(1, vocabulary, (sum(lengths),), generator=generator)
    return Batch(ids, torch.tensor(lengths))


def batch_of(sentences: Sequence[Sequence[int]]) -> Batch:
    """Sentences of these token ids."""
    import torch

    from colacli.kernels.packing import Batch

    ids = [token for sentence in sentences for token in sentence]
    return Batch(torch.tensor(ids), torch.tensor([len(sentence) for sentence in sentences]))


def padded(batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids (B, T) padded with 0 on the right, and the attention mask, as other libraries take a batch."""
    from torch.nn.utils.rnn import pad_sequence

    ids = pad_sequence(batch.ids.split(batch.lengths.tolist()), batch_first=True)
    return ids, (ids != 0).long()
