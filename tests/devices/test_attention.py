"""Which attention a GPU computes."""

import pytest
import torch

from colacli.kernels.attention import attend
from colacli.kernels.layout import PaddedLayout
from factories.pretended_device import PretendedDevice

aten = torch.ops.aten


@pytest.mark.parametrize("is_trained", [True, False])
@pytest.mark.parametrize("width", [8, 300])
def test_gradients_have_a_fixed_order(is_trained, width):
    """Where a gradient is needed two products are taken, however long a sentence is; the library's kernel elsewhere."""
    mask = PaddedLayout.of_sentences([width]).mask
    size = mask.shape[-1]
    states = [torch.randn(1, 2, size, 4) for _ in range(3)]
    expected = attend(*states, 0.5, mask)
    with PretendedDevice() as device:
        on_device = [one.to(device.name).requires_grad_(is_trained) for one in states]
        attended = attend(*on_device, 0.5, mask.to(device.name)).detach().cpu()
        called = device.operators

    assert torch.allclose(attended, expected, atol=1e-6)
    assert (aten._softmax.default in called) == is_trained
    assert (aten._safe_softmax.default in called) != is_trained
