"""Freed memory is kept for the next tensors."""

import os
import platform
import subprocess
import sys

import pytest

from colacli import allocator

_FAULTS = """
import resource, sys
from colacli.allocator import keep_freed_memory
print(keep_freed_memory() if sys.argv[1] == "keep" else None)
import torch
def pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones(10 * 2**20)  # 40 MiB, more than what glibc ever keeps by itself
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
pages()
print(pages())
"""

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")


def run(word, **environment):
    """What keep_freed_memory said, and the pages that the system gave out anew."""
    kept = {name: value for name, value in os.environ.items() if name not in allocator._SETTINGS}
    argv = [sys.executable, "-c", _FAULTS, word]
    done = subprocess.run(argv, env=kept | environment, capture_output=True, encoding="utf-8", check=True, timeout=120)
    said, pages = done.stdout.split()
    return said, int(pages)


@glibc
def test_no_page_is_given_back():
    """Where glibc by itself asks the system for the same memory again and again."""
    _, given_back = run("leave")
    said, kept = run("keep")

    assert said == "True"
    assert given_back > 10_000
    assert kept < 1_000


@glibc
def test_a_users_settings_hold():
    """They were chosen for this machine."""
    assert run("keep", MALLOC_TRIM_THRESHOLD_="1000000")[0] == "False"


def test_other_systems_are_left_alone(monkeypatch):
    """They have no such function."""
    monkeypatch.setattr(allocator.sys, "platform", "darwin")
    assert not allocator.keep_freed_memory()
