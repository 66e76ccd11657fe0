"""Whatever is done to a store, in whatever order, it holds what a plain dictionary says it should."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from colacli.errors import ColacliError
from colacli.store.gc import collect, scan
from colacli.store.refs import names, resolve, set_name
from colacli.store.store import Store
from colacli.workflows.runs import remove
from colacli.workflows.verify import faults_in, quarantine
from factories.runs import commit_run, flip_byte, make_spec

SEEDS = st.integers(0, 4)
NAMES = st.sampled_from(["best", "teacher", "x-1"])
TEACHER = {seed: seed - 1 for seed in (1, 2, 4)}
"""Who is taught by whom: two of the first, in a row, and one of the fourth."""


@dataclass
class Known:
    """What a run should be like."""

    damage: str = ""
    """Empty, or the file that was damaged."""


def spec_of(seed):
    """A run's spec; a student's names its teacher, stored or not."""
    if seed not in TEACHER:
        return make_spec(seed)
    return make_spec(seed, command="distil", parents={"teacher": key_of(TEACHER[seed])})


def key_of(seed):
    """A run's key."""
    return spec_of(seed).key


class Stored(RuleBasedStateMachine):
    """A store beside a dictionary of its runs and one of its names."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store(Path(self.folder.name) / "home")
        self.runs = {}
        self.names = {}

    def teardown(self):
        """Leave nothing on disk."""
        self.folder.cleanup()

    def held(self):
        """What collecting everything old must leave: the named, what can't be read, and whoever taught these."""
        kept = {seed for seeds in self.names.values() for seed in seeds}
        kept |= {seed for seed, known in self.runs.items() if known.damage == "manifest.json"}
        for seed in sorted(kept & set(self.runs), reverse=True):
            while seed in TEACHER and seed in self.runs:
                seed = TEACHER[seed]
                kept.add(seed)
        return kept

    def drop(self, seeds):
        """Forget runs."""
        self.runs = {seed: known for seed, known in self.runs.items() if seed not in seeds}

    @rule(seed=SEEDS)
    def make(self, seed):
        """A run is made, or made again; a damaged one is replaced."""
        assert commit_run(self.store, spec_of(seed)).key == key_of(seed)
        self.runs[seed] = Known()

    @rule(name=NAMES, seeds=st.lists(SEEDS, min_size=1, max_size=2, unique=True))
    def name(self, name, seeds):
        """A name is given to runs that are there."""
        if set(seeds) <= set(self.runs):
            set_name(self.store, name, [key_of(seed) for seed in seeds])
            self.names[name] = seeds

    @rule(seed=SEEDS)
    def remove(self, seed):
        """A run is removed by its key, whoever descends from it, and taken out of its names."""
        if seed not in self.runs:
            with pytest.raises(ColacliError):
                remove(self.store, [key_of(seed)], force=True)
            return
        remove(self.store, [key_of(seed)], force=True)
        self.drop({seed})
        left = {name: [one for one in seeds if one != seed] for name, seeds in self.names.items()}
        self.names = {name: seeds for name, seeds in left.items() if seeds}

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), file=st.sampled_from(["manifest.json", "model.safetensors", "metrics.json"]))
    def corrupt(self, data, file):
        """A file of a run is damaged."""
        seed = data.draw(st.sampled_from(sorted(self.runs)))
        if not self.runs[seed].damage:
            path = self.store.folder("runs") / key_of(seed) / file
            if file == "manifest.json":
                os.truncate(path, 99)
            else:
                flip_byte(path)
            self.runs[seed] = Known(file)

    @rule()
    def collect_the_old(self):
        """Everything is old: what nothing holds goes."""
        collect(self.store, scan(self.store, 0))
        self.drop(set(self.runs) - self.held())

    @rule()
    def collect_the_young(self):
        """Nothing is old: all stays."""
        assert all(item.reason for item in collect(self.store, scan(self.store, 14)))

    @rule()
    def move_aside(self):
        """What is damaged is moved to quarantine, and nothing else is."""
        moved = quarantine(self.store, faults_in(self.store, None, deep=True)[1], deep=True)
        damaged = {seed for seed, known in self.runs.items() if known.damage}
        assert sorted(path.name[:64] for path in moved) == sorted(map(key_of, damaged))
        self.drop(damaged)

    @rule(name=NAMES)
    def resolve(self, name):
        """A name finds its runs, or says why it can't."""
        seeds = self.names.get(name)
        unreadable = {seed for seed, known in self.runs.items() if known.damage == "manifest.json"}
        if seeds is None or not set(seeds) <= set(self.runs) - unreadable:
            with pytest.raises(ColacliError):
                resolve(self.store, name)
        else:
            assert [run.key for run in resolve(self.store, name)] == list(map(key_of, seeds))

    @invariant()
    def it_holds_these_runs(self):
        """No run more, none less, and no work is left over."""
        assert self.store.run_keys() == sorted(map(key_of, self.runs))
        assert not any((self.store.root / "work").glob("*"))

    @invariant()
    def it_holds_these_names(self):
        """Each for its runs, in their order."""
        assert names(self.store) == {name: list(map(key_of, seeds)) for name, seeds in self.names.items()}

    @invariant()
    def verifying_finds_what_is_wrong_and_only_that(self):
        """A fault for each damaged run, each missing teacher and each name without its run."""
        faults = [(fault.kind, fault.key) for fault in faults_in(self.store, None, deep=True)[1]]
        damaged = [seed for seed, known in self.runs.items() if known.damage]
        orphans = [
            seed
            for seed, known in self.runs.items()
            if TEACHER.get(seed, seed) not in self.runs and known.damage != "manifest.json"
        ]
        expected = [("runs", key_of(seed)) for seed in [*damaged, *orphans]]
        expected += [("refs", name) for name, seeds in self.names.items() for seed in seeds if seed not in self.runs]
        assert sorted(faults) == sorted(expected)


Stored.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestStored = Stored.TestCase
