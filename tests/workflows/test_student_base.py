"""Students start from recurrent layers that were trained on a text."""

import json
from dataclasses import replace

import pytest
import torch

from colacli.cli.main import run
from colacli.config import Encoder, Student
from colacli.engines.kinds import EngineOptions, open_engine
from colacli.errors import UsageError
from colacli.events import ignore
from colacli.models.tensors import read_tensors
from colacli.store.protection import protected_runs
from colacli.store.store import Store
from colacli.training import students
from colacli.training.requests import BaseChoice
from colacli.workflows.distil import DISTIL, DistilRequest, TeacherChoice, distil
from colacli.workflows.experiment import ends_of, make_runs
from colacli.workflows.experiment_plan import ExperimentOptions, plan_experiment
from colacli.workflows.finetune import finetune
from colacli.workflows.pretrain_student import pretrain_student
from colacli.workflows.recipe_file import read_recipe
from colacli.workflows.reproduce import recipes, with_ancestors
from colacli.workflows.resume import resume
from colacli.workflows.seeds import each_seed
from colacli.workflows.train_student import train_student
from factories.interruptions import CPU, interrupted

RECIPE = """
title = "Read before"
claims = [["taught", "alone"]]
[finetune]
rank = 1
epochs = 1
[train-student]
epochs = 1
[distil]
epochs = 1
[arms.alone]
command = "train-student"
student-base = "read"
[arms.taught]
command = "distil"
teacher = "teacher"
student-base = "read"
[arms.teacher]
command = "finetune"
seeds = 1
"""


def bytes_of(made):
    """Every file of a run but its manifest, which knows the time."""
    return {path.name: path.read_bytes() for path in made.path.iterdir() if path.name != "manifest.json"}


@pytest.mark.parametrize(
    "encoder",
    [
        Encoder(cell="gru", hidden=6, bidirectional=True),
        Encoder(hidden=5, layers=2, embedding_rank=3),
        Encoder(cell="lstm"),
    ],
)
def test_a_student_starts_from_its_weights(store, pretraining_of, student_of, monkeypatch, encoder):
    """Embeddings and recurrent layers; the head is the one that a student of this seed has anyway."""
    base = pretrain_student(pretraining_of(encoder, epochs=1), store).run
    starts = []
    build = students.build_student

    def recorded(*given):
        built = build(*given)
        starts.append({name: tensor.clone() for name, tensor in built[0].state_dict().items()})
        return built

    monkeypatch.setattr(students, "build_student", recorded)
    made = train_student(student_of(f"run:{base.key}"), store).run
    train_student(student_of(student=made.spec.student), store)
    weights = read_tensors(base.path / "model.safetensors")
    started, other = starts

    assert started.keys() - weights.keys() == {"score.weight", "score.bias"}
    assert all(torch.equal(started[name], tensor) for name, tensor in weights.items())
    assert torch.equal(started["score.weight"], other["score.weight"])
    assert made.manifest.parents == {"student-base": base.key}


def test_its_shape_is_taken_and_a_conflict_is_named(store, pretraining_of, student_of):
    """What is not given comes from it; what differs is refused by name."""
    base = pretrain_student(pretraining_of(epochs=1), store).run
    made = train_student(student_of(base.key, Student(pooling="max", hidden=6)), store).run

    assert made.spec.student == Student(cell="gru", hidden=6, bidirectional=True, pooling="max")
    for student, flag in [
        (Student(hidden=7), "--hidden 7"),
        (Student(cell="lstm"), "--cell lstm"),
        (Student(layers=2), "--layers 2"),
        (Student(embedding_rank=2), "--embedding-rank 2"),
        (Student(embeddings="random"), "--embeddings random"),
    ]:
        with pytest.raises(UsageError, match=f"{flag} conflicts with --student-base"):
            train_student(student_of(base.key, student), store)


def test_what_is_no_student_is_refused(store, request_of, student_of):
    """A teacher has no weights of a student."""
    teacher = finetune(request_of(finetune), store).run

    with pytest.raises(UsageError, match="was made by finetune"):
        train_student(student_of(teacher.key), store)


def test_another_tokenizer_is_refused(store, pretraining_of, student_of):
    """Ids mean other words there."""
    base = pretrain_student(pretraining_of(epochs=1), store).run

    request = replace(student_of(base.key), base=BaseChoice(variant="gpt2-mini"))
    with pytest.raises(UsageError, match="another tokenizer"):
        train_student(request, store)


