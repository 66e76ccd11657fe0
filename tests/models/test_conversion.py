"""A tokenizer that can't be read as it is comes with the command that makes it one that can."""

import json
import re
import subprocess
import sys

import pytest
from tokenizers import Tokenizer

from colacli.errors import ModelError
from colacli.models.tokenizer import encode_all, load_tokenizer
from colacli.models.tokenizer_files import read_tokenizer
from factories.languages import sentences_of, write_language

SETTINGS = {"tokenizer_class": "BertTokenizerFast", "do_lower_case": True, "never_split": None}


def files_of(folder, kind):
    """The tokenizer of published Chinese models: a list of words, or a whole `tokenizer.json` with BERT's settings."""
    document = folder / "tokenizer.json"
    if kind == "vocab.txt":
        ids = json.loads(document.read_text(encoding="utf-8"))["model"]["vocab"]
        (folder / "vocab.txt").write_text("".join(f"{word}\n" for word in sorted(ids, key=ids.get)), encoding="utf-8")
        document.unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps(SETTINGS))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["vocab.txt", "tokenizer.json"])
def test_the_command_makes_a_tokenizer_that_can_be_read(tmp_path, kind):
    """It is run as it is printed, in a folder with a blank in its name; the tokens are the tokenizer's own."""
    folder = tmp_path / "a base"
    write_language(folder, "chinese")
    texts = [text for text, _ in sentences_of("chinese")]
    expected = [one.ids for one in Tokenizer.from_file(str(folder / "tokenizer.json")).encode_batch(texts)]
    files_of(folder, kind)
    with pytest.raises(ModelError) as caught:
        read_tokenizer(folder)
    command = caught.value.hint[caught.value.hint.index("python") :].replace("python", sys.executable, 1)
    subprocess.run(command, shell=True, check=True, capture_output=True)

    assert encode_all(load_tokenizer(read_tokenizer(folder), folder), texts) == expected


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("spiece.model", r"pip install sentencepiece protobuf; python -c .*SpmConverter.*spiece\.model"),
        ("vocab.txt", "python -c .*BertTokenizer"),
        ("weights.txt", "copy the tokenizer's files"),
    ],
)
def test_what_is_there_decides(tmp_path, file, named):
    """A SentencePiece model, a list of words, or nothing of which a tokenizer can be made."""
    (tmp_path / file).write_bytes(b"")
    with pytest.raises(ModelError, match=r"no tokenizer\.json") as caught:
        read_tokenizer(tmp_path)

    assert re.search(named, caught.value.hint)
