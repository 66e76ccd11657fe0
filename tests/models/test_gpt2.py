"""Attention, in the one place where two ways of computing it must agree."""

from __future__ import annotations

import pytest
import torch

from colacli.models import gpt2


@pytest.mark.parametrize(("read", "known"), [(7, 7), (1, 7), (3, 7)])
def test_plain_products_agree_with_the_fused_kernel(monkeypatch: pytest.MonkeyPatch, read: int, known: int) -> None:
    """All tokens, one after those remembered, or some of them: both ways give the same to 1e-6 in fp32."""
    generator = torch.Generator().manual_seed(0)
    queries = torch.randn(2, 3, read, 8, generator=generator)
    keys, values = (torch.randn(2, 3, known, 8, generator=generator) for _ in range(2))
    plain = gpt2.attend(queries, keys, values, 0.3)
    monkeypatch.setattr(gpt2, "_PLAIN_UP_TO", 0)
    fused = gpt2.attend(queries, keys, values, 0.3)
    assert torch.allclose(plain, fused, atol=1e-6)


def test_no_token_sees_what_follows() -> None:
    """Changing later keys and values changes nothing before them."""
    generator = torch.Generator().manual_seed(0)
    queries, keys, values = (torch.randn(1, 2, 6, 4, generator=generator) for _ in range(3))
    before = gpt2.attend(queries, keys, values, 0.5)
    keys[:, :, 4:], values[:, :, 4:] = 9.0, -9.0
    after = gpt2.attend(queries, keys, values, 0.5)
    assert torch.equal(before[:, :, :4], after[:, :, :4])
