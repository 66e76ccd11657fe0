"""What is committed is found again, whole or not at all, whoever else is writing."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from colacli.results import scan_runs
from colacli.store.faults import faults_of
from colacli.store.store import Store
from colacli.workflows.verify import faults_in
from factories.runs import FILES, commit_run, fill, make_spec, tree

# Commits the runs of twenty seeds, each at the same moment as another process does.
RACER = """
import sys, time
from pathlib import Path
from factories.runs import commit_run, make_spec
from colacli.store.store import Store

home, meeting, me, other = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
for seed in range(20):
    (meeting / f"{me}-{seed}").touch()
    while not (meeting / f"{other}-{seed}").exists():
        time.sleep(0)
    commit_run(Store(home), make_spec(seed), weights=me.encode() * 1000)
"""

# Commits a run again and again, each time in a fresh store and a process of its own that dies without a word
# one file operation later than the one before; prints their exit statuses.
DYING = """
import os, sys
from pathlib import Path
from factories.runs import commit_run
from colacli.store.store import Store

def die_after(count):
    def hook(event, _):
        nonlocal count
        count -= event in {"open", "os.mkdir", "os.rename", "os.remove"}
        if count == 0:
            os._exit(9)
    sys.addaudithook(hook)

status = 9
for instant in range(1, 200):
    if not (child := os.fork()):
        die_after(instant)
        commit_run(Store(Path(sys.argv[1]) / f"{instant:03}"))
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 9:
        sys.exit(status)
"""


def start(script, *arguments):
    """Run a script in a process of its own, with the helpers of these tests at hand."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)], cwd=Path(__file__).parents[1], stderr=subprocess.PIPE
    )


def names_in(folder):
    """What a folder holds."""
    return sorted(path.name for path in folder.iterdir())


def disk_full(*_):
    """What a full disk does to a write."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_committed_run_is_found(store):
    """A run stands under the key of its spec, with every file in its manifest."""
    run = commit_run(store)
    found = store.find_run(make_spec().key)

    assert found.path == run.path == store.root / "runs" / make_spec().key
    assert found.spec == make_spec()
    assert sorted(found.manifest.files) == FILES
    assert faults_of(found.path, deep=True) == []


def test_what_was_not_committed_is_not_found(store):
    """A key that nothing stands under gives None, in a store that isn't there yet too."""
    assert store.find_run("0" * 64) is None
    assert store.run_keys() == []


def test_looking_makes_nothing(store):
    """Reading an absent store does not make it."""
    scan_runs(store)
    list(store.artifacts())

    assert not store.root.exists()


def test_the_second_commit_of_a_key_finds_the_firsts(store):
    """The first writer's bytes stay untouched; the second's are dropped."""
    first = commit_run(store, weights=b"first")
    before = tree(first.path)

    second = commit_run(store, weights=b"second")

    assert second.path == first.path
    assert tree(first.path) == before
    assert names_in(store.root / "work") == []


def test_two_processes_at_the_same_moment_leave_one_sound_run(store, tmp_path):
    """Whichever comes first, the run is whole, and of one of them."""
    (tmp_path / "meeting").mkdir()
    racers = [start(RACER, store.root, tmp_path / "meeting", *names) for names in ("ab", "ba")]
    for racer in racers:
        _, said = racer.communicate(timeout=200)
        assert racer.returncode == 0, said.decode()

    assert store.run_keys() == sorted(make_spec(seed).key for seed in range(20))
    assert faults_in(store, None, deep=True) == (20, [])
    assert names_in(store.root / "work") == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_death_at_any_instant_leaves_a_whole_run_or_none(tmp_path):
    """Killed at whichever file operation, a process leaves litter in work/ alone, and the next one succeeds."""
    process = start(DYING, tmp_path)
    _, said = process.communicate(timeout=200)
    assert process.returncode == 0, said.decode()

    stores = [Store(home) for home in sorted(tmp_path.iterdir())]
    runs = [len(store.run_keys()) for store in stores]
    assert runs == sorted(runs)
    assert set(runs) == {0, 1}
    assert [faults_in(store, None, deep=True) for store in stores] == [(count, []) for count in runs]
    assert all(faults_of(commit_run(store).path, deep=True) == [] for store in stores)


def test_the_manifest_is_written_last(store, monkeypatch):
    """A folder gets its manifest when all else is in it, and its place when it has its manifest."""
    seen = []
    for name in ("replace", "rename"):
        move = getattr(Path, name)

        def spy(source, target, move=move):
            folder = source.parent if source.is_file() else source
            seen.append((Path(target).name, [one for one in names_in(folder) if not one.endswith(".tmp")]))
            return move(source, target)

        monkeypatch.setattr(Path, name, spy)

    run = commit_run(store)

    assert seen[-2:] == [("manifest.json", FILES), (run.key, sorted([*FILES, "manifest.json"]))]


def test_all_is_forced_to_disk_before_it_has_its_place(store, monkeypatch):
    """When the folder is renamed, its files, its manifest and its list of files are on disk already."""
    forced, rename = set(), os.rename
    forced_by_then = []

    def force(descriptor):
        forced.add(os.fstat(descriptor).st_ino)

    def move(source, target):
        forced_by_then.append(set(forced))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", force)
    monkeypatch.setattr(os, "rename", move)
    run = commit_run(store)

    assert {path.stat().st_ino for path in (run.path, *run.path.iterdir())} <= forced_by_then[-1]


def fail_in_draft(store, failure):
    """Fill a draft and fail before it is committed."""
    with store.draft(make_spec()) as draft:
        fill(draft)
        raise failure


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_a_draft_leaves_nothing_on_failure(store, failure):
    """What fails or is interrupted half-way is gone, from work/ and from runs/."""
    with pytest.raises(failure):
        fail_in_draft(store, failure)

    assert names_in(store.root / "work") == []
    assert store.run_keys() == []


@pytest.mark.parametrize(("owner", "call"), [(Path, "write_bytes"), (os, "fsync"), (os, "rename")])
def test_a_full_disk_leaves_nothing_of_a_run(store, monkeypatch, owner, call):
    """A run that can't be written, forced to disk or put into place does not come to be; others stay."""
    before = commit_run(store, make_spec(1))
    with monkeypatch.context() as patch:
        patch.setattr(owner, call, disk_full)
        with pytest.raises(OSError, match="No space"):
            commit_run(store, make_spec(2))

    assert names_in(store.root / "work") == []
    assert store.run_keys() == [before.key]
