"""Reading and writing safetensors. colacli never loads a pickle.

A file is read into memory and hashed at the same time, so that the tensors are the bytes of the digest. A memory map
would change with the file, and end the process where the file is truncated.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec
import torch
from safetensors.torch import save
from torch import Tensor

from colacli.errors import IntegrityError

_MAX_TENSORS = 100_000  # the largest GPT-2 has 580
_MAX_HEADER = 100_000_000  # bytes, the library's own limit
_CHUNK = 1 << 22  # bytes read and hashed at a time
_TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
    "C64": torch.complex64,
}
_Size = Annotated[int, msgspec.Meta(ge=0, le=2**48)]


class Entry(msgspec.Struct, frozen=True):
    """A tensor's entry in the header."""

    dtype: str
    shape: tuple[_Size, ...]
    data_offsets: tuple[_Size, _Size]
    """First byte and end, counted from the header's end."""

    @property
    def type(self) -> torch.dtype:
        """The torch type.

        Raises:
            ValueError: it is not supported.
        """
        if self.dtype not in _TYPES:
            raise ValueError(f"type {self.dtype!r} is not one of {', '.join(_TYPES)}")
        return _TYPES[self.dtype]

    @property
    def size(self) -> int:
        """In bytes."""
        return self.data_offsets[1] - self.data_offsets[0]


def read_tensors(
    path: Path, sha256: str | None = None, select: Callable[[str], bool] = lambda _: True
) -> dict[str, Tensor]:
    """Tensors of one safetensors file, by name.

    Args:
        path: the file.
        sha256: the file's digest, which is checked; None for no check.
        select: whether to return the tensor of a name; the others take no memory.

    Raises:
        IntegrityError: it is not a complete safetensors file, or has another digest.
    """
    with _reading(path), path.open("rb") as file:
        stream = _Hashing(file)
        tensors = _tensors(stream, path.stat().st_size, select)
        digest = stream.digest.hexdigest()
    if sha256 not in (None, digest):
        raise IntegrityError(
            f"{path} has other bytes than when its digest was computed: it was changed since, or is damaged",
            "give the command again where the file was replaced; it is then another run",
        )
    return tensors


def tensors_from(content: bytes, where: str) -> dict[str, Tensor]:
    """Tensors from the bytes of a safetensors file; `where` names it in errors, as those of `read_tensors`."""
    with _reading(where):
        return _tensors(_Hashing(BytesIO(content)), len(content))


def read_header(path: Path) -> dict[str, Entry]:
    """The entries of a safetensors file's header, by name; no tensor is read.

    Raises:
        IntegrityError: as `read_tensors`.
    """
    with _reading(path), path.open("rb") as file:
        return dict(_header(_Hashing(file), path.stat().st_size))


@contextmanager
def _reading(where: Path | str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:  # msgspec's are ValueErrors, torch's RuntimeErrors
        raise IntegrityError(f"{where} can't be read as safetensors: {error}", "copy or make it again") from error


class _Hashing:
    """A stream that hashes what is read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def fill(self, buffer: memoryview) -> None:
        """Read until the buffer is full.

        Raises:
            ValueError: the stream ends before.
        """
        for start in range(0, len(buffer), _CHUNK):
            part = buffer[start : start + _CHUNK]
            if self._stream.readinto(part) != len(part):  # type: ignore[attr-defined] # every binary file has it
                raise ValueError("it is cut short")
            self.digest.update(part)

    def read(self, size: int) -> bytes:
        """The next bytes."""
        content = bytearray(size)
        self.fill(memoryview(content))
        return bytes(content)

    def skip(self, size: int) -> None:
        """Hash bytes without returning them."""
        buffer = memoryview(bytearray(min(size, _CHUNK)))
        for start in range(0, size, _CHUNK):
            self.fill(buffer[: size - start])


def _header(stream: _Hashing, size: int) -> list[tuple[str, Entry]]:
    """The entries in the order of their bytes, checked to cover the file without gaps."""
    if size < 8 or (length := int.from_bytes(stream.read(8), "little")) > min(size - 8, _MAX_HEADER):
        raise ValueError("it has no header, or is cut short in it")
    try:
        values: dict[str, Any] = msgspec.json.decode(stream.read(length), type=dict[str, Any])
    except RecursionError as error:
        raise ValueError("its header is nested too deeply") from error
    values.pop("__metadata__", None)
    if len(values) > _MAX_TENSORS:
        raise ValueError(f"it holds {len(values):,} tensors")
    entries = msgspec.convert(values, dict[str, Entry])
    ordered = sorted(entries.items(), key=lambda item: item[1].data_offsets)
    end = 0
    for name, entry in ordered:
        if entry.data_offsets[0] != end or entry.size != math.prod(entry.shape) * entry.type.itemsize:
            raise ValueError(f"the header's shapes and offsets disagree at {name}")
        end = entry.data_offsets[1]
    if 8 + length + end != size:
        raise ValueError(f"by its header it has {8 + length + end:,} bytes, but it has {size:,}")
    return ordered


def _tensors(stream: _Hashing, size: int, select: Callable[[str], bool] = lambda _: True) -> dict[str, Tensor]:
    tensors = {}
    for name, entry in _header(stream, size):
        if select(name):
            tensors[name] = _read_tensor(stream, entry)
        else:
            stream.skip(entry.size)
    return tensors


def _read_tensor(stream: _Hashing, entry: Entry) -> Tensor:
    content = torch.empty(entry.size, dtype=torch.uint8)
    if entry.size == 0:
        return torch.empty(entry.shape, dtype=entry.type)
    stream.fill(content.numpy().data)
    return content.view(entry.type).view(entry.shape)


def check_outputs(outputs: Tensor) -> None:
    """Check that a model's outputs are finite.

    Raises:
        IntegrityError: some are not.
    """
    if not outputs.isfinite().all():
        message = "the model computes NaN or infinity: its weights, or its adapter's, are too large"
        raise IntegrityError(message, "make the run again with --force, or copy the base model again")


def write_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write one safetensors file."""
    path.write_bytes(tensor_bytes(tensors))


def tensor_bytes(tensors: dict[str, Tensor]) -> bytes:
    """The bytes of a safetensors file; the same tensors give the same ones.

    One metadata key at most: with more, their order in the file is random.
    """
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in sorted(tensors.items())}
    return save(contiguous, metadata={"format": "pt"})
