"""Which attention a GPU computes: its numbers are the CPU's, and no mask is made where a flag says the same."""

from unittest import mock

import pytest
import torch
import torch.nn.functional as F

from colacli.kernels.attention import KeyValueCache, attend, attend_cached
from colacli.kernels.layout import PaddedLayout
from colacli.kernels.packing import Batch, Continuation, prepare
from colacli.kernels.prefixes import SharedPrefixes
from factories.pretended_device import PretendedDevice

aten = torch.ops.aten
HEADS, WIDTH = 2, 4


def states(rows, width, seed=0):
    """Queries, keys and values (R, H, W, d/H)."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(rows, HEADS, width, WIDTH, generator=generator) for _ in range(3)]


@pytest.fixture
def chosen():
    """What the library's attention was asked for, call by call: whether with a mask, whether causal."""
    calls = []
    original = F.scaled_dot_product_attention

    def attention(queries, keys, values, attn_mask=None, is_causal=False, scale=None):
        calls.append((attn_mask is not None, is_causal))
        return original(queries, keys, values, attn_mask=attn_mask, is_causal=is_causal, scale=scale)

    with mock.patch.object(F, "scaled_dot_product_attention", attention):
        yield calls


@pytest.mark.parametrize("is_trained", [True, False])
@pytest.mark.parametrize("width", [8, 300])
def test_gradients_have_a_fixed_order(is_trained, width):
    """Where a gradient is needed two products are taken, however long a sentence is; the library's kernel elsewhere."""
    mask = PaddedLayout.of_sentences([width]).mask
    tensors = states(1, mask.shape[-1])
    expected = attend(*tensors, 0.5, mask)
    with PretendedDevice() as device:
        on_device = [one.to(device.name).requires_grad_(is_trained) for one in tensors]
        attended = attend(*on_device, 0.5, mask.to(device.name)).detach().cpu()
        called = device.operators

    assert torch.allclose(attended, expected, atol=1e-6)
    assert (aten._softmax.default in called) == is_trained
    assert (aten._safe_softmax.default in called) != is_trained


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ([5], [(False, True)]),  # a prompt
        ([5, 1, 1], [(False, True), (False, False), (False, False)]),  # and its next tokens
        ([1, 1], [(False, False), (False, False)]),  # a prompt of one token
        ([5, 3], [(False, True), (True, False)]),  # several tokens after those in the cache
    ],
)
def test_generation_needs_no_mask(chosen, count, read, expected):
    """A prompt is causal, and a single token sees all before it: the CPU's numbers, without a mask."""
    tensors = states(count, sum(read))
    on_cpu = _in_parts(tensors, read, torch.device("cpu"))
    del chosen[:]
    with PretendedDevice() as device:
        attended = _in_parts(tensors, read, device.device)

    assert chosen == expected
    assert torch.allclose(attended, on_cpu, atol=1e-5)


def _in_parts(tensors, read, device):
    """Attention to some tokens after others, with a cache: (R, H, W, d/H) on the CPU."""
    cache, start, parts = KeyValueCache(sum(read)), 0, []
    for width in read:
        ids = torch.zeros(len(tensors[0]), width, dtype=torch.int64)
        layout = prepare(Continuation(ids, start), device).layout.with_mask_in(torch.float32)
        part = torch.stack([one[:, :, start : start + width].to(device) for one in tensors])
        parts.append(attend_cached(part, 0.5, layout.mask, cache).cpu())
        start += width
    return torch.cat(parts, dim=2)


@pytest.mark.parametrize("longest", [5, 64, 83])
@pytest.mark.parametrize("packed", [lambda batch: batch, SharedPrefixes.of], ids=["sentences", "shared prefixes"])
def test_judging_has_an_aligned_mask(chosen, longest, packed):
    """Sentences share rows, so a mask says what is whose; its rows start at multiples of 8, which kernels require."""
    lengths = torch.tensor([3, 3, longest, 4])
    batch = packed(Batch(torch.arange(int(lengths.sum())) % 3, lengths))
    tensors = states(len(batch.layout.mask), batch.layout.width)
    expected = attend(*tensors, 0.5, batch.layout.mask)
    del chosen[:]
    with PretendedDevice() as device:
        mask = prepare(batch, device.device).layout.mask
        attended = attend(*(one.to(device.name) for one in tensors), 0.5, mask).cpu()
        values = mask.cpu()

    assert chosen == [(True, False)]
    assert torch.equal(values, batch.layout.mask)
    assert [stride % 8 for stride in mask.stride()[:3]] == [0, 0, 0]
    assert torch.allclose(attended, expected, atol=1e-5)
