"""An accelerator that is not there: tensors say that they are on it, and the CPU computes their numbers.

torch lets a program add a device of its own, of which autograd, the optimisers and the modules know. A mode that sees
every operator checks as CUDA does that tensors are on one device, and counts what a program on a GPU waits for and
sends. What it can't show: how long anything takes, and in which order a GPU adds.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import Literal
from unittest import mock

import torch
from torch._ops import OpOverload
from torch.library import Library, fallthrough_kernel
from torch.utils._python_dispatch import (
    TorchDispatchMode,
    _disable_current_modes,
    return_and_correct_aliasing,
)
from torch.utils._pytree import tree_iter, tree_map_only
from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend

from factories.pretended_tensors import Network, OnDevice, Recurrence

aten = torch.ops.aten

NAME = "pretended"
_COPIES = {aten.copy_.default, aten._to_copy.default}
_INDEXED = {aten.index.Tensor, aten.index_put.default, aten.index_put_.default, aten._index_put_impl_.default}
_SIZED_BY_VALUES = {
    aten.nonzero.default,
    aten.masked_select.default,
    aten.bincount.default,
    aten._unique2.default,
    aten.repeat_interleave.Tensor,
}
"""Their result's size depends on values, which the host must know."""
_READ = {aten._local_scalar_dense.default, aten.equal.default}
_NETWORKS = {"rnn_tanh": 1, "gru": 1, "lstm": 2}
"""The recurrent networks of torch, with the number of states each has."""


class _Backend(_DummyBackendModule):
    """What torch asks a device's module; it computes bf16, draws from the CPU's generator, and is rarely there."""

    is_there = False

    def is_available(self):
        return self.is_there

    def device_count(self):
        return int(self.is_there)

    def get_amp_supported_dtype(self):
        return [torch.bfloat16]

    def get_rng_state(self, _device=None):
        return torch.get_rng_state()

    def set_rng_state(self, state, _device=None):
        torch.set_rng_state(state)


# Before any backward pass in the process, whose threads are made for the devices that are known then.
_backend = _Backend()
_setup_privateuseone_for_python_backend(NAME, _backend)
# As on a real device, automatic casts leave alone what they have no rule for: here everything but networks.
_casts = Library("_", "IMPL")
_casts.fallback(fallthrough_kernel, "AutocastPrivateUse1")


