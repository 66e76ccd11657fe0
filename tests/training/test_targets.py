"""What a distilled student learns from: ensembles, states, and the controls that take something away."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from colacli.config import Distillation, Labels
from colacli.errors import UsageError
from colacli.models.matching import Outputs
from colacli.models.tensors import read_tensors
from colacli.store.refs import resolve, set_name
from colacli.training.requests import BaseChoice
from colacli.training.transfer import TransferChoice
from colacli.workflows import teaching
from factories.distillation import STUDENT, School, recipes
from factories.tiny import write_base


def test_what_is_not_used_leaves_the_key_alone(school):
    """A size without a set, no control, a way to average one teacher: none of them is in a spec."""
    plain = school.taught()
    same = school.taught(TransferChoice(transfer_size=7, transfer_seed=3), Distillation(ensemble="probabilities"))
    spec = (plain.path / "spec.json").read_text()

    assert same.key == plain.key
    assert not any(name in spec for name in ("transfer", "ensemble", "teacher_control", "labels"))


def test_an_ensemble_is_the_mean_of_its_teachers(school):
    """A name of several runs; the logits are averaged, or the probabilities at the temperature."""
    second = school.teacher("second", seed=1)
    set_name(school.store, "both", [school.first.key, second.key])
    texts = school.corpus.split("train").texts[:1]
    one, two = (school.judged(run, texts) for run in (school.first, second))
    logits = torch.tensor([[0.3, -1.0]])
    for ensemble, p in {
        "logits": ((one + two) / 4).softmax(1),
        "probabilities": ((one / 2).softmax(1) + (two / 2).softmax(1)) / 2,
    }.items():
        how = Distillation(kd_weight=1.0, ce_weight=0.0, temperature=2.0, ensemble=ensemble)
        run = school.taught(how=how, teacher="both")
        q = (logits / 2).softmax(1)
        torch.testing.assert_close(school.loss(logits, [0]), 4 * (p * (p / q).log()).sum(), rtol=1e-4, atol=1e-6)
        first, last = sorted([school.first.key, second.key])
        assert run.spec.parents == {"teacher-1": first, "teacher-2": last}


def test_an_ensembles_teachers_are_found(school):
    """`^teacher` is all of them, `^teacher-2` the second; in whatever order they were named it is one run."""
    second = school.teacher("second", seed=1)
    keys = sorted([school.first.key, second.key])
    set_name(school.store, "both", keys)
    run = school.taught(teacher="both")
    set_name(school.store, "both", keys[::-1])

    assert school.taught(teacher="both").key == run.key
    assert [one.key for one in resolve(school.store, f"{run.key}^teacher")] == keys
    assert [one.key for one in resolve(school.store, f"{run.key}^teacher-2")] == keys[1:]


def test_a_name_of_one_teacher_twice_is_that_teacher(school):
    """`kd^teacher` of several seeds is one teacher, so no ensemble."""
    set_name(school.store, "students", [school.taught().key, school.taught(seed=1).key])

    assert school.taught(teacher="students^teacher").key == school.taught().key


def test_a_student_can_teach(school):
    """Self-distillation: the teacher is a student trained alone."""
    alone = school.alone()
    run = school.taught(teacher=alone.key)
    soft = school.judged(alone, school.corpus.split("train").texts[:1])
    logits = torch.tensor([[0.3, -1.0]])
    how = Distillation()
    p, q = (soft / 2).softmax(1), (logits / 2).softmax(1)
    hard = -logits.log_softmax(1)[0, school.corpus.split("train").labels[0]]

    assert run.spec.parents == {"teacher": alone.key}
    expected = how.ce_weight * hard + how.kd_weight * 4 * (p * (p / q).log()).sum()
    torch.testing.assert_close(school.loss(logits, [0]), expected, rtol=1e-4, atol=1e-6)


def test_a_shuffled_teacher_knows_nothing(school, monkeypatch):
    """Its logits and states are the same ones, of other sentences, train and transfer set apart, anew for each seed."""
    dealt, deal = [], teaching._Teaching.dealt

    def watched(self, job, how):
        dealt.append((self, deal(self, job, how)))
        return dealt[-1][1]

    monkeypatch.setattr(teaching._Teaching, "dealt", watched)
    how = Distillation(teacher_control="shuffled", hidden_weight=1.0)
    school.taught(recipes("words"), how)
    school.taught(recipes("words"), how, seed=1)
    for before, after in dealt:
        pairs = [torch.cat([one.logits, one.states], dim=1).tolist() for one in (before, after)]
        assert sorted(pairs[0]) == sorted(pairs[1])
        assert pairs[0] != pairs[1]
    assert [len(after.logits) for _, after in dealt] == [60, 30, 60, 30]
    assert not torch.equal(dealt[0][1].logits, dealt[2][1].logits)


def test_of_a_hard_teacher_only_the_decision_is_learnt(school):
    """Cross-entropy with the teacher's label: how sure it was is gone, and with it the temperature."""
    how = Distillation(kd_weight=0.7, ce_weight=0.0, teacher_control="hard")
    run = school.taught(recipes("words"), how)
    (texts,) = school.made()
    decided = school.judged(school.first, texts[:2]).argmax(dim=1)
    logits = torch.tensor([[0.3, -1.0], [2.0, 0.5]])

    expected = 0.7 * -logits.log_softmax(1).gather(1, decided[:, None]).mean()
    torch.testing.assert_close(school.loss(logits, [60, 61]), expected)
    assert run.spec.distillation.temperature is None


