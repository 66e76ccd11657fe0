"""Tokenizers as documents, part by part."""

import base64
import json
from pathlib import Path

from colacli.models.tokenizer import load_tokenizer
from factories.charsmaps import charsmap

HERE = Path("here")
BPE = {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}
UNIGRAM = {"type": "Unigram", "vocab": [["<unk>", 0.0], ["a", -1.0]], "unk_id": 0}
FLAGS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "special": False}


def sequence(name, *parts):
    """Several components as one."""
    return {"type": "Sequence", name: list(parts)}


def replacing(old, new):
    """A component that replaces a string."""
    return {"type": "Replace", "pattern": {"String": old}, "content": new}


def build(model=BPE, **parts):
    """The tokenizer of a `tokenizer.json` with these parts."""
    return load_tokenizer({"tokenizer.json": json.dumps({"model": model, **parts}).encode()}, HERE)


def table(content):
    """A normaliser by a table of characters."""
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(content).decode()}


def template(*parts, **tokens):
    """A post-processor that puts tokens around a sentence."""
    pieces = [{"Sequence" if part in ("A", "B") else "SpecialToken": {"id": part, "type_id": 0}} for part in parts]
    known = {name: {"id": name, "ids": [index], "tokens": [name]} for name, index in tokens.items()}
    return {"type": "TemplateProcessing", "single": pieces, "pair": [], "special_tokens": known}


TABLE = charsmap({"\ufdfa": "salla", "é": "e", "Ａb": "ab"})
