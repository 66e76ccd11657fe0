"""CUDA graphs of a device that is only pretended: operators are noted, and called again when a graph is replayed."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_leaves, tree_map_only

from colacli.kernels import cuda_graphs
from colacli.models import decoding, inference
from colacli.training import state, steps
from factories.pretended_tensors import Noted, OnDevice


@contextmanager
def pretended_graphs(most=cuda_graphs.MOST_GRAPHS):
    """While it is entered, a pretended device captures graphs; yields those that are replayed, one after another."""
    replayed = []

    def capture(compute, device, pool):
        graph = _Graph()
        with graph:
            result = compute()
        graph.undo()
        return lambda: (replayed.append(graph), graph.replay()), result

    with pytest.MonkeyPatch.context() as patch:
        for module in (cuda_graphs, decoding, inference, steps, state):
            patch.setattr(module, "can_capture", lambda _: True)
        for module in (cuda_graphs, state):
            patch.setattr(module, "is_capturing", lambda: False)
        patch.setattr(cuda_graphs, "capture", capture)
        patch.setattr(cuda_graphs, "MOST_GRAPHS", most)
        patch.setattr(torch.cuda, "graph_pool_handle", lambda: None)
        yield replayed


class _Graph(TorchDispatchMode):
    """Notes operators of the device. What the host reads or sends can't be in a graph, and is refused."""

    def __init__(self) -> None:
        super().__init__()
        self._calls = []
        self._before = []
        self._random = torch.get_rng_state()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        given = [one for one in tree_leaves((args, kwargs)) if isinstance(one, torch.Tensor)]
        writes = [one.alias_info is not None and one.alias_info.is_write for one in func._schema.arguments]
        for value in tree_leaves([one for one, is_write in zip(args, writes, strict=False) if is_write]):
            if isinstance(value, OnDevice):
                self._before.append((value, value.values.clone()))
        result = func(*args, **kwargs)
        here = [one for one in tree_leaves(result) if isinstance(one, torch.Tensor)]
        is_here = {isinstance(one, OnDevice) for one in [*here, *(one for one in given if one.dim())]}
        if is_here == {True, False} or (True in is_here and not here and func._schema.returns):
            raise RuntimeError(f"{func} can't be captured: it waits for the device, or sends to it")
        if any(isinstance(one, OnDevice) for one in [*here, *given]):
            self._calls.append(partial(_call_again, func, args, kwargs, result))
        return result

    def __enter__(self):
        Noted.calls = self._calls
        return super().__enter__()

    def __exit__(self, *error):
        Noted.calls = None
        return super().__exit__(*error)

    def undo(self):
        """Put back what was there before: a capture computes nothing."""
        for tensor, values in reversed(self._before):
            tensor.values.copy_(values)
        torch.set_rng_state(self._random)

    def replay(self):
        """Call all operators again, and write what they give where it was the first time."""
        with _disable_current_modes(), torch.no_grad():
            for call in self._calls:
                call()


def _call_again(func, args, kwargs, result):
    if any(one.alias_info is not None and not one.alias_info.is_write for one in func._schema.returns):
        return  # a view sees what is written
    values, options = tree_map_only(OnDevice, lambda one: one.values, (args, kwargs))
    if "device" in options:
        options["device"] = torch.device("cpu")
    new = func(*values, **options)
    for old, computed in zip(tree_leaves(result), tree_leaves(new), strict=True):
        if isinstance(old, OnDevice) and old.values is not computed:
            old.values.copy_(computed)
