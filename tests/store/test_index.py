"""The index makes lists fast and is never the truth: whatever happens to it or to a run, lists say what is there."""

import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colacli.errors import IntegrityError
from colacli.results import scan_runs, summary_of
from colacli.store import index
from colacli.store.index import INDEX
from colacli.store.refs import resolve
from colacli.store.run import Run
from colacli.store.store import Store
from factories.runs import commit_run, contents, flip_byte, make_spec


@pytest.fixture(autouse=True)
def eager(monkeypatch):
    """An index that is written for a single run, made just now."""
    monkeypatch.setattr(index, "WORTHWHILE", 1)
    monkeypatch.setattr(index, "_CLOCK_STEP", -(10**18))


def clock_step():
    """Wait until a file that is changed has another time of change."""
    time.sleep(0.02)


def by_reading(store):
    """What a list says, found by reading every run."""
    sound, damaged = [], {}
    for key in store.run_keys():
        try:
            sound.append(summary_of(store.find_sound(key)))
        except IntegrityError as error:
            damaged[key] = error.message
    return sorted(sound, key=lambda run: (run.created, run.key)), damaged


def listed(store):
    """What a list says."""
    runs, damaged = scan_runs(store)
    return runs, {key: error.message for key, error in damaged.items()}


def filled(store, count=3):
    """A store with runs and an index of them."""
    runs = [commit_run(store, make_spec(seed)) for seed in range(count)]
    scan_runs(store)
    assert (store.root / INDEX).is_file()
    return runs


def opened(store, monkeypatch, look):
    """How many runs a look at the store opens."""
    count, init = [], Run.__init__
    with monkeypatch.context() as patch:
        patch.setattr(Run, "__init__", lambda run, path: count.append(path) or init(run, path))
        look(store)
    return len(count)


@pytest.mark.parametrize("runs", [3, 30])
def test_a_list_opens_no_run_that_is_known(store, monkeypatch, runs):
    """Nor does `latest`, but for the one; a run that is new is opened, and no other."""
    filled(store, runs)

    assert opened(store, monkeypatch, scan_runs) == 0
    assert opened(store, monkeypatch, lambda store: resolve(store, "latest~1")) == 1
    commit_run(store, make_spec(99))
    assert opened(store, monkeypatch, scan_runs) == 1


@pytest.mark.parametrize("runs", [2, 20])
def test_a_known_key_opens_its_run_alone(store, monkeypatch, runs):
    """By digits or by name, however many others there are."""
    last = filled(store, runs)[-1]
    commit_run(store, make_spec(99), name="best")

    for reference in (last.key, last.key[:10], "best"):
        assert opened(store, monkeypatch, lambda store, one=reference: resolve(store, one)) == 1


def test_few_new_runs_do_not_write_it_again(store, monkeypatch):
    """So that reading a small store leaves nothing behind."""
    monkeypatch.setattr(index, "WORTHWHILE", 3)
    commit_run(store), commit_run(store, make_spec(1))
    before = contents(store)
    scan_runs(store)

    assert not (store.root / INDEX).exists()
    assert contents(store) == before
    commit_run(store, make_spec(2))
    scan_runs(store)
    assert (store.root / INDEX).exists()


def test_a_run_that_was_changed_just_now_is_not_remembered(store, monkeypatch):
    """It may be changed again before the clock of its file system goes on."""
    monkeypatch.setattr(index, "_CLOCK_STEP", 2_000_000_000)
    commit_run(store)

    scan_runs(store)
    assert index.read_index(store) == {}


DAMAGE = {
    "flipped": flip_byte,
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "gone": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "as old as before": lambda path: aged_as_before(path),
}


