"""What is sent arrives as it was, in one transfer; a CPU gets the same tensors."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.kernels.sending import send
from factories.pretended_device import PretendedDevice

SHAPES = st.lists(st.lists(st.integers(0, 4), max_size=2), min_size=1, max_size=5)


@given(SHAPES)
def test_tensors_arrive_in_their_shapes(shapes):
    """Whatever their number and shapes, they make one transfer, which is not waited for."""
    tensors = [torch.randint(-(2**62), 2**62, shape) for shape in shapes]
    with PretendedDevice() as device:
        sent = send(tensors, device.device)
        waits, transfers = device.waits.total(), device.transfers.total()
        arrived = [one.cpu() for one in sent]

    assert all(torch.equal(*pair) for pair in zip(arrived, tensors, strict=True))
    assert (waits, transfers) == (0, 1)


def test_a_cpu_gets_the_same_tensors():
    """Nothing is copied where nothing is sent."""
    tensors = [torch.arange(3), torch.arange(2)]
    sent = send(tensors, torch.device("cpu"))

    assert all(one is other for one, other in zip(sent, tensors, strict=True))
