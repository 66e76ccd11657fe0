"""Bases of other languages give the tokens, the logits and the text that `transformers` gives."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from colacli.models.base import read_base
from colacli.models.tokenizer import decode_ids, encode_all, encode_prompt, load_tokenizer
from colacli.models.weights import load_language_model
from factories.languages import LANGUAGES, ODD, sentences_of, write_language
from factories.tiny import batch_of


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request, tmp_path_factory):
    """A language, its base, and both tokenizers."""
    folder = tmp_path_factory.mktemp("languages") / request.param
    write_language(folder, request.param)
    base = read_base(folder)
    return request.param, base, load_tokenizer(base.tokenizer, folder), AutoTokenizer.from_pretrained(folder)


def test_tokens_are_those_of_transformers(language):
    """Of its own sentences, of every other language's, and of odd texts."""
    _, _, ours, theirs = language
    texts = [*ODD, *(text for name in LANGUAGES for text, _ in sentences_of(name))]
    expected = [theirs(text)["input_ids"] for text in texts]

    assert encode_all(ours, texts) == expected
    assert [decode_ids(ours, ids) for ids in expected] == [theirs.decode(ids) for ids in expected]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=st.text(max_size=40))
def test_tokens_of_any_text(language, text):
    """Whatever the characters."""
    _, _, ours, theirs = language
    assert encode_all(ours, [text]) == [theirs(text)["input_ids"]]


@torch.no_grad()
def test_logits_are_those_of_transformers(language):
    """To 1e-4 in fp32, the tokens of the template among them."""
    name, base, ours, _ = language
    [ids] = encode_all(ours, [sentences_of(name)[0][0]])
    theirs = AutoModelForCausalLM.from_pretrained(base.folder, dtype=torch.float32).eval()
    logits = load_language_model(base).eval()(batch_of([ids]))

    torch.testing.assert_close(logits, theirs(torch.tensor([ids])).logits[0], rtol=0.0, atol=1e-4)


def test_a_prompt_is_not_ended(language):
    """What the template puts before a text stands before a prompt; what it puts after does not follow one."""
    _, _, ours, theirs = language
    text = "ab c"
    own = theirs(text, add_special_tokens=False)["input_ids"]
    begun = [2, *own] if "[CLS]" in theirs.get_vocab() else own

    assert (encode_prompt(ours, text), encode_prompt(ours, "")) == (begun, [])
