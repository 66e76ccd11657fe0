"""What holds a run: unfinished work, a living command, descendants. `runs rm` and `runs gc` ask the same function."""

import subprocess
import sys
from dataclasses import replace

import pytest

from colacli.errors import ColacliError, UnknownReferenceError, UsageError
from colacli.events import Counted, ignore
from colacli.store import lease
from colacli.store.refs import names, resolve
from colacli.training.plan import DryRun
from colacli.workflows.distil import distil
from colacli.workflows.finetune import finetune
from colacli.workflows.runs import remove
from colacli.workflows.seeds import each_seed
from colacli.workflows.train_student import TRAIN_STUDENT, train_student
from colacli.workflows.verify import faults_in
from factories.counting import count
from factories.faults import bury
from factories.interruptions import interrupted
from factories.runs import commit_family, gone


def of_three_seeds(request, **execution):
    """A request of three runs."""
    return replace(request, execution=replace(request.execution, seeds=3, **execution))


@pytest.fixture
def interrupted_student(store, request_of):
    """A teacher, and a student of it that was interrupted."""
    teacher = finetune(request_of(finetune, name="teacher"), store).run
    return teacher, interrupted(distil, request_of(distil), store)


def test_rm_keeps_the_teacher_of_an_interrupted_run(store, interrupted_student, request_of):
    """Which can then be finished, and has its parent."""
    teacher, _ = interrupted_student
    with pytest.raises(UsageError, match="needed by unfinished work"):
        remove(store, ["teacher"], force=False)

    assert [run.key for run in resolve(store, "teacher")] == [teacher.key]
    distil(request_of(distil), store)
    assert faults_in(store, None, deep=True)[1] == []


def test_rm_with_force_says_what_it_breaks(store, interrupted_student):
    """The key, and what needed it."""
    teacher, _ = interrupted_student

    assert remove(store, ["teacher"], force=True).broken == {teacher.key: "needed by unfinished work"}


def test_rm_takes_a_family_together(store):
    """A descendant holds its teacher unless it goes too."""
    teacher, student = commit_family(store)
    with pytest.raises(UsageError, match=f"parent of {student.key[:12]}"):
        remove(store, [teacher.key], force=False)

    assert remove(store, [teacher.key, student.key], force=False).broken == {}
    assert store.run_keys() == []


def test_an_attempt_s_parents_can_be_read_when_it_is_first_seen(store, request_of, monkeypatch):
    """Before its lease and its request are written, and so before any process lists it."""
    teacher = finetune(request_of(finetune, name="teacher"), store).run
    held = []
    sign = lease.write_lease

    def look_and_sign(folder):
        if store.attempts() == [] and folder.name.partition(".")[0] != "command":
            held.append(dict.fromkeys([teacher.key]).keys() <= _held(store))
        sign(folder)

    monkeypatch.setattr(lease, "write_lease", look_and_sign)
    interrupted(distil, request_of(distil), store)

    assert held[0] is True


def _held(store):
    from colacli.store.protection import protected_runs

    return protected_runs(store, [], named=False).keys()


def test_a_teacher_that_goes_before_its_student_is_begun_stops_it(store, request_of, monkeypatch):
    """Removed between its being found and the attempt: an error before any training."""
    teacher = finetune(request_of(finetune, name="teacher"), store).run
    attempt = store.attempt
    monkeypatch.setattr(store, "attempt", lambda *given: store.remove(teacher.path) or attempt(*given))
    events = []

    with pytest.raises(UnknownReferenceError, match=teacher.key[:12]):
        distil(request_of(distil), store, events.append)
    assert not any(isinstance(event, Counted) for event in events)
    assert store.attempts() == []


