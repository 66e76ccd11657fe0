"""Attention of rows in few operators is each sentence's own, and so are its gradients."""

import pytest
import torch
import torch.nn.functional as F

from colacli.kernels.layout import PaddedLayout
from colacli.kernels.row_attention import row_attention

HEADS, WIDTH, SCALE = 3, 4, 0.5


def of_sentence(qkv):
    """Causal attention of one sentence (T, 3 d) -> (T, d), by torch."""
    q, k, v = qkv.view(len(qkv), 3, HEADS, WIDTH).permute(1, 2, 0, 3)
    return F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=SCALE).transpose(0, 1).flatten(1)


@pytest.mark.parametrize("lengths", [[5], [64], [3, 1, 60, 2, 64, 7], [70, 3, 71], [40, 40, 40]])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.04)])
def test_value_and_gradient_are_each_sentences_own(lengths, dtype, tolerance):
    """With full rows and with empty positions, short rows and long ones."""
    torch.manual_seed(0)
    qkv = torch.randn(sum(lengths), 3 * HEADS * WIDTH).to(dtype).requires_grad_()
    exact = qkv.detach().double().requires_grad_()
    rows = PaddedLayout.of_sentences(lengths).with_mask_in(dtype).head_rows(HEADS)
    actual = row_attention(qkv, rows, HEADS, SCALE)
    expected = torch.cat([of_sentence(part) for part in exact.split(lengths)])
    weights = torch.randn(expected.shape)
    (actual.float() * weights).sum().backward()
    (expected * weights).sum().backward()

    assert actual.dtype == dtype
    torch.testing.assert_close(actual.double(), expected, rtol=0.0, atol=tolerance)
    torch.testing.assert_close(qkv.grad.double(), exact.grad, rtol=0.0, atol=tolerance * exact.grad.abs().max().item())


def test_rows_of_one_sentence_have_none():
    """They need no mask on an accelerator."""
    assert PaddedLayout.of_rows(3, 4, 0).head_rows(HEADS) is None
