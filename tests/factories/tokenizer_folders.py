"""Folders with a tokenizer's files, as transformers may have saved them."""

import json

from tokenizers import ByteLevelBPETokenizer, Regex, Tokenizer
from tokenizers import decoders as decoding
from tokenizers import models as modelling
from tokenizers import normalizers as normalising
from tokenizers import pre_tokenizers as splitting
from tokenizers import processors as processing

from colacli.models.tokenizer import encode_all, load_tokenizer
from colacli.models.tokenizer_files import read_tokenizer
from factories.tiny import END, made_sentences

TEXTS = (
    *(text for text, _ in made_sentences()[:3]),
    " The naïve  Baker's\n\n12 lamps, ﬁne!  ",
    f"one{END} two {END}",
    "a [PAD] b[PAD] <s>The </s> x<mask>y  <extra> z<ex [pad] <S>",
)
FLAGS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
END_ID = 0


def token(content, **changes):
    """An added token, written out."""
    return {"content": content, **FLAGS, **changes}


def written(content, **changes):
    """The same as `tokenizer_config.json` has it."""
    return {"__type": "AddedToken", **token(content, **changes)}


def learnt():
    """A byte-level BPE of 400 tokens: its vocabulary, its merges, and its `tokenizer.json`."""
    tokenizer = ByteLevelBPETokenizer()
    texts = [text for text, _ in made_sentences()]
    tokenizer.train_from_iterator(texts, vocab_size=400, min_frequency=2, special_tokens=[END], show_progress=False)
    document = json.loads(tokenizer.to_str())
    merges = "".join(f"{first} {second}\n" for first, second in document["model"]["merges"])
    return json.dumps(document["model"]["vocab"]), "#version: 0.2\n" + merges, document


VOCAB, MERGES, DOCUMENT = learnt()
PAIR = {"vocab.json": VOCAB, "merges.txt": MERGES}
SIZE = len(DOCUMENT["model"]["vocab"])
PAD = {**token("[PAD]"), "id": SIZE}


def document(**changes):
    """A `tokenizer.json` with some of its parts replaced; a part of the model by its name after `model_`."""
    model = {name.removeprefix("model_"): value for name, value in changes.items() if name.startswith("model_")}
    parts = {name: value for name, value in changes.items() if not name.startswith("model_")}
    return {"tokenizer.json": {**DOCUMENT, **parts, "model": {**DOCUMENT["model"], **model}}}


def config(**values):
    """A `tokenizer_config.json`."""
    return {"tokenizer_config.json": values}


def special(**values):
    """A `special_tokens_map.json`."""
    return {"special_tokens_map.json": values}


def added(**values):
    """An `added_tokens.json`."""
    return {"added_tokens.json": values}


def sentencepiece(model, charsmap=None, **kinds):
    """A tokenizer in SentencePiece's manner as `tokenizer.json`, read as it is."""
    tokenizer = Tokenizer(model)
    table = normalising.NFKC() if charsmap is None else normalising.Precompiled(charsmap)
    spaces = normalising.Replace(Regex(" {2,}"), "▁")
    tokenizer.normalizer = normalising.Sequence([table, normalising.Lowercase(), spaces])
    tokenizer.pre_tokenizer = splitting.Metaspace()
    tokenizer.decoder = decoding.Sequence([decoding.ByteFallback(), decoding.Metaspace()])
    return {
        "tokenizer.json": json.loads(tokenizer.to_str()),
        **config(tokenizer_class="PreTrainedTokenizerFast", **kinds),
    }


def word_pieces():
    """A tokenizer in BERT's manner, which puts a token before and after each sentence."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdeghlmnorstw12", "##s", "##a", "lamp", "the", ","]
    tokenizer = Tokenizer(modelling.WordPiece({word: rank for rank, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.add_special_tokens(words[:4])
    tokenizer.normalizer = normalising.BertNormalizer()
    tokenizer.pre_tokenizer = splitting.BertPreTokenizer()
    tokenizer.decoder = decoding.WordPiece()
    tokenizer.post_processor = processing.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return {"tokenizer.json": json.loads(tokenizer.to_str()), **config(**FAST)}


FAST = {"tokenizer_class": "PreTrainedTokenizerFast"}
PIECES = ["<unk>", "▁", *"abcdefghijklmnopqrstuvwxyz.,!", "▁the", "er", "▁a", "in"]
UNIGRAM = modelling.Unigram(
    [(piece, -float(len(PIECES[rank % 7]) + rank)) for rank, piece in enumerate(PIECES)], 0, True
)
SP_BPE = modelling.BPE(
    {piece: rank for rank, piece in enumerate([*PIECES, "th"])}, [("e", "r"), ("i", "n"), ("t", "h")], unk_token="<unk>"
)
JSON = document()
PREFIXED = document(pre_tokenizer={"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True})
TEMPLATE = json.loads(
    processing.TemplateProcessing(single="$A", pair="$A $B:1", special_tokens=[]).__getstate__().decode()
)
TEMPLATE_END = json.loads(
    processing.TemplateProcessing(single=f"$A {END}", pair=None, special_tokens=[(END, END_ID)]).__getstate__().decode()
)


def write(folder, files):
    """A folder with these files; `config` adds to its `config.json`."""
    more = files.get("config", {})
    for name, content in {**files, "config.json": {"model_type": "gpt2", **more}}.items():
        if name == "config":
            continue
        if name == "tokenizer.json" and content["model"].get("type", "") is None:
            content = {**content, "model": {key: one for key, one in content["model"].items() if key != "type"}}
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))


def check_equal(folder):
    """See that both give the same tokens and text."""
    from transformers import AutoTokenizer

    ours = load_tokenizer(read_tokenizer(folder), folder)
    theirs = AutoTokenizer.from_pretrained(folder)
    for text in TEXTS:
        ids = theirs(text)["input_ids"]
        assert encode_all(ours, [text]) == [ids]
        assert theirs.decode(ids) == ours.decode(ids, skip_special_tokens=False)
