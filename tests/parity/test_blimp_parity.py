"""Scores of BLiMP's sentences against transformers'."""

import json
import lzma
from collections import defaultdict
from pathlib import Path

import pytest
import torch
from transformers import GPT2LMHeadModel, GPT2TokenizerFast

from colacli.events import Work, ignore
from colacli.models.base import BUNDLED, read_base
from colacli.training.scorer import load_scorer

BLIMP = Path(__file__).resolve().parents[2].parent / "shared" / "blimp" / "blimp.jsonl.xz"


@pytest.mark.slow
@pytest.mark.skipif(not BLIMP.is_file(), reason="BLiMP is not beside the checkout")
@torch.no_grad()
def test_the_first_pairs_of_every_paradigm():
    """Twenty of each: sums after the start token equal transformers' to 1e-4, and so are the same pairs right."""
    paradigms = defaultdict(list)
    with lzma.open(BLIMP, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            paradigms[row["UID"]].append((row["sentence_good"], row["sentence_bad"]))
    texts = [text for pairs in paradigms.values() for pair in pairs[:20] for text in pair]
    assert (len(paradigms), len(texts)) == (67, 2 * 20 * 67)

    folder = BUNDLED["gpt2-mini"]
    theirs = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = GPT2TokenizerFast.from_pretrained(folder)
    expected = []
    for text in texts:
        ids = torch.tensor([[tokenizer.bos_token_id, *tokenizer(text)["input_ids"]]])
        log_probabilities = theirs(ids).logits[0, :-1].log_softmax(1)
        expected.append(float(log_probabilities.gather(1, ids[0, 1:, None]).double().sum()))
    work = Work("scoring", 0, len(texts))
    actual = load_scorer(read_base(folder), "fp32", "cpu").on_texts(texts, "BLiMP", ignore, work).sums
    torch.testing.assert_close(actual, torch.tensor(expected, dtype=torch.float64), rtol=0.0, atol=1e-4)
