"""Which shapes are captured, on the pretended device, and where nothing is."""

import gc
import weakref
from contextlib import nullcontext

import pytest
import torch

from colacli.errors import describe_unexpected
from colacli.kernels.cuda_graphs import VARIABLE, CudaGraphs, can_capture, capture
from factories.pretended_device import PretendedDevice
from factories.pretended_graphs import pretended_graphs


def _total(inputs, factor=1):
    numbers, more = inputs
    return (numbers.sum() + more.sum()) * factor


def _results(most, shapes):
    """What is computed of numbers in shapes, one after another, and how many were replayed."""
    with PretendedDevice() as device, pretended_graphs(most) as replayed:
        graphs = CudaGraphs(device.device)
        results = [
            float(graphs(_total, [torch.full((count,), number), torch.tensor([1])], *constants).cpu())
            for number, (count, *constants) in enumerate(shapes)
        ]
    return results, len(replayed)


def test_a_shape_is_captured_when_it_comes_again():
    """The first time it is computed as it comes; constants are a part of it."""
    shapes = [(2,), (3,), (2,), (2,), (2, 10), (3,), (2, 10)]
    results, replayed = _results(16, shapes)

    assert results == [1, 4, 5, 7, 90, 16, 130]
    assert replayed == 4


@pytest.mark.parametrize(("most", "expected"), [(0, 0), (1, 3), (2, 5)])
def test_there_are_no_more_graphs_than_are_said(most, expected):
    """Other shapes are computed as they come."""
    assert _results(most, [(1,), (2,), (1,), (2,), (1,), (2,), (1,)])[1] == expected


def test_a_result_is_not_written_over():
    """By the next replay."""
    with PretendedDevice() as device, pretended_graphs():
        graphs = CudaGraphs(device.device)
        results = [graphs(_total, [torch.tensor([number]), torch.tensor([1])]) for number in range(4)]
        assert [int(one.cpu()) for one in results] == [1, 2, 3, 4]


def test_graphs_are_freed_with_their_owner():
    """Without a search for circles, so that the next training has their memory."""

    class Owner:
        def __init__(self, device):
            self.graphs = CudaGraphs(device)

        def __call__(self, number):
            return self.graphs(self.compute, [torch.tensor([number]), torch.tensor([1])])

        def compute(self, inputs):
            return _total(inputs)

    with PretendedDevice() as device, pretended_graphs():
        owner = Owner(device.device)
        assert [int(owner(number).cpu()) for number in range(3)] == [1, 2, 3]
        graphs = weakref.ref(owner.graphs)
        gc.disable()
        del owner
        assert graphs() is None
        gc.enable()


def test_what_cannot_be_captured_says_how_to_do_without(monkeypatch):
    """To a person too."""
    for name in ("CUDAGraph", "device", "graph"):
        monkeypatch.setattr(torch.cuda, name, lambda *_: nullcontext())
    monkeypatch.setattr(torch.cuda.graph, "default_capture_stream", None, raising=False)

    def compute():
        raise RuntimeError("operation not permitted when stream is capturing")

    with pytest.raises(RuntimeError) as raised:
        capture(compute, torch.device("cuda"), None)
    message, hint = describe_unexpected(raised.value)
    assert message == "RuntimeError: operation not permitted when stream is capturing"
    assert hint.endswith("; COLACLI_CUDA_GRAPHS=0 computes without CUDA graphs")


@pytest.mark.parametrize(
    ("device", "value", "expected"), [("cuda", None, True), ("cuda", "0", False), ("mps", None, False)]
)
def test_where_work_is_captured(monkeypatch, device, value, expected):
    """On CUDA, unless the variable says no."""
    monkeypatch.delenv(VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    assert can_capture(torch.device(device)) == expected
