"""The verbs: the same runs as the command line's, and handles of them."""

import json

import pytest

import colacli
from colacli.cli.main import run as command_line


def test_the_command_line_finds_the_same_run(made, how, tiny_base, capsys, monkeypatch):
    """One key: the command with the same options is a hit."""
    monkeypatch.setenv("COLACLI_HOME", str(made.store.path))
    words = ["finetune", "--base", str(tiny_base), "--rank", "1", "--data", str(how["data"]), "--epochs", "2"]
    assert command_line([*words, "--batch-size", "16", "--precision", "fp32", "--device", "cpu", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)

    assert (answer["cached"], answer["key"]) == (True, made.teacher.key)


def test_the_second_call_computes_nothing(made, how, tiny_base):
    """It is a hit, and says so."""
    again = made.store.finetune(base=tiny_base, rank=1, **how)

    assert (made.teacher.cached, again.cached) == (False, True)
    assert again == made.teacher
    assert hash(again) == hash(made.teacher)


def test_seeds_give_several_runs(made, how, tiny_base):
    """In the order of the seeds; one seed too."""
    assert [run.seed for run in made.nokd] == [0, 1]
    assert isinstance(made.nokd, colacli.Runs)
    assert isinstance(made.store.train_student(base=tiny_base, hidden=8, seeds=1, **how), colacli.Runs)


def test_a_student_learns_its_teachers_corpus(made, how):
    """Where none is named; a layout that is named counts as one."""
    others = {name: value for name, value in how.items() if name != "data"}

    assert made.store.distil(made.teacher, hidden=8, **others) == made.kd[0]


@pytest.mark.parametrize("several", ["handles", "names"])
def test_several_teachers_are_an_ensemble(made, how, several):
    """Handles, or references; each has a place in the spec."""
    teachers = list(made.nokd) if several == "handles" else [run.key[:12] for run in made.nokd]
    student = made.store.distil(teachers, hidden=4, **how)

    assert {run.key for run in student.teachers} == {run.key for run in made.nokd}
    assert student == made.store.distil("nokd", hidden=4, **how)


def test_a_teacher_of_another_store_is_copied(made, how, tmp_path):
    """By its path, with its ancestors."""
    store = colacli.open(tmp_path / "other")
    student = store.distil(made.teacher, hidden=4, **how)

    assert [run.path.parent.parent for run in student.teachers] == [store.path]


def test_an_adapter_is_adopted(made, how, tiny_base, tmp_path):
    """A folder of PEFT's, which a teacher's is."""
    run = colacli.open(tmp_path / "store").adopt(made.teacher.path, base=tiny_base, data=how["data"], device="cpu")

    assert (run.command, len(run.metrics), len(run.history)) == ("adopt", 2, 0)


def test_a_baseline_is_a_run(made):
    """It judges; it has no network and no tokens."""
    assert made.baseline.command == "baseline.majority"
    assert list(made.baseline.judge("A lamp paints.")["label"]) == [1]
    for ask in (made.baseline.model, made.baseline.tokenizer):
        with pytest.raises(colacli.ModelError, match="is a baseline"):
            ask()


def test_runs_are_found(made):
    """By a name, by digits, all of a name, all."""
    store = made.store

    assert store.run("teacher") == store.run(made.teacher.key[:12]) == made.teacher
    assert list(store.runs("nokd")) == list(made.nokd)
    assert {made.teacher, *made.kd, *made.nokd, made.baseline} <= {*store.runs()}
    with pytest.raises(colacli.UnknownReferenceError, match="there is no run 'nobody'"):
        store.run("nobody")


def test_an_error_speaks_python(made, how):
    """Options as they are written in a call, and the hint in the traceback."""
    with pytest.raises(colacli.UsageError) as caught:
        made.store.distil(made.teacher, kd_weight=0, ce_weight=0, **how)

    assert str(caught.value) == "kd_weight= and ce_weight= are both 0"
    assert caught.value.__notes__ == ["give at least one a positive weight"]


def test_a_call_does_what_it_says(made, how):
    """A dry run is the command line's."""
    with pytest.raises(colacli.UsageError, match="distil has no option 'dry_run'"):
        made.store.distil(made.teacher, dry_run=True, **how)


@pytest.mark.parametrize("teacher", [3, [], None])
def test_what_is_no_run_is_named(made, how, teacher):
    """Neither a handle, nor several, nor a reference."""
    with pytest.raises(colacli.UsageError, match="is not a run"):
        made.store.distil(teacher, **how)


def test_an_unknown_baseline_is_named(made):
    """And the known ones."""
    with pytest.raises(colacli.UsageError, match="there is no baseline 'lstm'"):
        made.store.baseline("lstm")


def test_an_interrupted_call_is_resumed(how, tiny_base, tmp_path):
    """The same call goes on from the last checkpoint, and gives the same bytes as one that nothing stopped."""

    def stop(event):
        if getattr(event, "epoch", 0) == 2:
            raise KeyboardInterrupt

    options = {"base": tiny_base, "hidden": 8, **how, "epochs": 3}
    store, other = colacli.open(tmp_path / "stopped"), colacli.open(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        store.train_student(**options, progress=stop)
    assert len(store.runs()) == 0
    notes = []
    resumed = store.train_student(**options, progress=lambda event: notes.append(getattr(event, "text", "")))

    assert any("resum" in note for note in notes)
    assert resumed.spec == other.train_student(**options).spec
    weights = [run.path.joinpath("model.safetensors").read_bytes() for run in (resumed, other.runs()[0])]
    assert weights[0] == weights[1]


def test_a_store_is_a_folder(tmp_path):
    """A file is none."""
    (tmp_path / "file").write_text("")
    with pytest.raises(colacli.UsageError, match="is a file, and a store is a folder"):
        colacli.open(tmp_path / "file")

    assert repr(colacli.open(tmp_path)) == f"<Store {tmp_path}>"


def test_a_store_stays_where_it_is(tmp_path, monkeypatch):
    """Another working folder changes nothing; `~` is the user's folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    store = colacli.open("here")
    monkeypatch.chdir("/")

    assert store.path == tmp_path / "here"
    assert colacli.open("~/there").path == tmp_path / "user" / "there"
