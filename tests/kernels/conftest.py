"""Both ways to compute a kernel on a CPU."""

from __future__ import annotations

import pytest

from colacli.kernels.compiled import library


@pytest.fixture(params=["C", "torch"])
def computed_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """By the C kernels, and by torch's operators as where there is no compiler."""
    if request.param == "torch":
        monkeypatch.setattr(library, "load", lambda: library.CompileError("a test takes torch's operators"))
    elif isinstance(found := library.load(), library.CompileError):
        pytest.skip(f"no C kernels here: {found}")
    return request.param
