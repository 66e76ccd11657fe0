"""A teacher of another store, given by its path, is brought in with its ancestors before anything is learnt from it."""

from dataclasses import replace

import pytest

from colacli.errors import IntegrityError
from colacli.events import Counted, Note, ignore
from colacli.store.store import Store
from colacli.workflows.distil import distil
from colacli.workflows.finetune import finetune
from colacli.workflows.resume import resume
from colacli.workflows.sharing import export
from colacli.workflows.verify import faults_in
from factories.interruptions import interrupted
from factories.runs import flip_byte


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Another store."""
    return Store(tmp_path_factory.mktemp("elsewhere") / "home")


@pytest.fixture
def from_elsewhere(elsewhere, request_of):
    """A request of a student whose teacher is in the other store, and that teacher's run."""
    teacher = finetune(request_of(finetune, name="teacher"), elsewhere).run
    request = request_of(distil)
    return replace(request, teacher=replace(request.teacher, teacher=str(teacher.path))), teacher


def test_it_is_brought_in(store, from_elsewhere, tmp_path):
    """And that is said; the student can be verified and exported."""
    request, teacher = from_elsewhere
    events = []
    student = distil(request, store, events.append).run

    assert sorted(store.run_keys()) == sorted([teacher.key, student.key])
    assert any("copying teacher" in event.text for event in events if isinstance(event, Note))
    assert faults_in(store, None, deep=True) == (len(list(store.artifacts())), [])
    assert len(export(store, [student.key], tmp_path / "runs.tar", force=False, on_event=ignore)) == 2


def test_a_dry_run_brings_nothing_in(store, from_elsewhere):
    """It gives the key all the same."""
    request, teacher = from_elsewhere
    planned = distil(replace(request, execution=replace(request.execution, dry_run=True)), store)

    assert planned.spec.parents == {"teacher": teacher.key}
    assert store.run_keys() == []


def test_an_interrupted_student_needs_the_other_store_no_more(store, from_elsewhere, elsewhere):
    """Its request names the run that was brought in."""
    request, teacher = from_elsewhere
    interrupted(distil, request, store)
    elsewhere.remove(teacher.path)

    assert len(resume(store, [], ignore).made) == 1


@pytest.mark.parametrize("how", ["damaged", "without its parent"])
def test_one_that_can_t_be_brought_in_is_refused(store, from_elsewhere, request_of, elsewhere, tmp_path, how):
    """Before any training, and nothing of it stays."""
    request, teacher = from_elsewhere
    path = teacher.path
    if how == "damaged":
        path = tmp_path / "copy" / teacher.key
        path.mkdir(parents=True)
        for file in teacher.path.iterdir():
            (path / file.name).write_bytes(file.read_bytes())
        flip_byte(path / "adapter_model.safetensors")
    else:
        student = distil(request, elsewhere).run
        path = tmp_path / "alone" / student.key
        path.parent.mkdir()
        student.path.rename(path)
    events = []
    request = replace(request, teacher=replace(request.teacher, teacher=str(path)))
    with pytest.raises(IntegrityError):
        distil(request, store, events.append)

    assert not any(isinstance(event, Counted) for event in events)
    assert store.run_keys() == []
    assert list((store.root / "work").iterdir()) == []