def test_a_teacher_that_is_needed_while_it_is_removed_comes_back(store, request_of, interrupted_student, monkeypatch):
    """A student that begins after the first look, before the renaming, saves it."""
    teacher, attempt = interrupted_student
    hidden = attempt.path.rename(store.root / "elsewhere")
    take_out = store.take_out

    def begin_and_take_out(folder):
        hidden.rename(attempt.path)
        return take_out(folder)

    monkeypatch.setattr(store, "take_out", begin_and_take_out)
    with pytest.raises(UsageError, match="needed by unfinished work"):
        remove(store, [teacher.key], force=False)

    assert [run.key for run in resolve(store, "teacher")] == [teacher.key]
    assert faults_in(store, None, deep=True)[1] == []


COLLECT = """
import sys
from pathlib import Path
from colacli.store.gc import collect, scan
from colacli.store.store import Store
store = Store(Path(sys.argv[1]))
print(sum(not item.reason for item in collect(store, scan(store, 0)) if item.kind == "runs"))
"""


def collected_elsewhere(store):
    """Collect everything old in another process; how many runs went."""
    done = subprocess.run(
        [sys.executable, "-c", COLLECT, store.root], check=True, capture_output=True, text=True, timeout=200
    )
    return int(done.stdout)


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_what_a_living_command_has_made_is_held(store, request_of, jobs):
    """Another process collects while the second seed and the third are trained: all three are named in the end."""
    went = []

    def on_event(event):
        event = getattr(event, "event", event)
        if isinstance(event, Counted) and store.run_keys():
            went.append(collected_elsewhere(store))

    made = each_seed(TRAIN_STUDENT, of_three_seeds(request_of(train_student), jobs=jobs, name="s"), store, on_event)

    assert set(went) == {0}
    assert [run.key for run in resolve(store, "s")] == [one.run.key for one in made]
    assert list((store.root / "work").iterdir()) == []


def test_what_a_dead_command_has_made_is_not_held(store, request_of):
    """A command that was killed after two seeds leaves two runs that nobody needs."""

    class Killed(BaseException):
        """As kill -9, but for the folder of the command, which stays."""

    def on_event(event):
        if isinstance(event, Counted) and len(store.run_keys()) == 2:
            bury(store.root)
            (command,) = (store.root / "work").glob("command.*")
            command.rename(store.root / "kept")
            raise Killed

    with pytest.raises(Killed):
        each_seed(TRAIN_STUDENT, of_three_seeds(request_of(train_student)), store, on_event)
    (store.root / "kept").rename(store.root / "work" / "command.left")

    assert collected_elsewhere(store) == 2


def test_one_run_is_held_until_it_is_named(store, monkeypatch):
    """A collection between the commit and the name takes nothing."""
    went = []
    monkeypatch.setattr("colacli.training.look_up.name_runs", lambda store, *_: went.extend(gone(store)))
    made = count(store)

    assert went == []
    assert store.run_keys() == [made.run.key]


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_corpus_that_changes_between_two_seeds_ends_the_command(store, request_of, tiny_corpus, tmp_path, jobs):
    """No name stands for runs of two corpora: the error says what changed, and what was finished stays."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for path in tiny_corpus.iterdir():
        (corpus / path.name).write_bytes(path.read_bytes())
    request = request_of(train_student)
    request = replace(request, data=replace(request.data, data=str(corpus)))

    def on_event(event):
        if isinstance(getattr(event, "event", event), Counted):
            train = corpus / "in_domain_train.tsv"
            train.write_text("".join(train.read_text().splitlines(keepends=True)[1:]))

    with pytest.raises(ColacliError, match="in its spec: data"):
        each_seed(TRAIN_STUDENT, of_three_seeds(request, jobs=jobs, name="s"), store, on_event)
    assert names(store) == {}
    assert len(store.run_keys()) >= 2


def test_a_dry_run_of_seeds_changes_nothing(store, request_of, monkeypatch):
    """Also not for a moment: no folder is made for the command."""
    monkeypatch.setattr("colacli.workflows.seeds.protecting", None)
    made = each_seed(TRAIN_STUDENT, of_three_seeds(request_of(train_student), dry_run=True), store, ignore)

    assert [type(one) for one in made] == [DryRun] * 3
    assert list((store.root / "work").iterdir()) == []
