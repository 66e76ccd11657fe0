"""Recurrent layers are trained on a text and stored as a run, which judges nothing."""

import json

import pytest

from colacli.cli.main import run
from colacli.errors import DataError, UsageError
from colacli.events import Epoch, ignore
from colacli.pretraining import Pretraining
from colacli.results import faults_of_run, perplexity_of
from colacli.store.store import Store
from colacli.training.pretraining import divide
from colacli.workflows.compare import compare
from colacli.workflows.distil import DistilRequest, TeacherChoice, distil
from colacli.workflows.evaluate import EvaluateOptions, evaluate
from colacli.workflows.judge import JudgeOptions, judge
from colacli.workflows.pretrain_student import pretrain_student
from colacli.workflows.resume import resume
from colacli.workflows.train_student import train_student
from factories.interruptions import interrupted


def bytes_of(made):
    """Every file of a run but its manifest, which knows the time."""
    return {path.name: path.read_bytes() for path in made.path.iterdir() if path.name != "manifest.json"}


@pytest.mark.parametrize("options", [{}, {"kd_weight": 0.5}, {"negatives": 20}])
def test_it_learns_the_text(store, pretraining_of, options):
    """Epoch by epoch the held-out loss falls, and the run says so by direction; with a teacher, and by drawn tokens."""
    events = []
    made = pretrain_student(pretraining_of(**options), store, events.append).run
    losses = [one.dev_loss for one in events if isinstance(one, Epoch)]
    found = perplexity_of(made)

    assert losses == sorted(losses, reverse=True)
    assert list(found) == ["forward", "backward"]
    assert sum(one.loss for one in found.values()) / 2 == pytest.approx(losses[-1])
    assert faults_of_run(made.path, deep=True) == []


def test_the_text_is_divided_alike_whatever_the_size():
    """A larger set begins with the smaller, and no held-out sentence is in either."""
    from colacli.data.transfer import TransferSet

    texts = TransferSet([f"sentence {number % 40}" for number in range(60)])
    small, large = divide(texts, 5), divide(texts, 50)

    assert small.train.texts == large.train.texts[:5]
    assert small.held_out.texts == large.held_out.texts
    assert not set(large.train.texts) & set(large.held_out.texts)
    with pytest.raises(DataError, match="are the same"):
        divide(TransferSet(["one", "one"]), 1)


def test_a_second_time_is_a_hit_and_unused_options_are_in_no_key(store, pretraining_of):
    """The temperature without a teacher, a size that is all there is, and as many drawn tokens as there are."""
    first = pretrain_student(pretraining_of(epochs=1), store)
    again = pretrain_student(pretraining_of(epochs=1, temperature=3.0, size=1000, negatives=1_000_000), store)

    assert (first.cached, again.cached) == (False, True)
    assert first.run.key == again.run.key


@pytest.mark.parametrize("how", ["the same command", "runs resume"])
@pytest.mark.parametrize("options", [{}, {"kd_weight": 0.5}, {"negatives": 20}])
def test_an_interrupted_one_ends_as_if_nothing_had_happened(store, pretraining_of, tmp_path, how, options):
    """Its bytes are those of one that was never stopped, dropout, shuffling and what is drawn among them."""
    request = pretraining_of(**options)
    whole = pretrain_student(request, Store(tmp_path / "elsewhere")).run
    interrupted(pretrain_student, request, store)
    if how == "runs resume":
        (result,) = resume(store, [whole.key[:8]], ignore).made
    else:
        result = pretrain_student(request, store)

    assert bytes_of(result.run) == bytes_of(whole)


def test_nothing_is_judged_by_it(store, pretraining_of, student_of):
    """Comparing, measuring, judging, distilling from it: each says what it is."""
    base = pretrain_student(pretraining_of(epochs=1), store).run
    student = train_student(student_of(base.key), store).run

    for refused in (
        lambda: compare([student.key, base.key], "in_domain_dev", store),
        lambda: evaluate(base.key, EvaluateOptions(), store),
        lambda: list(judge(base.key, ["Hello."], "here", JudgeOptions(), store)),
    ):
        with pytest.raises(DataError, match="judges no sentence"):
            refused()
    with pytest.raises(UsageError, match="no teacher"):
        distil(DistilRequest(teacher=TeacherChoice(teacher=base.key)), store)


def test_it_is_listed_and_shown(store, pretraining_of, capsys):
    """Without accuracy, and with its perplexity."""
    base = pretrain_student(pretraining_of(epochs=1), store).run

    assert run(["runs", "list", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["runs"]
    assert (listed["command"], listed["metrics"]) == ("pretrain-student", {})
    assert run(["runs", "show", base.key, "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)["runs"]
    assert shown["perplexity"]["forward"]["n"] == perplexity_of(base)["forward"].n
    assert run(["runs", "list"]) == 0
    assert "pretrain-student\t0\t—\t—" in capsys.readouterr().out


def test_a_teacher_has_the_whole_vocabulary():
    """Its distributions are of all tokens."""
    with pytest.raises(UsageError, match="--negatives"):
        Pretraining(kd_weight=0.5, negatives=20)
