"""The pretended device refuses what real ones refuse, and counts what makes the host wait."""

import pytest
import torch

from factories.pretended_device import PretendedDevice


@pytest.fixture
def device():
    """Entered, with nothing counted."""
    with PretendedDevice() as device:
        yield device


def test_tensors_on_two_devices_are_refused(device):
    """A matrix that was left on the CPU is an error, which names the operator."""
    with pytest.raises(RuntimeError, match=r"mm.*tensors on pretended:0 and on the CPU"):
        torch.ones(2, 2, device=device.name) @ torch.ones(2, 2)


def test_a_number_may_be_anywhere(device):
    """A tensor without dimensions is passed to a kernel as a number, without waiting."""
    total = torch.ones(2, device=device.name) + torch.tensor(1.0)

    assert not device.waits
    assert total.tolist() == [2.0, 2.0]


def test_an_apple_gpu_has_no_double_precision():
    """Double precision is an error there, and none on CUDA."""
    with PretendedDevice("cuda") as cuda:
        torch.ones(2, device=cuda.name).double() + 1
    with PretendedDevice("mps") as mps, pytest.raises(RuntimeError, match="no double precision"):
        torch.ones(2, device=mps.name).double() + 1


def _mask(x):
    return x[x > 1]


@pytest.mark.parametrize(
    ("waiting", "operator"),
    [
        (lambda x: x.sum().item(), "_local_scalar_dense"),
        (lambda x: x.tolist(), "_to_copy"),
        (lambda x: x.cpu(), "_to_copy"),
        (lambda x: bool((x > 1).any()), "_local_scalar_dense"),
        (lambda x: x.nonzero(), "nonzero"),
        (_mask, "index"),
        (lambda x: x.repeat_interleave(x.long()), "repeat_interleave"),
        (lambda x: torch.empty(3).copy_(x), "copy_"),
    ],
)
def test_what_the_host_needs_it_waits_for(device, waiting, operator):
    """A value or a size that depends on values makes the host wait, once."""
    x = torch.arange(3.0, device=device.name)
    with device.counting() as (waits, transfers):
        waiting(x)

    assert dict(waits) == {f"{operator} in a library": 1}
    assert not transfers


@pytest.mark.parametrize(("is_blocking", "expected"), [(True, 1), (False, 0)])
def test_sending_is_counted(device, is_blocking, expected):
    """What is sent is a transfer, for which the host waits unless it is told not to."""
    with device.counting() as (waits, transfers):
        torch.ones(3).to(device.name, non_blocking=not is_blocking)

    assert transfers.total() == 1
    assert waits.total() == expected


def test_computing_is_not_waited_for(device):
    """Products, views, a backward pass and a step of Adam run on without the host."""
    layer = torch.nn.Linear(3, 2).to(device.name)
    optimizer = torch.optim.Adam(layer.parameters(), fused=True)
    x = torch.randn(4, 3, device=device.name)
    with device.counting() as (waits, transfers):
        layer(x)[:, 0].square().mean().backward()
        optimizer.step()

    assert not waits
    assert not transfers


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("like", ["cuda", "mps"])
def test_a_network_has_the_gradients_of_the_cpu(kind, like):
    """A recurrent network and its gradients are the CPU's, bit by bit; only an Apple GPU computes it in steps."""
    network = getattr(torch.nn, kind)(3, 4, 2, bidirectional=True)
    x = torch.nn.utils.rnn.pack_sequence([torch.randn(5, 3), torch.randn(2, 3)])
    network(x)[0].data.square().sum().backward()
    expected = [parameter.grad.clone() for parameter in network.parameters()]
    network.zero_grad()
    with PretendedDevice(like) as device:
        network.to(device.name)(x.to(device.name))[0].data.square().sum().backward()
        actual = [parameter.grad.cpu() for parameter in network.parameters()]

    assert all(torch.equal(*pair) for pair in zip(actual, expected, strict=True))
    assert (torch.ops.aten.addmm.default in device.operators) == (like == "mps")
