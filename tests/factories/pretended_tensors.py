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


class Noted:
    """What a graph that is captured has to compute again, beside operators."""

    calls: list | None = None

    @classmethod
    def computed(cls, compute, device):
        """Tensors on the device, of CPU tensors or None; computed again into the same memory by a replay."""
        found = tuple(None if one is None else OnDevice(one.detach(), device) for one in compute())

        def again():
            for old, new in zip(found, compute(), strict=True):
                if old is not None:
                    old.values.copy_(new.detach())

        if cls.calls is not None:
            cls.calls.append(again)
        return found


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

        def compute():
            with network.device.computing():
                ctx.inputs = [one.values.detach().requires_grad_() for one in tensors]
                ctx.outputs = network(*ctx.inputs)
            return ctx.outputs

        ctx.network = network
        return Noted.computed(compute, tensors[0].device)

    @staticmethod
    def backward(ctx: Any, *gradients: OnDevice):
        """The gradients of its inputs, on the device."""

        def compute():
            with ctx.network.device.computing():
                values = [one.values for one in gradients]
                return torch.autograd.grad(ctx.outputs, ctx.inputs, values, allow_unused=True)

        return None, *Noted.computed(compute, gradients[0].device)
