"""Reading and writing safetensors. Nothing here or anywhere in colacli loads a pickle.

A file is read into memory of its own and hashed as it is read, so what is computed with are the bytes whose digest
is known. A mapping of the file would follow whatever is written into it later, and end the process where it is cut.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec
import torch
from safetensors.torch import save
from torch import Tensor

from colacli.errors import IntegrityError

_MOST = 100_000  # tensors; the largest GPT-2 has 580
_LONGEST_HEADER = 100_000_000  # bytes, the library's own limit
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
    """What a header says of one tensor."""

    dtype: str
    shape: tuple[_Size, ...]
    data_offsets: tuple[_Size, _Size]
    """Where its bytes begin and end, counted from the header's end."""

    @property
    def type(self) -> torch.dtype:
        """Of its numbers.

        Raises:
            ValueError: it is none that is read here.
        """
        if self.dtype not in _TYPES:
            raise ValueError(f"type {self.dtype!r} is not one of {', '.join(_TYPES)}")
        return _TYPES[self.dtype]


def read_tensors(
    path: Path, sha256: str | None = None, wanted: Callable[[str], bool] = lambda _: True
) -> dict[str, Tensor]:
    """Tensors of one safetensors file, by name.

    Args:
        path: the file.
        sha256: what all of its bytes must hash to; None where that is not known.
        wanted: whether a tensor of this name is to be returned; the others take no memory.

    Raises:
        IntegrityError: it is not a whole safetensors file, or it has other bytes.
    """
    with _reading(path), path.open("rb") as file:
        stream = _Hashing(file)
        entries = _header(stream, path.stat().st_size)
        tensors = {name: _tensor(stream, entry, wanted(name)) for name, entry in entries}
        found = stream.digest.hexdigest()
    if sha256 not in (None, found):
        raise IntegrityError(
            f"{path} has other bytes than those whose digest was taken: it was changed meanwhile, or is damaged",
            "give the command again where the file was replaced; it is then another run",
        )
    return {name: tensor for name, tensor in tensors.items() if tensor is not None}


def read_header(path: Path) -> dict[str, Entry]:
    """What a safetensors file says of its tensors, by name; none of them is read.

    Raises:
        IntegrityError: as `read_tensors`.
    """
    with _reading(path), path.open("rb") as file:
        return dict(_header(_Hashing(file), path.stat().st_size))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:  # msgspec's are ValueErrors, torch's RuntimeErrors
        raise IntegrityError(f"{path} can't be read as safetensors: {error}", "copy or make it again") from error


class _Hashing:
    """A stream that hashes all that is read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def fill(self, room: memoryview) -> None:
        """Read as many bytes as there is room for.

        Raises:
            ValueError: there are fewer.
        """
        for start in range(0, len(room), _CHUNK):
            part = room[start : start + _CHUNK]
            if self._stream.readinto(part) != len(part):  # type: ignore[attr-defined] # every binary file has it
                raise ValueError("it is cut short")
            self.digest.update(part)

    def read(self, size: int) -> bytes:
        """So many bytes."""
        content = bytearray(size)
        self.fill(memoryview(content))
        return bytes(content)

    def skip(self, size: int) -> None:
        """Hash so many bytes, and keep none."""
        room = memoryview(bytearray(min(size, _CHUNK)))
        for start in range(0, size, _CHUNK):
            self.fill(room[: size - start])


def _header(stream: _Hashing, size: int) -> list[tuple[str, Entry]]:
    """Every tensor's entry in the order of their bytes, which follow each other up to the file's end.

    Raises:
        ValueError: they don't, or it is no header.
    """
    if size < 8 or (length := int.from_bytes(stream.read(8), "little")) > min(size - 8, _LONGEST_HEADER):
        raise ValueError("it has no header, or is cut short in it")
    try:
        named: dict[str, Any] = msgspec.json.decode(stream.read(length), type=dict[str, Any])
    except RecursionError as error:
        raise ValueError("its header is nested too deeply") from error
    named.pop("__metadata__", None)
    if len(named) > _MOST:
        raise ValueError(f"it holds {len(named):,} tensors")
    entries = msgspec.convert(named, dict[str, Entry])
    ordered = sorted(entries.items(), key=lambda item: item[1].data_offsets)
    end = 0
    for name, entry in ordered:
        first, last = entry.data_offsets
        if first != end or last - first != math.prod(entry.shape) * entry.type.itemsize:
            raise ValueError(f"the header's shapes and offsets disagree at {name}")
        end = last
    if 8 + length + end != size:
        raise ValueError(f"its header speaks of {8 + length + end:,} bytes, and it has {size:,}")
    return ordered


def _tensor(stream: _Hashing, entry: Entry, wanted: bool) -> Tensor | None:  # noqa: FBT001
    """The next tensor, or None where it isn't wanted."""
    size = entry.data_offsets[1] - entry.data_offsets[0]
    if not wanted:
        stream.skip(size)
        return None
    content = torch.empty(size, dtype=torch.uint8)
    if size == 0:
        return torch.empty(entry.shape, dtype=entry.type)
    stream.fill(content.numpy().data)
    return content.view(entry.type).view(entry.shape)


def check_outputs(outputs: Tensor) -> None:
    """See that what a model computed is numbers.

    Raises:
        IntegrityError: some are NaN or infinite.
    """
    if not outputs.isfinite().all():
        message = "the model computes NaN or infinity: its weights, or its adapter's, are too large"
        raise IntegrityError(message, "make the run again with --force, or copy the base model again")


def write_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write one safetensors file; the same tensors give the same bytes.

    One metadata key at most: with more, their order in the file is random.
    """
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in sorted(tensors.items())}
    path.write_bytes(save(whole, metadata={"format": "pt"}))
