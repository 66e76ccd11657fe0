"""The C kernels, called with tensors."""

from __future__ import annotations

import ctypes
from functools import cache

import torch
from torch import Tensor

from colacli.kernels.compiled.build import Built, CompileError, build

_TYPES = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.int16: "int16"}


class Library:
    """The functions of kernels.c.

    Raises:
        OSError: it can't be loaded.
    """

    def __init__(self, built: Built) -> None:
        self._functions = ctypes.CDLL(str(built.path))
        self.compiler = built.compiler
        self.columns = int(self._functions.columns())
        """COLUMNS of numbers.h."""
        self.panel = int(self._functions.panel())
        """PANEL of products.h."""

    def call(self, name: str, dtype: torch.dtype, *arguments: Tensor | float | None) -> None:
        """Call a function for a type of states or matrices, on as many threads as torch's operators.

        Args:
            name: in lora.h, attention.h, pointwise.h, row_products.h or decoding.h.
            dtype: fp32 or bf16, in row_products.h int16 too.
            arguments: as declared there, without the number of threads; tensors are contiguous.
        """
        getattr(self._functions, f"{name}_{_TYPES[dtype]}")(*map(_as_c, arguments), _as_c(torch.get_num_threads()))


def _as_c(argument: Tensor | float | None) -> ctypes.c_void_p | ctypes.c_int64 | ctypes.c_float:
    if isinstance(argument, int):
        return ctypes.c_int64(argument)
    if isinstance(argument, float):
        return ctypes.c_float(argument)
    return ctypes.c_void_p(None if argument is None else argument.data_ptr())


def takes(x: Tensor) -> bool:
    """Whether C kernels compute what is computed of x."""
    return x.device.type == "cpu" and has_kernels(x.dtype)


def has_kernels(dtype: torch.dtype) -> bool:
    """Whether there are C kernels here for states or matrices of a type on the CPU; compiles them."""
    return dtype in _TYPES and isinstance(load(), Library)


def library() -> Library:
    """The library.

    Raises:
        CompileError: there is none.
    """
    if isinstance(loaded := load(), CompileError):
        raise loaded
    return loaded


@cache
def load() -> Library | CompileError:
    """The library, or why there is none; compiled now if need be."""
    try:
        try:
            return Library(build())
        except OSError:  # it is damaged
            return Library(build(again=True))
    except OSError as error:
        return CompileError(str(error))
    except CompileError as error:
        return error


def used() -> str:
    """What compiled the kernels, or `torch`, whose operators took their place; empty where nothing asked for any."""
    if not load.cache_info().currsize:
        return ""
    return loaded.compiler if isinstance(loaded := load(), Library) else "torch"
