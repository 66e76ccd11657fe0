"""The self-test of a device: the CPU passes it, a device that computes otherwise doesn't."""

import random

import pytest
import torch

from colacli.errors import UsageError
from colacli.training.probing import Probe
from colacli.workflows import probe as workflow
from colacli.workflows.probe import probe
from factories.pretended_device import OnDevice, PretendedDevice


@pytest.fixture(autouse=True)
def _few_sentences(monkeypatch):
    """Two batches are enough."""
    monkeypatch.setattr(workflow, "_SENTENCES", 40)


def _on(device, monkeypatch):
    monkeypatch.setattr(workflow, "resolve_device", lambda _name: device.name)
    with device:
        return probe("auto")


def test_the_cpu_passes_and_is_said_to_be_no_gpu(store_home):
    """Compared with itself in fp32 nothing differs; the user's store is not made."""
    notes = []
    result = probe("cpu", notes.append)
    in_fp32 = [one for one in result.probes if one.precision == "fp32"]

    assert result.passed
    assert [one.model for one in in_fp32] == ["teacher", "LSTM student"]
    assert {one.logits_difference for one in in_fp32} == {one.gradients_difference for one in in_fp32} == {0.0}
    assert all(one.tokens_per_second > 0 for one in result.probes)
    assert "the CPU is compared with itself" in notes[0].text
    assert not store_home.exists()


def test_a_device_that_is_not_there_is_refused():
    """Nothing is tried out in its place."""
    with pytest.raises(UsageError, match="finds 0 CUDA devices"):
        probe("cuda")


@pytest.mark.slow
@pytest.mark.parametrize("like", ["cuda", "mps"])
def test_a_pretended_device_passes(monkeypatch, like):
    """It has the CPU's numbers but for rounding."""
    result = _on(PretendedDevice(like), monkeypatch)

    assert result.passed
    assert all(one.logits_difference < 1e-5 for one in result.probes)


class Wrong(PretendedDevice):
    """Its GELU is a little off, each time as far, or each time otherwise."""

    def __init__(self, *, repeats):
        super().__init__()
        self._draw = random.Random(0).random if not repeats else lambda: 0.1

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = super().__torch_dispatch__(func, types, args, kwargs)
        if func is torch.ops.aten.gelu.default and isinstance(result, OnDevice):
            result.values.add_(self._draw())
        return result


@pytest.mark.slow
@pytest.mark.parametrize("repeats", [True, False])
def test_wrong_numbers_are_noticed(monkeypatch, repeats):
    """A wrong operator makes the teacher differ, and one that is wrong at random makes it no repetition."""
    result = _on(Wrong(repeats=repeats), monkeypatch)
    by_model = {one.model: one for one in result.probes}

    assert not result.passed
    assert not by_model["teacher"].passed
    assert by_model["teacher"].logits_difference > 1e-3
    assert by_model["teacher"].repeats == repeats
    assert by_model["LSTM student"].passed


@pytest.mark.parametrize(
    ("logits", "gradients", "repeats", "expected"),
    [(1e-3, 1e-3, True, True), (2e-3, 0.0, True, False), (0.0, 2e-3, True, False), (0.0, 0.0, False, False)],
)
def test_a_model_passes_by_all_three(logits, gradients, repeats, expected):
    """Logits, gradients and repetition each can fail it; the tolerance itself is allowed."""
    assert Probe("teacher", "fp32", logits, gradients, 1e-3, repeats, 1.0).passed == expected


def test_what_is_not_a_number_fails():
    """Logits or gradients that are none pass no test."""
    assert not Probe("teacher", "fp32", None, 0.0, 1e-3, repeats=True, tokens_per_second=1.0).passed
    assert not Probe("teacher", "fp32", 0.0, None, 1e-3, repeats=True, tokens_per_second=1.0).passed
