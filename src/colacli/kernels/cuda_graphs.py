"""Work that a GPU of CUDA captures as a graph, once for each shape of its inputs, and replays.

A host takes longer to launch the thousand small kernels of a training step than a GPU to compute them; those of a
graph are launched together.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from colacli.kernels.sending import joined, send, views

Compute = Callable[..., Tensor]
"""(inputs on the device, *constants) -> a tensor; the host reads nothing of the device in it, and sends nothing."""

VARIABLE = "COLACLI_CUDA_GRAPHS"
"""0 for none."""
MOST_GRAPHS = 16
"""Shapes of which there is a graph; others are computed as they come."""


def can_capture(device: torch.device) -> bool:
    """Whether work on a device can be captured."""
    return device.type == "cuda" and os.environ.get(VARIABLE) != "0"


def capture(compute: Callable[[], Tensor], device: torch.device, pool: Any) -> tuple[Callable[[], None], Tensor]:
    """A graph of what is computed, as a function that replays it, and where its result is then.

    Args:
        compute: nothing is computed now.
        device: whose current stream replays it.
        pool: memory that is shared with other graphs, of which one at a time is replayed and its result read.

    Raises:
        RuntimeError: it can't be captured, or there is not enough memory.
    """
    graph, last = torch.cuda.CUDAGraph(), torch.cuda.graph.default_capture_stream
    if last is not None and device.index not in (None, last.device_index):
        torch.cuda.graph.default_capture_stream = None  # torch's own is of the device that was captured on first
    try:
        with torch.cuda.device(device), torch.cuda.graph(graph, pool):
            result = compute()
    except RuntimeError as error:
        error.add_note(f"{VARIABLE}=0 computes without CUDA graphs")
        raise
    return graph.replay, result


def is_capturing() -> bool:
    """Whether what is computed now on a GPU of CUDA is captured."""
    return torch.cuda.is_current_stream_capturing()


class CudaGraphs:
    """A computation from integers of the host. Each shape is captured when it comes for the second time.

    Captured or not, it gives the same bytes: the kernels are the same, and dropout draws from the same sequence. The
    computation is no part of this object, which it may belong to: graphs are freed with the last reference to it.

    Args:
        device: one that `can_capture`.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._seen: set[object] = set()
        self._graphs: dict[object, _Graph] = {}
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, compute: Compute, inputs: Sequence[Tensor], *constants: int) -> Tensor:
        """What is computed of inputs, which are sent in one transfer.

        Args:
            compute: always the same. It may change parameters in place, and depends on them and its arguments alone.
            inputs: int64 on the host, of any shapes.
            constants: what the computation needs on the host; each value is a shape of its own.
        """
        shape = constants, tuple(one.shape for one in inputs)
        if shape in self._graphs:
            self._graphs[shape].take(joined(inputs, self._device))
        elif shape in self._seen and len(self._graphs) < MOST_GRAPHS:
            self._graphs[shape] = self._captured(compute, inputs, constants)
        else:
            self._seen.add(shape)
            return compute(send(inputs, self._device), *constants)
        return self._graphs[shape].replayed()

    def _captured(self, compute: Compute, inputs: Sequence[Tensor], constants: Sequence[int]) -> _Graph:
        there = joined(inputs, self._device).to(self._device, non_blocking=True)
        parts = views(there, inputs)
        return _Graph(there, *capture(lambda: compute(parts, *constants), self._device, self._pool))


@dataclass(frozen=True)
class _Graph:
    inputs: Tensor
    """What it reads: all inputs, joined."""
    replay: Callable[[], None]
    result: Tensor
    """Where it writes."""

    def take(self, inputs: Tensor) -> None:
        """Other inputs, joined on the host."""
        self.inputs.copy_(inputs, non_blocking=True)

    def replayed(self) -> Tensor:
        """The result for these inputs."""
        self.replay()
        return self.result.clone()
