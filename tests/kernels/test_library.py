"""The C kernels are compiled once, and without a compiler torch's operators take their place."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys

import pytest
import torch

from colacli.kernels.compiled import library
from colacli.kernels.compiled.build import VARIABLE, CompileError, build
from colacli.kernels.compiled.library import Library


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of the user's, and no word of a compiler."""
    for name in (VARIABLE, "CC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "colacli"


def script(path, text):
    """A program that stands for a compiler."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(stat.S_IRWXU)
    return str(path)


@pytest.fixture
def quick(cache, tmp_path, monkeypatch):
    """The empty cache, and GCC without optimising, which takes a fifth of the time."""
    monkeypatch.setenv(VARIABLE, script(tmp_path / "quick-gcc", 'exec gcc "$@" -O0'))
    return cache


needs_compiler = pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler here")


@needs_compiler
def test_it_is_compiled_once(cache):
    """The second time the same file is loaded; what was compiled is all that is left in the cache."""
    first = build()
    (path,) = cache.iterdir()
    written = path.stat().st_mtime_ns
    assert build() == first
    assert [one.stat().st_mtime_ns for one in cache.iterdir()] == [written]


@needs_compiler
def test_each_compiler_has_its_own(quick, monkeypatch):
    """Other arguments make another file."""
    build()
    monkeypatch.setenv(VARIABLE, f"{os.environ[VARIABLE]} -DOTHER")
    build()
    assert len([*quick.iterdir()]) == 2


@needs_compiler
def test_two_processes_may_compile_at_once(quick):
    """Neither loads what the other has half written."""
    code = "from colacli.kernels.compiled.library import library; print(library().compiler)"
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(2)]
    outputs = [process.communicate()[0] for process in both]
    assert outputs[0] == outputs[1] != b""
    assert len([*quick.iterdir()]) == 1


@needs_compiler
def test_without_a_cache_it_is_compiled_all_the_same(quick, tmp_path):
    """Into a folder of the process, of which nothing stays."""
    quick.write_text("a file where the folder would be")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    code = "from colacli.kernels.compiled.library import library; print(library().compiler)"
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    assert not any(temporary.iterdir())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "COLACLI_CC is empty"),
        ("  ", "COLACLI_CC is empty"),
        ("no-such-compiler -x", "no C compiler: no-such-compiler -x"),
    ],
)
def test_a_compiler_that_is_not_there_is_told(cache, monkeypatch, value, message):
    """And nothing is written."""
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(CompileError, match=message):
        build()
    assert not cache.exists()


def test_no_compiler_at_all(cache, monkeypatch):
    """With an empty PATH."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CompileError, match="no C compiler is installed"):
        build()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exit 1", "returned non-zero exit status 1"),
        ('[ "$1" = --version ] && exit 0; echo "unknown option" >&2; exit 1', "unknown option"),
        ("exit 0", "No such file"),
        ('echo "#define __clang__ 1"', "is Clang, whose OpenMP has threads of its own"),
    ],
    ids=["no version", "compiling fails", "nothing is written", "Clang"],
)
def test_a_compiler_that_fails_is_told(cache, tmp_path, monkeypatch, text, message):
    """In its own words, and no half of a library stays."""
    monkeypatch.setenv(VARIABLE, script(tmp_path / "compiler", text))
    with pytest.raises(CompileError, match=message):
        build()
    assert not any(cache.glob("*"))


@pytest.mark.usefixtures("cache")
def test_what_is_no_library_is_told(tmp_path, monkeypatch):
    """A compiler may write anything."""
    text = 'for last; do :; done; case "$last" in *.so) echo "no library" > "$last";; esac'
    monkeypatch.setenv(VARIABLE, script(tmp_path / "compiler", text))
    assert "file too short" in str(library.load.__wrapped__())


def test_a_damaged_library_is_compiled_again(quick):
    """A disk may have been full."""
    if isinstance(library.load(), CompileError):
        pytest.skip("there are no C kernels here")
    build()
    (path,) = quick.iterdir()
    path.unlink()  # it is loaded: written to, it would be damaged under this process
    path.write_bytes(b"half")
    assert isinstance(library.load.__wrapped__(), Library)


def test_without_kernels_torch_takes_their_place(monkeypatch):
    """On the CPU, in any type; and with them, in those that they know."""
    monkeypatch.setattr(library, "load", lambda: CompileError("none"))
    assert not library.takes(torch.empty(1))
    assert not library.has_kernels(torch.float32)
    with pytest.raises(CompileError, match="none"):
        library.library()


def test_other_types_are_torchs():
    """The kernels know fp32 and bf16."""
    assert not library.takes(torch.empty(1, dtype=torch.float64))
    assert not library.takes(torch.empty(1, dtype=torch.float16))
    assert not library.takes(torch.empty(1, device="meta"))


@needs_compiler
def test_the_variable_turns_them_off():
    """As a user would."""
    code = "import torch; from colacli.kernels.compiled.library import takes; print(takes(torch.empty(1)))"
    environment = {**os.environ, VARIABLE: ""}
    output = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout
    assert output == b"False\n"
