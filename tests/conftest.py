"""Fixtures of all tests: a tiny base model, a tiny corpus, and a store that is nobody's."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from colacli.data.corpus import Corpus, Split
from colacli.data.sample import sample_corpus
from colacli.models.base import BUNDLED
from colacli.store.store import Store
from factories.tiny import write_base, write_corpus

if TYPE_CHECKING:
    from factories.distillation import Trainings

# No test fails by the clock: a machine may be busy while an example is made or tried.
settings.register_profile(
    "colacli", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("colacli")

# Read by torch and the Hugging Face libraries when they are first imported, so set before any is.
os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ["HF_HUB_OFFLINE"] = "1"

SLOW_TESTS_END = "SLOW_TESTS_END"
"""Names the second, counted from 1970, after which no slow test begins."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out the slow tests that there is no time for."""
    if item.get_closest_marker("slow") and time.time() > float(os.environ.get(SLOW_TESTS_END, "inf")):
        pytest.skip(f"{SLOW_TESTS_END} has passed: no time was left for it")


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the Hugging Face GPT-2 layout with random weights; shared, so never write into it."""
    folder = tmp_path_factory.mktemp("tiny-base")
    write_base(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in CoLA's form: 60, 20 and 10 sentences, seven of ten acceptable; never write into it."""
    folder = tmp_path_factory.mktemp("tiny-corpus")
    write_corpus(folder)
    return folder


@pytest.fixture
def small_bundled(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny base and some short sentences of the sample in the place of the bundled ones."""
    parts = {
        name: Split(name, tuple(one for one in split.sentences if len(one.text) < 40)[:48])
        for name, split in sample_corpus().splits.items()
    }
    monkeypatch.setattr("colacli.data.locate.sample_corpus", lambda: Corpus("sample", parts))
    monkeypatch.setitem(BUNDLED, "gpt2-mini", tiny_base)


@pytest.fixture
def store_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store as `COLACLI_HOME`, no other setting in the environment, and nothing to be had from the hub."""
    for name in [name for name in os.environ if name.startswith("COLACLI_")]:
        monkeypatch.delenv(name)
    home, hub = tmp_path / "store", tmp_path / "hugging-face"
    monkeypatch.setenv("COLACLI_HOME", str(home))
    monkeypatch.setenv("COLACLI_CONFIG_DIR", str(tmp_path / "configuration"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(hub))
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE"):  # each would go before HF_HOME
        monkeypatch.delenv(name, raising=False)
    if constants := sys.modules.get("huggingface_hub.constants"):  # it has read the environment already
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(hub / "hub"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return home


@pytest.fixture
def store(store_home: Path) -> Store:
    """A store in a folder that does not exist yet."""
    return Store(store_home)


@pytest.fixture
def trainings(store: Store, tiny_base: Path, tiny_corpus: Path, monkeypatch: pytest.MonkeyPatch) -> Trainings:
    """The training verbs on the tiny base and corpus, with a store of their own."""
    from factories.distillation import Trainings  # takes torch, which most tests don't need

    return Trainings(store, tiny_base, tiny_corpus, monkeypatch)


@pytest.fixture
def distillation(trainings: Trainings) -> Trainings:
    """The same with a run called `teacher`, its `first`."""
    trainings.first = trainings.teacher()
    return trainings
