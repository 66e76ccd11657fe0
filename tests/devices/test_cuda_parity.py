"""GPT-2 in its true size on a real GPU of CUDA has the logits of transformers and PEFT there; skipped without one.

How far they differ is printed: `pytest -s -m slow`.
"""

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from colacli.models.adapters import load_adapter
from colacli.models.weights import load_classifier, load_language_model
from factories.adapters import peft_model
from factories.tiny import base_at, padded, random_batch

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not torch.cuda.is_available(), reason="no GPU of CUDA here; the pretended one is tested instead"
    ),
]

CUDA = "cuda:0"
PARITY = {"rtol": 0.0, "atol": 1e-4}


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory):
    """GPT-2 in its true size, with random weights: the folder, and transformers' model on the GPU."""
    folder = tmp_path_factory.mktemp("gpt2")
    torch.manual_seed(0)
    with torch.device(CUDA):
        model = GPT2LMHeadModel(GPT2Config()).eval()
    model.save_pretrained(folder)
    return folder, model


@torch.no_grad()
def test_gpt2_has_transformers_logits(gpt2):
    """A batch of unequal lengths, each given alone to transformers."""
    folder, theirs = gpt2
    batch = random_batch((5, 1, 17, 9, 17, 64), vocabulary=50_257)
    expected = torch.cat([theirs(ids[None].to(CUDA)).logits[0] for ids in batch.ids.split(batch.lengths.tolist())])
    actual = load_language_model(base_at(folder)).to(CUDA)(batch)

    assert expected.std() > 0.1
    print(f"\ntransformers: {float((actual - expected).abs().max()):.2e}")
    torch.testing.assert_close(actual, expected, **PARITY)


@torch.no_grad()
@pytest.mark.filterwarnings("ignore")
def test_an_adapter_has_pefts_logits(gpt2, tmp_path):
    """Head included; their batch is padded, ours is not."""
    theirs = peft_model(gpt2[0])
    theirs.config.pad_token_id = theirs.base_model.model.config.pad_token_id = 0
    theirs.save_pretrained(tmp_path)
    batch = random_batch((5, 1, 17, 9, 17, 64), vocabulary=50_257)
    ids, mask = padded(batch)
    expected = theirs.to(CUDA)(input_ids=ids.to(CUDA), attention_mask=mask.to(CUDA)).logits
    ours = load_classifier(base_at(gpt2[0])).eval()
    load_adapter(ours, tmp_path / "adapter_config.json", tmp_path / "adapter_model.safetensors")
    actual = ours.to(CUDA)(batch)

    print(f"\npeft: {float((actual - expected).abs().max()):.2e}")
    torch.testing.assert_close(actual, expected, **PARITY)
