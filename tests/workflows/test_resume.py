"""An interrupted run is taken up again: by the same command or by `runs resume`, to the byte."""

import json
from dataclasses import replace

import pytest

from colacli.distillation import Distillation
from colacli.errors import ColacliError, IntegrityError
from colacli.events import Epoch, Note, ignore
from colacli.store.canonical import with_checksum
from colacli.store.checkpoints import INDEX
from colacli.store.store import Store
from colacli.workflows.distil import distil
from colacli.workflows.finetune import finetune
from colacli.workflows.resume import Resumed, resume
from colacli.workflows.train_student import train_student
from factories.interruptions import TRAINING, PowerLoss, interrupted, losing_power
from factories.runs import flip_byte


def bytes_of(run):
    """Every file of a run but its manifest, which knows the time."""
    return {path.name: path.read_bytes() for path in run.path.iterdir() if path.name != "manifest.json"}


@pytest.mark.parametrize("verb", [finetune, train_student, distil])
@pytest.mark.parametrize("how", ["the same command", "runs resume"])
def test_it_ends_as_if_nothing_had_happened(store, request_of, tmp_path, verb, how):
    """Each verb's run has the bytes of one that was never stopped, and its name."""
    elsewhere = Store(tmp_path / "elsewhere")
    for place in (store, elsewhere):
        if verb is distil:
            finetune(request_of(finetune, name="teacher"), place)
    whole = verb(request_of(verb), elsewhere).run
    request = request_of(verb, name="mine")
    interrupted(verb, request, store)
    notes = []
    if how == "runs resume":
        (result,) = resume(store, [whole.key[:8]], notes.append).made
    else:
        result = verb(request, store, notes.append)

    assert bytes_of(result.run) == bytes_of(whole)
    assert (result.cached, result.names) == (False, ["mine"])
    assert [one.epoch for one in notes if isinstance(one, Epoch)] == [3]
    assert any("resumed after epoch 2" in one.text for one in notes if isinstance(one, Note))
    assert list((store.root / "work").iterdir()) == []


def test_a_student_of_prefixes_ends_as_if_nothing_had_happened(store, request_of, tmp_path):
    """Its head for them is in the checkpoint; the teacher's judgements are read from the cache, and stay there."""
    elsewhere = Store(tmp_path / "elsewhere")
    for place in (store, elsewhere):
        finetune(request_of(finetune, name="teacher"), place)
    request = replace(request_of(distil), distillation=Distillation(prefix_weight=0.5))
    whole = distil(request, elsewhere).run
    interrupted(distil, request, store)
    cached = {path: path.read_bytes() for path in (store.root / "cache" / "teacher-prefixes").rglob("*.*")}

    assert len(cached) == 3  # spec, manifest and tensors
    assert bytes_of(distil(request, store).run) == bytes_of(whole)
    assert {path: path.read_bytes() for path in cached} == cached


def test_a_torn_checkpoint_is_passed_over(store, request_of, tmp_path):
    """The one before is used, and the bytes are the same."""
    whole = train_student(request_of(train_student), Store(tmp_path / "elsewhere")).run
    attempt = interrupted(train_student, request_of(train_student), store)
    flip_byte(attempt.checkpoints.newest().path)
    notes = []
    resumed = train_student(request_of(train_student), store, notes.append).run

    assert bytes_of(resumed) == bytes_of(whole)
    assert any("step" in one.text for one in notes if isinstance(one, Note) and "resumed after" in one.text)


def rewrite(attempt, change):
    """Change what the checkpoints say of themselves, under a seal that is right."""
    index = json.loads((attempt.path / INDEX).read_text())
    for entry in index["made"]:
        change(entry["progress"])
    made = [with_checksum(entry) for entry in index["made"]]
    (attempt.path / INDEX).write_text(json.dumps({**index, "made": made}))


def test_time_adds_up(store, request_of):
    """The manifest counts the work of both processes."""
    attempt = interrupted(train_student, request_of(train_student), store)
    rewrite(attempt, lambda progress: progress.update(seconds=1000.0))

    assert train_student(request_of(train_student), store).run.manifest.seconds > 1000


def test_another_environment_is_remembered(store, request_of):
    """A run that was begun with another number of threads says so in its manifest."""
    attempt = interrupted(train_student, request_of(train_student), store)
    rewrite(attempt, lambda progress: progress["environment"].update(threads="77"))

    assert train_student(request_of(train_student), store).run.manifest.environment["begun_with"] == "threads 77"


def test_what_failed_by_itself_is_not_kept(store, request_of):
    """A loss that is no number would be no number again."""
    request = request_of(train_student)
    with pytest.raises(ColacliError):
        train_student(replace(request, training=replace(TRAINING, learning_rate=1e3, epochs=50)), store, _Diverging())
    assert store.attempts() == []


class _Diverging:
    """Raises what a diverging training raises, after its first epoch."""

    def __call__(self, event):
        from colacli.errors import TrainingError

        if isinstance(event, Epoch) and event.epoch > 1:
            raise TrainingError("the loss became nan")


def test_force_begins_anew(store, request_of):
    """With --force no checkpoint is trusted."""
    interrupted(train_student, request_of(train_student), store)
    events = []
    train_student(request_of(train_student, force=True), store, events.append)

    assert [one.epoch for one in events if isinstance(one, Epoch)] == [1, 2, 3]


def test_resume_takes_all_when_none_is_named(store, request_of):
    """Two interrupted runs are both finished."""
    interrupted(train_student, request_of(train_student), store)
    other = replace(request_of(train_student), training=replace(TRAINING, seed=1))
    with pytest.raises(PowerLoss):
        train_student(other, store, losing_power(1))

    assert len(resume(store, [], ignore).made) == 2
    assert len(store.run_keys()) == 2
    assert resume(store, [], ignore) == Resumed([], {})


def test_one_that_can_t_go_on_stops_no_other(store, request_of):
    """It is reported, and the others are finished, whether they come before it or after."""
    attempts = []
    for seed in range(3):
        request = request_of(train_student)
        with pytest.raises(PowerLoss):
            train_student(replace(request, training=replace(TRAINING, seed=seed)), store, losing_power(1))
        attempts += [one for one in store.attempts() if one not in attempts]
    broken = sorted(attempts, key=lambda attempt: attempt.key)[1]
    (broken.path / "request.json").write_text('{"command": "dance"}')
    notes = []
    resumed = resume(store, [], notes.append)

    assert sorted(one.run.key for one in resumed.made) == sorted({one.key for one in attempts} - {broken.key})
    assert {key: error.status for key, error in resumed.failed.items()} == {broken.key: 4}
    assert any(
        broken.key[:12] in note.text and "can't be resumed" in note.text for note in notes if isinstance(note, Note)
    )
    assert store.attempts() == [broken]


def test_another_version_s_checkpoint_is_refused(store, request_of):
    """By the same command too, unless it is told to begin anew."""
    attempt = interrupted(train_student, request_of(train_student), store)
    (attempt.path / INDEX).write_text('{"format": 99, "made": []}')

    with pytest.raises(IntegrityError, match="format 99"):
        resume(store, [attempt.key], ignore)
    with pytest.raises(IntegrityError, match="format 99"):
        train_student(request_of(train_student), store)
    assert train_student(request_of(train_student, force=True), store).run.key == attempt.key
