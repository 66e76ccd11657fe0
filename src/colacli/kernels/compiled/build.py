"""The library of C kernels, compiled once for this machine. torch is not imported."""

from __future__ import annotations

import atexit
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

VARIABLE = "COLACLI_CC"
"""Names the C compiler, with arguments if it needs any; empty for torch's operators alone."""
_NAMES = ("numbers", "rows", "lora", "attention", "pointwise", "row_products", "decoding", "products", "recurrence")
_SOURCES = ("kernels.c", *(f"{name}.h" for name in _NAMES))
_FLAGS = (
    "-O3",
    "-march=native",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-thread-jumps",  # with them GCC 12 computes all of a bounded function for the bounds too
    "-fopenmp",
    "-shared",
    "-fPIC",
)
_SECONDS = 60
"""In which compiling has to end; it takes two."""


class CompileError(Exception):
    """There are no C kernels here; the message says why."""


@dataclass(frozen=True)
class Built:
    """A compiled library."""

    path: Path
    compiler: str
    """The first line of what it says of its version."""


def build(*, again: bool = False) -> Built:
    """The library in the user's cache, which is compiled if it is not there.

    Args:
        again: compile it even if it is there.

    Raises:
        CompileError: it can't be compiled.
    """
    compiler, openmp = _compiler(), _openmp()
    try:
        version = _run([*compiler, "--version"]).partition("\n")[0]
        macros = _run([*compiler, "-march=native", "-dM", "-E", "-x", "c", os.devnull])  # the instruction sets' too
        if "__clang__" in macros:
            raise CompileError(f"{compiler[0]} is Clang, whose OpenMP has threads of its own beside torch's")
        path = _folder() / f"kernels-{_digest(version, macros, *compiler, openmp)}.so"
        if again or not path.exists():
            _compile(compiler, openmp, path)
        return Built(path, version)
    except subprocess.SubprocessError as error:
        message = getattr(error, "stderr", None) or str(error)
        raise CompileError(f"{compiler[0]}: {message.strip()[:500]}") from error
    except OSError as error:
        raise CompileError(str(error)) from error


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=_SECONDS).stdout


def _digest(*parts: object) -> str:
    """Of all that the library depends on: sources, flags, and these."""
    sources = [resources.files(__package__).joinpath(name).read_text() for name in _SOURCES]
    return sha256("\0".join(map(str, (*sources, *_FLAGS, *parts))).encode()).hexdigest()[:16]


def _compiler() -> Sequence[str]:
    named = os.environ.get(VARIABLE)
    if named is not None and not named.strip():
        raise CompileError(f"{VARIABLE} is empty")
    for command in [named] if named else [os.environ.get("CC", ""), "gcc", "cc"]:
        parts = shlex.split(command)
        if parts and shutil.which(parts[0]):
            return parts
    raise CompileError(f"no C compiler: {named}" if named else "no C compiler is installed")


def _openmp() -> Path:
    """Torch's own OpenMP library: with another one, two pools of threads would fight over the cores."""
    torch = find_spec("torch")
    for folder in (torch and torch.submodule_search_locations) or ():
        if sys.platform == "linux" and (path := Path(folder) / "lib" / "libgomp.so.1").is_file():
            return path
    raise CompileError("torch has no libgomp here")


def _folder() -> Path:
    """The user's cache, or where there is none a folder that is removed when the process ends."""
    import platformdirs

    folder = platformdirs.user_cache_path("colacli", appauthor=False)
    with suppress(OSError):
        if folder.is_absolute():
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
    temporary = tempfile.mkdtemp(prefix="colacli-")
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    return Path(temporary)


def _compile(compiler: Sequence[str], openmp: Path, path: Path) -> None:
    """Written beside its place and then renamed: another process never loads a half."""
    source = resources.files(__package__)
    with resources.as_file(source) as sources, tempfile.TemporaryDirectory(dir=path.parent) as folder:
        built = Path(folder) / path.name
        _run([*compiler, *_FLAGS, str(sources / _SOURCES[0]), str(openmp), "-o", str(built)])
        built.replace(path)
