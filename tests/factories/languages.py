"""Small bases of other languages, each with the files that published models of its kind have, and its sentences."""

from __future__ import annotations

import itertools
import json
import random
from typing import TYPE_CHECKING, Any

from tokenizers import ByteLevelBPETokenizer, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing

from factories.charsmaps import charsmap
from factories.tiny import randomise, their_config

if TYPE_CHECKING:
    from pathlib import Path

SPECIAL = ["<unk>", "<s>", "</s>", "<pad>"]
UNKNOWN, BEGIN, END, PAD = SPECIAL
_BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
_BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
_SPACES = charsmap({"　": " ", "Ａ": "A", "ｶ": "カ", "㌔": "キロ"})

_WORDS = {
    "japanese": (("猫は", "先生は", "私の兄は"), ("本を", "古い家を", "赤い車を"), ("見た。", "買った。", "探す。")),
    "chinese": (("老师", "我的朋友", "那个人"), ("看见", "买了", "喜欢"), ("一本书。", "红色的车。", "旧房子。")),
    "russian": (("Старик ", "Моя сестра ", "Учитель "), ("видит ", "нашёл ", "любит "), ("дом.", "книгу.", "щенка.")),
    "italian": (("Il medico ", "Mia sorella ", "L'uomo "), ("vede ", "è ", "ha "), ("la città.", "un libro.", "più.")),
}  # fmt: skip
LANGUAGES = tuple(_WORDS)
ODD = (
    "",
    " ",
    "ABC abc 123",
    "　ＡＡ ｶ㌔  x",
    "ﬁ ½ é e\u0301",
    "🐭鼠\n\t.",
    "</s> <s>x<pad>",
    "[SEP]a[CLS]",
    "ñandú",
    "ё",
)
"""Texts with characters that no vocabulary here has, and with the names of special tokens."""


def sentences_of(language: str) -> list[tuple[str, int]]:
    """Made sentences with their labels, no two alike; every third has its parts in a wrong order."""
    parts = list(itertools.product(*_WORDS[language]))
    random.Random(0).shuffle(parts)
    return [("".join(one if rank % 3 else reversed(one)).strip(), int(rank % 3 > 0)) for rank, one in enumerate(parts)]


def write_sentences(folder: Path, language: str) -> None:
    """Two thirds to train on, one to measure."""
    rows = sentences_of(language)
    folder.mkdir()
    for name, chosen in {"train": rows[: len(rows) * 2 // 3], "in_domain_dev": rows[len(rows) * 2 // 3 :]}.items():
        lines = [f"{language}\t{label}\t\t{text}\n" for text, label in chosen]
        (folder / f"{name}.tsv").write_text("".join(lines), encoding="utf-8")


def write_language(folder: Path, language: str) -> None:
    """The base of a language: weights, configuration, tokenizer."""
    from transformers import GPT2LMHeadModel

    folder.mkdir()
    ids = _TOKENIZERS[language](folder, [text for text, _ in sentences_of(language)])
    model = GPT2LMHeadModel(their_config(**ids))
    randomise(model)
    model.save_pretrained(folder)


def _write(folder: Path, **files: Any) -> None:
    for name, value in files.items():
        (folder / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def _unigram(folder: Path, texts: list[str]) -> dict[str, int]:
    """As a SentencePiece model (rinna's, nlp-waseda's) is converted: a table of characters, bytes, an end added."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(_SPACES), normalizers.Strip(left=False), normalizers.Replace(Regex(" {2,}"), "▁")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=400, special_tokens=[*SPECIAL, *_BYTES], unk_token=UNKNOWN)
    tokenizer.train_from_iterator(texts, trainer)
    document = json.loads(tokenizer.to_str())
    document["model"]["byte_fallback"] = True
    document["added_tokens"] = document["added_tokens"][: len(SPECIAL)]
    tokenizer = Tokenizer.from_str(json.dumps(document))
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    tokenizer.post_processor = TemplateProcessing(single=f"$A {END}", special_tokens=[(END, 2)])
    tokenizer.save(str(folder / "tokenizer.json"))
    roles = {"unk_token": UNKNOWN, "bos_token": BEGIN, "eos_token": END, "pad_token": PAD}
    _write(folder, tokenizer_config={"tokenizer_class": "TokenizersBackend", "backend": "tokenizers", **roles})
    return {"vocab_size": tokenizer.get_vocab_size(), "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 3}


def _word_pieces(folder: Path, texts: list[str]) -> dict[str, int]:
    """As a BERT tokenizer (uer's, ckiplab's) is converted: a character a token, two tokens around them."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=300, special_tokens=_BERT))
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    roles = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]"}
    _write(folder, tokenizer_config={"tokenizer_class": "PreTrainedTokenizerFast", **roles})
    # more rows than tokens, as padded vocabularies have
    return {"vocab_size": tokenizer.get_vocab_size() + 7, "bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 0}


def _pair(folder: Path, texts: list[str]) -> dict[str, int]:
    """A vocabulary with merges (rugpt3's, GePpeTto's) whose special tokens are in the settings."""
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(texts, vocab_size=350, special_tokens=[PAD, BEGIN, END, UNKNOWN], show_progress=False)
    tokenizer.save_model(str(folder))
    roles = {"bos_token": BEGIN, "eos_token": END, "unk_token": UNKNOWN, "pad_token": PAD}
    _write(folder, tokenizer_config={"add_prefix_space": False, "errors": "replace"}, special_tokens_map=roles)
    return {"vocab_size": tokenizer.get_vocab_size(), "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


def _bytes(folder: Path, texts: list[str]) -> dict[str, int]:
    """GPT-2's own kind as `tokenizer.json` (GroNLP's, dbmdz's), without an end of text among its tokens."""
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(texts, vocab_size=350, special_tokens=SPECIAL, show_progress=False)
    tokenizer.save(str(folder / "tokenizer.json"))
    written = {"bos_token": BEGIN, "eos_token": END, "unk_token": UNKNOWN, "pad_token": PAD, "model_max_length": 64}
    _write(folder, tokenizer_config={"tokenizer_class": "GPT2TokenizerFast", **written})
    return {"vocab_size": tokenizer.get_vocab_size(), "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 3}


_TOKENIZERS = {"japanese": _unigram, "chinese": _word_pieces, "russian": _pair, "italian": _bytes}
