"""Attention of rows in few operators, or in C, is each sentence's own, and so are its gradients."""

import pytest
import torch
import torch.nn.functional as F

from colacli.kernels.compiled.attention import SeenTokens
from colacli.kernels.layout import PaddedLayout
from colacli.kernels.packing import Batch
from colacli.kernels.prefixes import SharedPrefixes
from colacli.kernels.row_attention import HeadRows
from colacli.models import gpt2
from colacli.models.config import GPT2Config

HEADS = 3
CLASSES = {"C": SeenTokens, "torch": HeadRows}


def of_sentence(qkv):
    """Causal attention of one sentence (T, 3 d) -> (T, d), by torch."""
    q, k, v = qkv.view(len(qkv), 3, HEADS, -1).permute(1, 2, 0, 3)
    return F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(0, 1).flatten(1)


@pytest.mark.parametrize("lengths", [[5], [64], [3, 1, 60, 2, 64, 7], [70, 3, 71], [40, 40, 40]])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.04)])
@pytest.mark.parametrize("width", [4, 32, 64, 128])
def test_value_and_gradient_are_each_sentences_own(computed_by, lengths, dtype, tolerance, width):
    """With full rows and with empty positions, short rows and long ones, heads of any width."""
    torch.manual_seed(0)
    qkv = torch.randn(sum(lengths), 3 * HEADS * width).to(dtype).requires_grad_()
    exact = qkv.detach().double().requires_grad_()
    rows = PaddedLayout.of_sentences(lengths).with_mask_in(dtype).attention_rows(HEADS, width)
    assert isinstance(rows, CLASSES[computed_by if width > 4 else "torch"])
    actual = rows.attend(qkv, width**-0.5)
    expected = torch.cat([of_sentence(part) for part in exact.split(lengths)])
    weights = torch.randn(expected.shape)
    (actual.float() * weights).sum().backward()
    (expected * weights).sum().backward()

    assert actual.dtype == dtype
    torch.testing.assert_close(actual.double(), expected, rtol=0.0, atol=tolerance)
    torch.testing.assert_close(qkv.grad.double(), exact.grad, rtol=0.0, atol=tolerance * exact.grad.abs().max().item())


@pytest.mark.parametrize("computed_by", ["torch"], indirect=True)
@pytest.mark.usefixtures("computed_by")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("lengths", [[5], [3, 1, 60, 2, 64, 7], [70, 3, 71]])
def test_on_a_cpu_it_gives_what_attend_gives(monkeypatch, dtype, lengths):
    """To the bit, states and gradients, where the scale is a power of two; else it is not taken there."""
    torch.manual_seed(0)
    layout = PaddedLayout.of_sentences(lengths).with_mask_in(dtype)
    layer = gpt2.Attention(GPT2Config(n_embd=128, n_head=2), 0)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    layer, x, weights = layer.to(dtype), torch.randn(sum(lengths), 128).to(dtype), torch.randn(sum(lengths), 128)

    def computed():
        given = x.clone().requires_grad_()
        y = layer(given, torch.zeros_like(given), layout, None, None)
        (y.float() * weights).sum().backward()
        return y, given.grad

    assert gpt2.takes_rows(x, layout.width, layer.scale, None)
    assert not gpt2.takes_rows(x, layout.width, 48**-0.5, None)
    in_rows = computed()
    monkeypatch.setattr(gpt2, "takes_rows", lambda *_: False)
    assert all(torch.equal(one, other) for one, other in zip(in_rows, computed(), strict=True))


def test_shared_prefixes_are_attended_to_as_each_sentences_own(computed_by):
    """Also where a row reads again what another row has computed."""
    torch.manual_seed(0)
    sentences = [[1, 2, *range(10, 10 + length)] for length in (3, 20, 41, 60, 5)] + [[1], [1, 2], [7, 7, 7]]
    ids = torch.tensor([token for sentence in sentences for token in sentence])
    prefixes = SharedPrefixes.of(Batch(ids, torch.tensor([*map(len, sentences)])))
    qkv = torch.randn(len(prefixes.ids), 3 * HEADS * 64)
    rows = prefixes.layout.attention_rows(HEADS, 64)
    assert isinstance(rows, CLASSES[computed_by])
    assert len(prefixes.layout.tokens) > 64
    y = rows.attend(qkv, 64**-0.5)
    for path in prefixes.paths.split([*map(len, sentences)]):
        torch.testing.assert_close(y[path], of_sentence(qkv[path]), rtol=0.0, atol=1e-5)


@pytest.mark.usefixtures("computed_by")
@pytest.mark.parametrize("part", [0, 1, 2], ids=["query", "key", "value"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_not_a_number_stays_so(dtype, part):
    """In the states of its token: a training that has diverged must notice it."""
    qkv = torch.zeros(6, 3, HEADS, 64, dtype=dtype)
    qkv[1, part] = torch.nan
    rows = PaddedLayout.of_sentences([3, 3]).with_mask_in(dtype).attention_rows(HEADS, 64)
    y = rows.attend(qkv.view(6, -1), 0.125)
    assert y[1].isnan().any()


def test_rows_of_one_sentence_have_none():
    """They need no mask on an accelerator."""
    assert PaddedLayout.of_rows(3, 4, 0).attention_rows(HEADS, 64) is None