class PretendedDevice(TorchDispatchMode):
    """While it is entered, there is a device called `name`, like one of CUDA or like an Apple GPU.

    Args:
        like: `mps` has no numbers in double precision, and computes recurrent networks step by step; `cuda` has one
            kernel for a network, as cuDNN has.
    """

    def __init__(self, like: Literal["cuda", "mps"] = "cuda") -> None:
        super().__init__()
        self.like, self.name = like, f"{NAME}:0"
        self.device = torch.device(self.name)
        self.waits: Counter[str] = Counter()
        """How often the host waited for the device, by the operator and the function of colacli that called it."""
        self.transfers: Counter[str] = Counter()
        """How often something was sent to the device, likewise."""
        self.operators: set[OpOverload] = set()
        """Called on the device."""
        self._entered = ExitStack()

    def __enter__(self):
        _backend.is_there = True
        torch._C._set_only_lift_cpu_tensors(True)  # `torch.tensor(device=...)` is then seen as made here and sent
        for name, states in _NETWORKS.items():
            network = self._network(getattr(torch._VF, name), states)
            self._entered.enter_context(mock.patch.object(torch._VF, name, network, create=True))
        return super().__enter__()

    def __exit__(self, *error):
        self._entered.close()
        torch._C._set_only_lift_cpu_tensors(False)
        _backend.is_there = False
        return super().__exit__(*error)

    @contextmanager
    def counting(self):
        """Count from here on: a new pair of counters, of waits and of transfers."""
        before = self.waits, self.transfers
        self.waits, self.transfers = Counter(), Counter()
        try:
            yield self.waits, self.transfers
        finally:
            for total, new in zip(before, (self.waits, self.transfers), strict=True):
                total.update(new)
            self.waits, self.transfers = before

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        tensors = [one for one in tree_iter((args, kwargs)) if isinstance(one, torch.Tensor)]
        here = [one for one in tensors if isinstance(one, OnDevice)]
        elsewhere = [one for one in tensors if not isinstance(one, OnDevice) and one.dim()]  # numbers may be anywhere
        is_result_here = self._is_result_here(func, args, kwargs, bool(here))
        if here or is_result_here:
            self._check(func, args, here, elsewhere)
            self._count(func, args, kwargs, is_here=(bool(here), is_result_here), is_sent=bool(elsewhere))
        if "device" in kwargs:
            kwargs["device"] = torch.device("cpu") if is_result_here else kwargs["device"]
        values, options = tree_map_only(OnDevice, lambda one: one.values, (args, kwargs))
        result = func(*values, **options)
        if not is_result_here:
            return result
        if not here and result is values[0]:
            result = result.clone()  # a copy to another device is a copy
        result = tree_map_only(torch.Tensor, lambda one: OnDevice(one, self.device), result)
        return return_and_correct_aliasing(func, args, kwargs, result) if here else result

    def _is_result_here(self, func, args, kwargs, any_here):
        if func is aten.copy_.default:
            return isinstance(args[0], OnDevice)
        target = kwargs.get("device")
        return any_here if target is None else torch.device(target).type == self.device.type

    def _check(self, func, args, here, elsewhere):
        """Refuse what the real device refuses."""
        is_indexed = func in _INDEXED and isinstance(args[0], OnDevice)
        if here and elsewhere and func not in _COPIES and not is_indexed:
            raise RuntimeError(f"{func} in {_caller()}: tensors on {self.device} and on the CPU")
        if self.like == "mps" and any(one.dtype == torch.float64 for one in here):
            raise RuntimeError(f"{func} in {_caller()}: an Apple GPU has no double precision")

    def _count(self, func, args, kwargs, is_here, is_sent):
        any_here, is_result_here = is_here
        self.operators.add(func)
        is_mask = func in _INDEXED and any(one is not None and one.dtype == torch.bool for one in args[1])
        is_copied_back = func in _COPIES and any_here and not is_result_here
        is_blocking = not (kwargs.get("non_blocking") or (func is aten.copy_.default and len(args) > 2 and args[2]))
        if is_sent and is_result_here:
            self.transfers[_caller()] += 1
        is_blocked = (is_copied_back or (is_sent and is_result_here)) and is_blocking
        if any_here and (func in _SIZED_BY_VALUES | _READ or is_mask):
            is_blocked = True
        if is_blocked:
            self.waits[f"{func.overloadpacket.__name__} in {_caller()}"] += 1

    def _network(self, original, states):
        """A recurrent network that computes on this device; on the CPU as ever."""

        def run(data, counts, hidden, weights, *options):
            if not isinstance(data, OnDevice):
                return original(data, counts, hidden, weights, *options)
            hidden = list(hidden) if states > 1 else [hidden]
            is_bf16 = torch.is_autocast_enabled(NAME)
            network = Network(original, counts, len(hidden), options, is_bf16, self)
            return Recurrence.apply(network, data, *hidden, *weights)

        return run

    @contextmanager
    def computing(self):
        """On the CPU's tensors, for a network; what is called is noted if the device would call it too."""
        with _disable_current_modes(), torch.enable_grad(), ExitStack() as stack:
            if self.like == "mps":
                stack.enter_context(_Noting(self.operators))
            yield


class _Noting(TorchDispatchMode):
    """Note what is called."""

    def __init__(self, operators: set[OpOverload]) -> None:
        super().__init__()
        self._operators = operators

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self._operators.add(func)
        return func(*args, **(kwargs or {}))


def _caller() -> str:
    """The innermost function of colacli on the stack, as file and name."""
    frame = sys._getframe(2)
    while frame is not None:
        _, found, path = frame.f_code.co_filename.rpartition("/src/colacli/")
        if found:
            return f"{path} {frame.f_code.co_name}"
        frame = frame.f_back
    return "a library"
