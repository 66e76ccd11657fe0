"""A corpus' file, which may be compressed or a member of a ZIP archive, unpacked within limits."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from colacli.errors import DataError

MOST_UNPACKED = 2**28
"""Bytes of a compressed file, unpacked; it is held in memory."""
_XZ_MEMORY = 2**27
"""Bytes that unpacking an .xz file may take beside its content: twice what `xz -9` asks for."""
COMPRESSIONS = (".gz", ".xz")
ZIP = ".zip"


@dataclass(frozen=True)
class DataFile:
    """A file to read: by itself, or a member of a ZIP archive."""

    path: Path
    member: str = ""
    """Its path in the archive; empty where it is no archive's."""

    def __str__(self) -> str:
        """For messages."""
        return f"{self.path}/{self.member}" if self.member else str(self.path)

    @property
    def name(self) -> str:
        """Its own name, without the ending of a compression."""
        name = PurePosixPath(self.member).name if self.member else self.path.name
        return name[:-3] if name.lower().endswith(COMPRESSIONS) and not self.member else name

    @property
    def suffix(self) -> str:
        """The ending that says its format, in lower case."""
        return PurePosixPath(self.name).suffix.lower()

    def open(self) -> io.BufferedReader:
        """Its bytes, unpacked.

        Raises:
            OSError: it can't be read.
            DataError: it can't be unpacked, or holds more than the limit.
        """
        suffix = self.path.suffix.lower()
        if not self.member and suffix not in COMPRESSIONS:
            return self.path.open("rb")
        try:
            content = _zipped(self) if self.member else _gunzipped(self.path) if suffix == ".gz" else _unxz(self.path)
        except _DAMAGE as error:
            raise damaged(self, error) from error
        if len(content) > MOST_UNPACKED:
            raise too_large(self)
        return io.BufferedReader(io.BytesIO(content))


_DAMAGE = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, NotImplementedError)
"""What the libraries raise for bytes that are not what they should be."""


def members(archive: Path) -> list[str]:
    """The paths of the files in a ZIP archive. None of them is used as a path here.

    Raises:
        OSError: it can't be read.
        DataError: it is no archive, or too large.
    """
    if archive.stat().st_size > MOST_UNPACKED:
        raise too_large(archive)
    try:
        with zipfile.ZipFile(archive) as opened:
            return [info.filename for info in opened.infolist() if not info.is_dir()]
    except _DAMAGE as error:
        raise damaged(archive, error) from error


def damaged(file: DataFile | Path, error: Exception) -> DataError:
    """The error for an archive that can't be unpacked."""
    return DataError(f"{file} can't be unpacked: {error}", "get it again, or unpack it yourself")


def too_large(file: DataFile | Path) -> DataError:
    """The error for an archive that holds too much."""
    return DataError(
        f"{file} holds more than {MOST_UNPACKED:,} bytes, the limit of what is compressed", "unpack it yourself"
    )


def _zipped(file: DataFile) -> bytes:
    with zipfile.ZipFile(file.path) as archive:
        try:
            info = archive.getinfo(file.member)
        except KeyError as error:
            raise ValueError("it has no such member") from error
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("it is encrypted, or compressed in a way that is not supported")
        with archive.open(info) as stream:
            return stream.read(MOST_UNPACKED + 1)


def _gunzipped(path: Path) -> bytes:
    with gzip.open(path) as stream:
        return stream.read(MOST_UNPACKED + 1)


def _unxz(path: Path) -> bytes:
    """Of one stream after another, as `xz` and `pixz` write them; `lzma.open` knows no limit of memory."""
    content, packed = b"", path.read_bytes() if path.stat().st_size <= MOST_UNPACKED else b""
    while packed and len(content) <= MOST_UNPACKED:
        unpacker = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
        content += unpacker.decompress(packed, MOST_UNPACKED + 1 - len(content))
        if len(content) <= MOST_UNPACKED and not unpacker.eof:
            raise EOFError("it ends too early")
        packed = unpacker.unused_data.lstrip(b"\0")  # padding between streams
    return content
