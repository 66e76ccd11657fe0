"""A tokenizer's digest is of what changes its tokens, and of nothing else."""

import json
import shutil
from pathlib import Path

import pytest

from colacli.errors import ModelError
from colacli.models.base import BUNDLED, read_base
from colacli.models.tokenizer import load_tokenizer
from colacli.models.tokenizer_files import END_OF_TEXT, read_tokenizer, tokenizer_digest
from colacli.store.canonical import key_of, sha256
from factories.tokenizer_parts import FLAGS


@pytest.fixture
def folder(tiny_base, tmp_path):
    """A copy of the tiny base, whose tokenizer is a vocabulary with merges."""
    return Path(shutil.copytree(tiny_base, tmp_path / "base"))


def say(folder, **files):
    """Write JSON files; `_` in a name is kept, the ending is added."""
    for name, value in files.items():
        (folder / f"{name}.json").write_text(json.dumps(value))


def test_a_tokenizers_digest_stays(folder):
    """It is of the vocabulary's files alone, while those beside them say what is so without them."""
    alone = key_of({name: sha256((folder / name).read_bytes()) for name in ("vocab.json", "merges.txt")})
    assert read_base(folder).digests.tokenizer == alone

    say(
        folder,
        tokenizer_config={"model_max_length": 9, "bos_token": END_OF_TEXT, "tokenizer_class": "GPT2Tokenizer"},
        special_tokens_map={"eos_token": {"content": END_OF_TEXT, **FLAGS}},
    )
    assert read_base(folder).digests.tokenizer == alone


def test_the_bundled_models_digest_is_of_its_tokenizer_json():
    """Its `tokenizer_config.json` says nothing that is not there."""
    content = (BUNDLED["gpt2-mini"] / "tokenizer.json").read_bytes()

    assert tokenizer_digest(read_tokenizer(BUNDLED["gpt2-mini"])) == key_of({"tokenizer.json": sha256(content)})


def test_what_changes_tokens_changes_the_digest(folder):
    """A token more is another tokenizer."""
    before = read_base(folder).digests.tokenizer
    say(folder, tokenizer_config={"pad_token": "[PAD]"})

    assert read_base(folder).digests.tokenizer != before


def test_merges_that_panic_are_refused(folder, capfd):
    """`merges.txt` beside a vocabulary is looked through as well."""
    (folder / "merges.txt").write_text("#version: 0.2\nt h e\n")

    with pytest.raises(ModelError, match="'t h e' does not merge two tokens"):
        load_tokenizer(read_tokenizer(folder), folder)
    assert capfd.readouterr().err == ""
