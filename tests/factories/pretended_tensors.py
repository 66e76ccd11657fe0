"""Tensors of a device that is only pretended, and networks over them as single operators."""

from __future__ import annotations

from typing import Any

import torch


class OnDevice(torch.Tensor):
    """A tensor that is said to be on the device; `values` is a CPU tensor."""

    values: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, values, device):
        """Of a CPU tensor's values."""
        layout = {"strides": values.stride(), "storage_offset": values.storage_offset(), "dtype": values.dtype}
        tensor = torch.Tensor._make_wrapper_subclass(cls, values.size(), device=device, **layout)
        tensor.values = values
        return tensor

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise RuntimeError(f"{func}: the pretended device was left before its tensors")

    def __repr__(self, **options):
        return f"{self.values!r} on {self.device}"

    def tolist(self):
        """Read it, as torch's own does in code that no mode sees."""
        return self.cpu().tolist()


class Network:
    """A call of one of torch's networks."""

    def __init__(self, original, counts, states, options, is_bf16, device) -> None:
        assert counts.device.type == "cpu", "the numbers of sentences by step are read by the host"
        self.original, self.counts, self.states, self.options = original, counts, states, options
        self.is_bf16, self.device = is_bf16, device

    def __call__(self, data, *tensors):
        """Its outputs, on the CPU."""
        hidden, weights = tensors[: self.states], tensors[self.states :]
        with torch.autocast("cpu", torch.bfloat16, enabled=self.is_bf16):
            hidden = tuple(hidden) if self.states > 1 else hidden[0]
            return self.original(data, self.counts, hidden, weights, *self.options)


class Recurrence(torch.autograd.Function):
    """A network as one operator: its gradient is that of the CPU's."""

    @staticmethod
    def forward(ctx: Any, network: Network, *tensors: OnDevice):
        """The network's outputs, on the device."""
        device = tensors[0].device
        with network.device.computing():
            ctx.inputs = [one.values.detach().requires_grad_() for one in tensors]
            ctx.outputs = network(*ctx.inputs)
        ctx.network = network
        return tuple(OnDevice(one.detach(), device) for one in ctx.outputs)

    @staticmethod
    def backward(ctx: Any, *gradients: OnDevice):
        """The gradients of its inputs, on the device."""
        device = gradients[0].device
        with ctx.network.device.computing():
            values = [one.values for one in gradients]
            found = torch.autograd.grad(ctx.outputs, ctx.inputs, values, allow_unused=True)
        return None, *(None if one is None else OnDevice(one, device) for one in found)
