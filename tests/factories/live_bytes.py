"""The bytes of the tensors that are alive at once, on the CPU or on the pretended device."""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from factories.pretended_device import OnDevice, PretendedDevice


class LiveBytes(TorchDispatchMode):
    """While it is entered, every storage that an operator makes is counted until it is freed.

    Args:
        device: the pretended one, whose tensors alone are counted, entered before; None to count the CPU's.
    """

    def __init__(self, device: PretendedDevice | None) -> None:
        super().__init__()
        self._device = device
        self._sizes: dict[int, int] = {}
        self.now = self.most = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for one in tree_iter(result):
            if isinstance(one, torch.Tensor):
                self.count(one)
        return result

    def count(self, tensor: torch.Tensor) -> None:
        """Count a tensor's memory, once."""
        if isinstance(tensor, OnDevice) != (self._device is not None):
            return
        storage = (tensor.values if isinstance(tensor, OnDevice) else tensor).untyped_storage()
        if storage._cdata not in self._sizes:
            self._sizes[storage._cdata] = storage.nbytes()
            self.now += storage.nbytes()
            self.most = max(self.most, self.now)
            weakref.finalize(storage, self._free, storage._cdata)

    def _free(self, key: int) -> None:
        self.now -= self._sizes.pop(key)