def test_all_seeds_of_a_distilled_student_start_from_the_one_base(store, pretraining_of, request_of, student_of):
    """Both are its parents, the base is protected, and an interrupted student ends with the same bytes."""
    base = pretrain_student(pretraining_of(epochs=1), store).run
    teacher = finetune(request_of(finetune, name="teacher"), store).run
    alone = student_of(base.key)
    request = DistilRequest(
        teacher=TeacherChoice(teacher="teacher"),
        data=alone.data,
        start=alone.start,
        training=replace(alone.training, epochs=3),
        execution=replace(CPU, seeds=2),
    )
    made = [result.run for result in each_seed(DISTIL, request, store, ignore)]
    parents = {"student-base": base.key, "teacher": teacher.key}

    assert [one.manifest.parents for one in made] == [parents, parents]
    assert made[0].spec.teachers == [teacher.key]
    assert base.key in protected_runs(store, [made[0].key], named=False)

    whole = bytes_of(made[0])
    store.remove(made[0].path)
    interrupted(distil, replace(request, execution=CPU), store)
    (again,) = resume(store, [made[0].key[:8]], ignore).made
    assert bytes_of(again.run) == whole


@pytest.mark.parametrize("options", [{"kd_weight": 0.5, "temperature": 2.0}, {"negatives": 20}])
def test_the_commands_of_a_report_make_them_again(store, pretraining_of, student_of, capsys, options):
    """Both runs' keys come of the commands that are written."""
    base = pretrain_student(pretraining_of(epochs=2, size=40, **options), store).run
    assert base.spec.pretraining.negatives == options.get("negatives")
    made = train_student(student_of(base.key), store).run
    found = recipes(with_ancestors([made], store), store)
    assert [recipe.arguments[0] for recipe in found] == ["pretrain-student", "train-student"]

    for recipe, key in zip(found, (base.key, made.key), strict=True):
        assert run([*recipe.arguments, "--device", "cpu", "--dry-run", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["key"] == key


def test_card_and_report_name_it(store, pretraining_of, student_of, tmp_path):
    """By its key."""
    base = pretrain_student(pretraining_of(epochs=1), store).run
    made = train_student(student_of(base.key), store).run

    assert f"started from the weights of run {base.key}" in (made.path / "README.md").read_text()
    assert run(["report", made.key, "-o", str(tmp_path / "report.md")]) == 0
    text = (tmp_path / "report.md").read_text()
    assert f"start from those of {base.key[:12]}" in text
    assert f"--student-base run:{base.key[:12]}" in text


def test_it_travels_with_its_students(store, pretraining_of, student_of, tmp_path, monkeypatch):
    """An exported student brings it, and both are sound where they arrive."""
    base = pretrain_student(pretraining_of(epochs=1), store).run
    made = train_student(student_of(base.key), store).run
    assert run(["runs", "export", made.key, "-o", str(tmp_path / "runs.tar")]) == 0
    monkeypatch.setenv("COLACLI_HOME", str(tmp_path / "elsewhere"))

    assert run(["runs", "import", str(tmp_path / "runs.tar")]) == 0
    assert run(["runs", "verify", "--deep"]) == 0
    assert set(Store(tmp_path / "elsewhere").run_keys()) == {base.key, made.key}


def test_arms_of_an_experiment_start_from_it(store, pretraining_of, tiny_base, tiny_corpus, tmp_path):
    """Their keys are known before their teacher is made, and are those of the runs that are made then."""
    base = pretrain_student(pretraining_of(execution=replace(CPU, name="read"), epochs=1), store).run
    (tmp_path / "study.toml").write_text(RECIPE)
    options = ExperimentOptions(base=tiny_base, data=str(tiny_corpus), seeds=2, device="cpu")
    plan = plan_experiment(read_recipe(tmp_path / "study.toml", {}), options, store, ignore)
    with open_engine(EngineOptions(jobs=1, threads=1), store, None) as engine:
        ends = ends_of(make_runs(plan, engine, store))

    assert not ends.failed
    assert {run.key for run in plan.runs} | {base.key} == set(store.run_keys())
    assert all(run.spec.parents["student-base"] == base.key for run in plan.arms["taught"] + plan.arms["alone"])