def aged_as_before(path):
    """Change a byte and set the time of modification back."""
    status = path.stat()
    flip_byte(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("file", ["manifest.json", "spec.json", "metrics.json", "history.jsonl", "model.safetensors"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_to_a_known_run_is_seen(store, file, damage):
    """As it is where there is no index."""
    run, *_ = filled(store)
    clock_step()
    DAMAGE[damage](run.path / file)

    assert listed(store) == by_reading(store)
    assert listed(store) == by_reading(store)


def foreign(store):
    """The index of another store with a run of the same key and other numbers."""
    other = Store(store.root.with_name("other"))
    filled(other)
    (store.root / INDEX).write_bytes((other.root / INDEX).read_bytes())
    shutil.rmtree(other.root)


def edit(change):
    """A way to damage the index: its bytes are changed."""
    return lambda store: (store.root / INDEX).write_bytes(change((store.root / INDEX).read_bytes()))


INDEX_DAMAGE = {
    "truncated": edit(lambda content: content[: len(content) // 2]),
    "garbage": edit(lambda _: b"\xff\x00 garbage\n"),
    "empty": edit(lambda _: b""),
    "another number": edit(lambda content: content.replace(b"0.", b"1.", 1)),
    "another version": edit(lambda content: content.replace(b"1 ", b"2 ", 1)),
    "odd entries": edit(lambda _: index._first_line(b'{"key": 3}\n') + b'{"key": 3}\n'),
    "odd results": edit(lambda content: resealed_index(content.replace(b"best_epoch", b"worst_epoch"))),
    "of another store": foreign,
    "gone": lambda store: (store.root / INDEX).unlink(),
    "a folder": lambda store: ((store.root / INDEX).unlink(), (store.root / INDEX).mkdir()),
}


def resealed_index(content):
    """An index with these lines and the checksum that they have."""
    lines = content.partition(b"\n")[2]
    return index._first_line(lines) + lines


@pytest.mark.parametrize("damage", INDEX_DAMAGE)
def test_a_damaged_index_changes_no_list(store, damage):
    """Every run is read again."""
    filled(store)
    INDEX_DAMAGE[damage](store)

    assert listed(store) == by_reading(store)
    assert listed(store)[0] != []


def test_a_store_that_can_not_be_written_is_read(store, monkeypatch):
    """It is only slower; no error, and nothing left of the attempt."""
    commit_run(store)
    monkeypatch.setattr(index, "write_atomically", lambda *_: (_ for _ in ()).throw(PermissionError(13, "no")))

    assert listed(store) == by_reading(store)
    assert not (store.root / INDEX).exists()


def test_of_two_writers_the_last_one_wins(store):
    """What the first knew is read again."""
    filled(store)
    early = index.scan(store)
    commit_run(store, make_spec(7))
    scan_runs(store)
    (store.root / INDEX).unlink()
    early.known.clear()
    early.save(store, early.entries)

    assert len(index.read_index(store)) == 3
    assert listed(store) == by_reading(store)


def test_a_run_made_again_is_read_again(store):
    """Under the same key, with other files."""
    run, *_ = filled(store)
    shutil.rmtree(run.path)
    commit_run(store, weights=b"other weights")

    assert listed(store) == by_reading(store)
    assert [one.size for one in scan_runs(store)[0] if one.key == run.key] == [Run(run.path).manifest.size]


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "remove", *DAMAGE, *INDEX_DAMAGE]), st.integers(0, 5), st.integers(0, 4)),
    max_size=8,
)


@settings(max_examples=15, deadline=None)
@given(STEPS)
def test_whatever_happens_a_list_says_what_is_there(tmp_path_factory, steps):
    """Runs come and go and are damaged, and so is the index: the list is that of a reader without one."""
    store = Store(tmp_path_factory.mktemp("store") / "home")
    filled(store)
    for step, seed, file in steps:
        clock_step()
        path = store.folder("runs") / make_spec(seed).key
        files = sorted(path.iterdir()) if path.is_dir() else []
        if step == "add" and not files:
            commit_run(store, make_spec(seed))
        elif step == "remove":
            store.remove(path)
        elif step in INDEX_DAMAGE and (store.root / INDEX).is_file():
            INDEX_DAMAGE[step](store)
        elif step in DAMAGE and files and files[file % len(files)].stat().st_size:
            DAMAGE[step](files[file % len(files)])
        assert listed(store) == by_reading(store)
