"""The tour: its steps in order, offline, in a store of its own, and from the cache the second time."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from colacli.cli.main import run
from colacli.config import Training
from colacli.workflows import demo

if TYPE_CHECKING:
    from pathlib import Path

STEPS = ["finetune", "train-student", "distil", "eval", "compare", "judge", "generate"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, small_bundled: None) -> None:
    """One epoch, a tiny random base and a hundredth of the sample, and not a socket to be had."""
    monkeypatch.setattr(demo, "_TEACHER", Training(epochs=1))
    monkeypatch.setattr(demo, "_STUDENT", Training(epochs=1))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the demo opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.mark.usefixtures("small")
def test_every_step_is_in_the_document(store_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All results under the commands' own names, the gap beside the comparison, and the user's own store untouched."""
    assert run(["demo", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["schema", *STEPS, "seconds"]
    assert [one["split"] for one in found["eval"]] == ["out_of_domain_dev"] * 3
    assert [arm["label"] for arm in found["compare"]["arms"]] == ["teacher", "distilled", "alone"]
    assert set(found["compare"]["gap"]) >= {"lead", "gained", "closed", "closed_interval"}
    assert len(found["judge"]["judgements"]) == 3
    assert not list(store_home.glob("runs/*"))
    assert len(list((store_home / "demo" / "runs").iterdir())) == 3


@pytest.mark.usefixtures("small", "store_home")
def test_a_second_tour_computes_nothing_again(capsys: pytest.CaptureFixture[str]) -> None:
    """All three runs are hits."""
    assert run(["demo", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert run(["demo", "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert [second[name]["cached"] for name in STEPS[:3]] == [True] * 3
    assert [second[name]["key"] for name in STEPS[:3]] == [first[name]["key"] for name in STEPS[:3]]


@pytest.mark.usefixtures("small", "store_home")
def test_it_tells_a_story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people: a title and a reason before each step, and at the end what to try next, in the store given."""
    assert run(["demo", "--home", str(tmp_path / "mine")]) == 0
    text = capsys.readouterr().out
    titles = [f"{number} of {len(STEPS)}: " for number in range(1, len(STEPS) + 1)]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert f"COLACLI_HOME={tmp_path / 'mine'} colacli runs list" in text
    assert "colacli finetune --variant gpt2" in text
