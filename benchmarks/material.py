"""What the pieces work on, made anew in a folder: a corpus, models of true size with random weights, two teachers.

data/                         the corpus in CoLA's form, and judged.txt, a sentence a line
gpt2/  gpt2-medium/           Hugging Face's layout; both sides load the same files
store/                        a store with the runs `teacher-fp32` and, unless bf16 is emulated here, `teacher-bf16`
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, Protocol

from colacli.data.cola import find_cola
from colacli.data.corpus import IN_DOMAIN_DEV, TRAIN, Corpus, Sentence, Split
from colacli.data.pairs import BLIMP, find_pairs, sample_pairs
from colacli.data.readers import read_corpus
from colacli.data.sample import sample_corpus
from colacli.devices import fast_bf16
from colacli.models.tokenizer_files import TOKENIZER_JSON, TOKENIZER_PAIR
from colacli.store.store import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from colacli.kernels.packing import Tokens
    from colacli.store.store import Store

SHAPES: dict[str, dict[str, Any]] = {"gpt2": {}, "gpt2-medium": {"n_embd": 1024, "n_layer": 24, "n_head": 16}}
"""Base models that are made, and how they differ from `transformers.GPT2Config()`."""
JUDGED = 10_000
VOCABULARY = 50_257
END_OF_TEXT = "<|endoftext|>"
FILES = {TRAIN: "in_domain_train.tsv", IN_DOMAIN_DEV: "in_domain_dev.tsv"}


class Run(Protocol):
    """Calls a piece by its name."""

    def __call__(self, name: str, options: dict[str, Any], /) -> dict[str, Any]:
        """With these options."""


def choose_corpus(store: Store, folder: Path | None) -> Corpus:
    """The corpus in a folder; without one CoLA, if it was fetched or imported, else the bundled sample."""
    if folder := folder or find_cola(store.data):
        return read_corpus(folder)
    return sample_corpus()


def write_data(folder: Path, corpus: Corpus) -> None:
    """Both splits in CoLA's form, and the sentences for `judge`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in FILES.items():
        write_split(folder / file, corpus.split(name).sentences)
    texts = [text for name in FILES for text in corpus.split(name).texts]
    (folder / "judged.txt").write_text("\n".join(distinct(texts, JUDGED)) + "\n", encoding="utf-8")


def write_split(path: Path, sentences: Sequence[Sentence]) -> None:
    """A line a sentence: source, label, mark, text, with tabs between."""
    lines = (f"{row.source or 'x'}\t{row.label}\t{row.mark}\t{row.text}\n" for row in sentences)
    path.write_text("".join(lines), encoding="utf-8")


def read_split(material: Path, name: str) -> Split:
    """A split as the pieces find it."""
    return read_corpus(material / "data").split(name)


def judged_texts(material: Path) -> list[str]:
    """The sentences for `judge`."""
    return (material / "data" / "judged.txt").read_text(encoding="utf-8").splitlines()


def tokenised(material: Path, texts: Sequence[str], base: str = "gpt2") -> Tokens:
    """Texts as a model reads them: a bundled one, or one that was made in the folder."""
    from colacli.models.base import BUNDLED, read_base
    from colacli.models.tokenizer import load_tokenizer
    from colacli.models.tokens import tokenise

    model = read_base(BUNDLED.get(base, material / base))
    return tokenise(texts, load_tokenizer(model.tokenizer, model.folder), model.config.n_positions, str)


def pair_texts(count: int) -> list[str]:
    """About so many pairs' sentences: BLiMP's, evenly spread, if it is in the store; else the sample's."""
    store = open_store()
    pairs = find_pairs(store, BLIMP).pairs if (store.data / BLIMP).is_dir() else sample_pairs().pairs
    return [text for pair in pairs[:: max(1, len(pairs) // count)] for text in (pair.good, pair.bad)]


def distinct(texts: Sequence[str], count: int) -> list[str]:
    """`count` distinct sentences.

    Where there are too few, more are made with a word of another sentence before them: a repeated sentence, or a
    common prefix, could be computed once.
    """
    sentences = dict.fromkeys(texts)
    words = list(dict.fromkeys(word for text in texts for word in text.split()))
    for word in words:
        for text in texts:
            if len(sentences) >= count:
                return list(sentences)[:count]
            sentences[f"{word} {text}"] = None
    return list(sentences)[:count]


def write_tokenizer(folder: Path, source: Path | None, texts: Sequence[str]) -> None:
    """GPT-2's tokenizer files from a folder; without one a stand-in of the same size, trained on the texts."""
    folder.mkdir(parents=True, exist_ok=True)
    if source is None:
        _train_tokenizer(folder, texts)
        return
    for name in (TOKENIZER_JSON, *TOKENIZER_PAIR):
        if (source / name).is_file():
            shutil.copy(source / name, folder)


def _train_tokenizer(folder: Path, texts: Sequence[str]) -> None:
    """Byte-level pair encoding with as many merges as the texts give; ids up to GPT-2's number stay unused."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - 1, min_frequency=2, show_progress=False, initial_alphabet=letters
    )
    tokenizer.train_from_iterator(iter(texts), trainer)
    tokenizer.model.save(str(folder))
    path = folder / TOKENIZER_PAIR[0]
    ids: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
    unused = {f"<unused {number}>": number for number in range(len(ids), VOCABULARY - 1)}
    path.write_text(json.dumps({**ids, **unused, END_OF_TEXT: VOCABULARY - 1}), encoding="utf-8")


def make_base(material: Path, *, name: str, device: str = "cpu") -> None:
    """A GPT-2 with random weights beside its tokenizer. A piece: torch stays out of the process that measures."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel, GPT2Tokenizer

    pair = (str(material / name / file) for file in TOKENIZER_PAIR)
    GPT2Tokenizer(*pair).save_pretrained(material / name)  # one file more, as the hub has it: what loads fastest
    torch.manual_seed(0)
    with torch.device(device):
        model: Any = GPT2LMHeadModel(GPT2Config(**SHAPES[name]))
    model.to("cpu").save_pretrained(material / name)


def make_teachers(material: Path, *, device: str = "cpu") -> None:
    """A run of `finetune` in each fast precision, on a few sentences: what is measured is not how well they judge."""
    from benchmarks.ours import command, command_here, teacher_command

    corpus = read_corpus(material / "data")
    few = material / "few"
    few.mkdir(exist_ok=True)
    for name, file in FILES.items():
        write_split(few / file, corpus.split(name).sentences[:16])
    for precision in ("fp32", "bf16") if fast_bf16(device) else ("fp32",):
        make = command if device == "cpu" else command_here
        make(teacher_command(material, precision, device), material / "store")


def prepare(
    material: Path, corpus: Corpus, tokenizer: Path | None, bases: Sequence[str], run: Run, *, teachers: bool
) -> None:
    """Fill a folder with what the rows need."""
    write_data(material / "data", corpus)
    for name in bases:
        write_tokenizer(material / name, tokenizer, corpus.split(TRAIN).texts)
        run("material.make_base", {"name": name})
    if teachers:
        run("material.make_teachers", {})
