"""Slow tests are left out when there is no time left for them, and others are not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("is_slow", "seconds_left", "is_left_out"),
    [(True, -1, True), (True, 60, False), (True, None, False), (False, -1, False)],
)
def test_the_slow_end_in_time(request, monkeypatch, is_slow, seconds_left, is_left_out):
    """As SLOW_TESTS_END says."""
    path = str(Path(__file__).parent / "conftest.py")
    conftest = next(one for one in request.config.pluginmanager.get_plugins() if getattr(one, "__file__", "") == path)
    monkeypatch.delenv("SLOW_TESTS_END", raising=False)
    if seconds_left is not None:
        monkeypatch.setenv("SLOW_TESTS_END", str(int(time.time()) + seconds_left))
    if is_slow:
        request.node.add_marker("slow")
    if not is_left_out:
        conftest.pytest_runtest_setup(request.node)
        return
    with pytest.raises(pytest.skip.Exception, match="no time was left"):
        conftest.pytest_runtest_setup(request.node)
