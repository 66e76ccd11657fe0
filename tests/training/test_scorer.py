"""A scorer puts the document-start token before a sentence once, whatever the tokenizer's template adds."""

import json
import shutil

import pytest
import torch

from colacli.data.pairs import sample_pairs
from colacli.events import Work, ignore
from colacli.models.base import BUNDLED, read_base
from colacli.models.tokenizer import load_tokenizer
from colacli.training.scorer import load_scorer

WORK = Work("scoring", 0, 0)
START = "<|endoftext|>"


@pytest.fixture
def templated(tmp_path):
    """The bundled model with a tokenizer that puts a start and an end token around each sentence."""
    folder = shutil.copytree(BUNDLED["gpt2-mini"], tmp_path / "base")
    path = folder / "tokenizer.json"
    document = json.loads(path.read_text())
    start, text = ({"SpecialToken": {"id": START, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}})
    [index] = [token["id"] for token in document["added_tokens"] if token["content"] == START]
    document["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [start, text, start],
        "pair": [start, text, start],
        "special_tokens": {START: {"id": START, "ids": [index], "tokens": [START]}},
    }
    path.write_text(json.dumps(document))
    config = json.loads((folder / "tokenizer_config.json").read_text()) | {"tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("bos", [True, False])
def test_a_template_changes_no_score(templated, store, bos):
    """Neither a second start token nor an end token is scored; the cached tokens are those without them too."""
    plain, other = (load_scorer(read_base(folder), "fp32", "cpu") for folder in (BUNDLED["gpt2-mini"], templated))
    assert load_tokenizer(read_base(templated).tokenizer, templated).encode("Old.").ids[0] == other.start
    texts = ["The lamp is old.", "Old is lamp the."]
    expected, actual = (scorer.on_texts(texts, "test", ignore, WORK, bos=bos) for scorer in (plain, other))
    assert actual.counts.tolist() == expected.counts.tolist()
    torch.testing.assert_close(actual.sums, expected.sums, rtol=0.0, atol=0.0)
    pairs = sample_pairs().of_paradigms([sample_pairs().pairs[0].paradigm])
    expected, actual = (scorer.on_split(pairs, store, ignore, WORK, bos=bos) for scorer in (plain, other))
    torch.testing.assert_close(actual.sums, expected.sums, rtol=0.0, atol=0.0)


def test_tokens_without_a_template_are_cached_by_themselves(templated):
    """A run of the same base reads its tokens with the template, so that they have another digest."""
    base = read_base(templated)
    assert load_scorer(base, "fp32", "cpu").tokenizer_digest != base.digests.tokenizer
    plain = read_base(BUNDLED["gpt2-mini"])
    assert load_scorer(plain, "fp32", "cpu").tokenizer_digest == plain.digests.tokenizer
