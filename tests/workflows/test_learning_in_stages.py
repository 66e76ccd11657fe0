"""Students start from other students, and learn in stages."""

from dataclasses import replace

import pytest
import torch

from colacli.cli.main import run
from colacli.config import Student
from colacli.errors import UnknownReferenceError, UsageError
from colacli.events import Note, ignore
from colacli.models.tensors import read_tensors
from colacli.workflows.distil import DistilRequest, TeacherChoice, distil
from colacli.workflows.experiment_plan import ExperimentOptions, plan_experiment
from colacli.workflows.finetune import finetune
from colacli.workflows.recipe_file import read_recipe
from colacli.workflows.reproduce import recipes, with_ancestors
from colacli.workflows.resume import resume
from colacli.workflows.seeds import each_seed
from colacli.workflows.train_student import TRAIN_STUDENT, train_student
from colacli.workflows.verbs import VERBS
from factories.interruptions import CPU, interrupted

SECOND = """
title = "Learn in stages"
claims = [["second", "alone"]]
[train-student]
batch-size = 16
epochs = 1
precision = "fp32"
[arms.alone]
command = "train-student"
[arms.second]
command = "train-student"
student-base = "first"
"""


STAGES = """
title = "Learn in stages"
claims = [["second", "first"], ["second", "third"]]
[finetune]
epochs = 1
batch-size = 16
[distil]
teacher = "teacher"
[train-student]
hidden = 6
[arms.third]
command = "distil"
student-base = "second"
[arms.second]
command = "train-student"
student-base = "first"
hidden = 6
lr = 3e-3
[arms.first]
command = "train-student"
[arms.teacher]
command = "finetune"
seeds = 1
"""


@pytest.mark.parametrize(
    "options",
    [Student(cell="gru", hidden=6, bidirectional=True, pooling="attention"), Student(embedding_rank=3, pooling="max")],
)
def test_a_student_starts_from_another(store, request_of, student_of, tmp_path, options):
    """From all of its weights, head and pooling too: with a rate of next to nothing it stays what it was."""
    first = train_student(student_of(student=options), store).run
    teacher = finetune(request_of(finetune), store).run
    alone = student_of(first.key)
    still = replace(alone.training, learning_rate=1e-12, epochs=1, seed=3)
    request = DistilRequest(
        teacher=TeacherChoice(teacher=teacher.key), data=alone.data, start=alone.start, training=still, execution=CPU
    )
    second = distil(request, store).run
    before, after = (read_tensors(run.path / "model.safetensors") for run in (first, second))

    assert before.keys() == after.keys()
    assert all(torch.allclose(after[name], tensor, rtol=0, atol=1e-9) for name, tensor in before.items())
    assert second.spec.student == first.spec.student
    assert second.manifest.parents == {"student-base": first.key, "teacher": teacher.key}
    assert second.spec.teachers == [teacher.key]

    assert run(["report", second.key, "-o", str(tmp_path / "report.md")]) == 0
    text = (tmp_path / "report.md").read_text()
    assert f"All weights start from those of {first.key[:12]}: a student learns on." in text
    found = recipes(with_ancestors([second], store), store)
    assert {recipe.arguments[0] for recipe in found} == {"train-student", "finetune", "distil"}
    with pytest.raises(UsageError, match="--pooling mean conflicts with --student-base"):
        train_student(student_of(first.key, replace(options, pooling="mean")), store)


def test_of_several_runs_a_seed_starts_from_its_own(store, student_of, tiny_base, tiny_corpus, tmp_path):
    """In a command of several seeds and in an experiment's arm, to the same keys; what is resumed too."""
    first = student_of()
    bases = each_seed(TRAIN_STUDENT, replace(first, execution=replace(CPU, seeds=3, name="first")), store, ignore)
    keys = [made.run.key for made in bases]
    request = replace(student_of("first"), execution=replace(CPU, seeds=2, name="second"))
    request = replace(request, training=replace(request.training, seed=1))
    made = [result.run for result in each_seed(TRAIN_STUDENT, request, store, ignore)]

    assert [one.spec.parents["student-base"] for one in made] == keys[1:]
    assert [one.spec.training.seed for one in made] == [1, 2]

    (tmp_path / "study.toml").write_text(SECOND)
    options = ExperimentOptions(base=tiny_base, data=str(tiny_corpus), seeds=3, device="cpu")
    plan = plan_experiment(read_recipe(tmp_path / "study.toml", {}), options, store, ignore)
    assert [run.spec.parents["student-base"] for run in plan.arms["second"]] == keys
    assert [run.key for run in plan.arms["second"]][1:] == [one.key for one in made]

    longer = replace(request, training=replace(request.training, epochs=3), execution=CPU)
    interrupted(train_student, longer, store)
    (again,) = resume(store, [], ignore).made
    assert again.run.spec.parents["student-base"] == keys[1], "it is remembered by its key"