def test_hard_labels_have_no_logits_to_match():
    """Both together are refused."""
    with pytest.raises(UsageError, match="--kd-loss mse"):
        Distillation(teacher_control="hard", kd_loss="mse")


def test_teachers_of_different_bases_are_refused(school, tmp_path):
    """A student's words are those of one base model."""
    folder = tmp_path / "other"
    folder.mkdir()
    write_base(folder)
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace('"layer_norm_epsilon": 1e-05', '"layer_norm_epsilon": 1e-04'))
    other = School.__new__(School)
    other.__dict__.update(school.__dict__, base=BaseChoice(base=folder))
    set_name(school.store, "mixed", [school.first.key, other.teacher("other").key])
    with pytest.raises(UsageError, match="different base models"):
        school.taught(teacher="mixed")


def test_smoothed_labels_are_learnt(school):
    """Another run than without; at 0 it is the same one."""
    plain, smooth = school.alone(), school.alone(Labels(label_smoothing=0.2))
    assert school.alone(Labels(label_smoothing=0.0)).key == plain.key
    assert smooth.spec.labels.label_smoothing == 0.2
    assert smooth.history[0].train_loss != plain.history[0].train_loss


def test_states_are_matched_in_direction(school):
    """The mean squared distance of what the student guesses and the teacher's last state, each of length 1."""
    how = Distillation(hidden_weight=0.7)
    run = school.taught(recipes("words"), how)
    (texts,) = school.made()
    states = school.states(school.first, [school.corpus.split("train").texts[0], texts[0]])
    guesses, logits = torch.randn(2, states.shape[1]), torch.tensor([[0.3, -1.0], [2.0, 0.5]])
    apart = guesses / guesses.norm(dim=1, keepdim=True) - states / states.norm(dim=1, keepdim=True)
    school.taught(recipes("words"))
    plain = school.loss(logits, [0, 60])

    loss = school.lessons[-2].objective(Outputs(logits, guesses), torch.tensor([0, 60]))
    torch.testing.assert_close(loss, plain + 0.7 * apart.square().sum() / 2, rtol=1e-4, atol=1e-6)
    assert school.lessons[-2].guessed == states.shape[1]
    assert run.spec.distillation.hidden_weight == 0.7


def test_the_guess_is_thrown_away(school):
    """A matched student is what it would be without: the same tensors and counts, from the same start."""
    plain, matched = (
        school.taught(learning_rate=1e-9),
        school.taught(how=Distillation(hidden_weight=5.0), learning_rate=1e-9),
    )
    one, other = (read_tensors(run.path / "model.safetensors") for run in (plain, matched))

    assert one.keys() == other.keys()
    assert all(torch.allclose(one[name], other[name], atol=1e-6) for name in one)
    assert plain.parameters == matched.parameters
    assert matched.history[0].train_loss > plain.history[0].train_loss


def test_matching_teaches(school):
    """With enough steps guesses come nearer: the loss falls by more than logits alone could."""
    run = school.taught(
        how=Distillation(hidden_weight=10.0, kd_weight=0.0, ce_weight=1e-9), epochs=8, learning_rate=0.02
    )

    assert run.history[-1].train_loss < 0.7 * run.history[0].train_loss


def test_states_are_kept_and_averaged(school, monkeypatch):
    """An ensemble's states are the mean of its teachers'; they are computed once."""
    second = school.teacher("second", seed=1)
    set_name(school.store, "both", [school.first.key, second.key])
    how = Distillation(hidden_weight=1.0, kd_weight=0.0, ce_weight=1e-9)
    school.taught(how=how, teacher="both")
    texts = school.corpus.split("train").texts[:1]
    mean = sum(F.normalize(school.states(run, texts), dim=1) for run in (school.first, second)) / 2
    monkeypatch.setattr(teaching, "load_predictor", lambda *_: pytest.fail("a teacher was loaded again"))
    school.taught(how=how, teacher="both", seed=1)

    outputs = Outputs(torch.zeros(1, 2), mean)
    torch.testing.assert_close(school.loss(outputs, [0]), torch.tensor(0.0), atol=1e-5, rtol=0)


def test_a_student_s_state_can_be_matched(school):
    """In self-distillation it is what the student's head reads."""
    alone = school.alone()
    school.taught(how=Distillation(hidden_weight=1.0), teacher=alone.key)

    assert school.lessons[-1].guessed == STUDENT.hidden


def test_hard_labels_have_no_states_to_match():
    """Both together are refused."""
    with pytest.raises(UsageError, match="--hidden-weight"):
        Distillation(teacher_control="hard", hidden_weight=1.0)