def planned(text, tmp_path, store, tiny_base, tiny_corpus):
    """An experiment's plan."""
    (tmp_path / "stages.toml").write_text(text)
    quick = {"epochs": 1, "batch-size": 16, "precision": "fp32"}
    options = ExperimentOptions(base=tiny_base, data=str(tiny_corpus), seeds=2, device="cpu")
    return plan_experiment(read_recipe(tmp_path / "stages.toml", quick), options, store, ignore)


def test_an_arm_starts_from_an_arm_that_is_not_made_yet(store, tmp_path, tiny_base, tiny_corpus):
    """Seed by seed, and so on; keys are those of what is made then, in one process and by the plan's own jobs."""
    plan = planned(STAGES, tmp_path, store, tiny_base, tiny_corpus)
    arms = {name: [run.key for run in runs] for name, runs in plan.arms.items()}

    assert list(arms) == ["third", "second", "first", "teacher"]
    assert [run.spec.parents["student-base"] for run in plan.arms["third"]] == arms["second"]
    assert [run.spec.parents["student-base"] for run in plan.arms["second"]] == arms["first"]
    assert {run.spec.student.hidden for run in plan.arms["third"]} == {6}
    for one in plan.runs:
        assert VERBS[one.spec.command].run(one.request, store, ignore).run.key == one.key
    again = planned(STAGES, tmp_path, store, tiny_base, tiny_corpus)
    assert again.missing == []
    assert {name: [run.key for run in runs] for name, runs in again.arms.items()} == arms


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"first"\nhidden = 6', '"third"\nhidden = 6', "arm.*come from one another, as teacher or student-base"),
        ('"first"\nhidden = 6', '"first"\nhidden = 7', "arm second: --hidden 7 conflicts with --student-base"),
        ('"first"\nhidden = 6', '"teacher"\nhidden = 6', "arm second: --student-base: run .* was made by finetune"),
        ('teacher = "teacher"', 'teacher = "other"', "arm third: --teacher other is no arm, and --student-base is one"),
        ("seeds = 1", "seeds = 1\n[arms.more]\ncommand = 'train-student'\nstudent-base = 'first'\nseed = 9", "no"),
    ],
)
def test_what_no_arm_can_start_from(store, tmp_path, tiny_base, tiny_corpus, old, new, message):
    """It is said before anything is made, with the arm's name."""
    assert old in STAGES
    error = UnknownReferenceError if message == "no" else UsageError
    with pytest.raises(error, match="arm more: .*'first' stands for 2 runs" if message == "no" else message):
        planned(STAGES.replace(old, new), tmp_path, store, tiny_base, tiny_corpus)


def test_of_several_runs_without_a_seed_none_is_taken(store, student_of):
    """Nor of two with it, nor of runs of different shapes."""
    first = replace(student_of(), execution=replace(CPU, seeds=2, name="first"))
    one = each_seed(TRAIN_STUDENT, first, store, ignore)[0].run
    other = train_student(student_of(student=Student(hidden=7)), store).run

    for reference, seed, error, message in [
        ("first", 5, UnknownReferenceError, "stands for 2 runs, of which none has seed 5"),
        (f"{one.key},{other.key}", 0, UsageError, "have different shapes"),
    ]:
        request = student_of(reference)
        with pytest.raises(error, match=message):
            train_student(replace(request, training=replace(request.training, seed=seed)), store)
    again = student_of()
    again = train_student(replace(again, training=replace(again.training, learning_rate=3e-3)), store).run
    with pytest.raises(UnknownReferenceError, match="of which 2 have seed 0"):
        train_student(student_of(f"{one.key},{again.key}"), store)


def test_a_student_that_has_seen_the_held_out_tenth_is_named(store, student_of):
    """However far back; one that has not is passed over."""

    def made(start, validation):
        request = student_of(start)
        notes = []
        training = replace(request.training, validation=validation, epochs=1)
        return train_student(replace(request, training=training), store, notes.append).run, [
            note.text for note in notes if isinstance(note, Note)
        ]

    first, _ = made(None, "dev")
    second, notes = made(first.key, "holdout")
    assert any(
        f"student base {first.key[:12]} was trained on the sentences that are held out" in note for note in notes
    )
    _, notes = made(second.key, "holdout")
    assert any(
        f"student base {first.key[:12]} was trained on the sentences that are held out" in note for note in notes
    )
    clean, _ = made(None, "holdout")
    _, notes = made(clean.key, "holdout")
    assert not any("held out here" in note for note in notes)
