"""What a distilled student learns from: ensembles, states, and the controls that take something away."""

from __future__ import annotations

import pytest
import torch

from colacli.config import Labels, Lora
from colacli.distillation import Distillation
from colacli.errors import UsageError
from colacli.models import weights
from colacli.models.auxiliary_heads import Outputs
from colacli.models.tensors import read_tensors
from colacli.results import history_of
from colacli.store.refs import resolve, set_name
from colacli.training import teacher_outputs
from colacli.training.requests import BaseChoice
from colacli.training.transfer import TransferChoice
from factories.distillation import STUDENT, recipes
from factories.tiny import base_at, write_base


def test_what_is_not_used_leaves_the_key_alone(distillation):
    """A size without a set, no control, a way to average one teacher: none of them is in a spec."""
    plain = distillation.distilled()
    same = distillation.distilled(
        TransferChoice(transfer_size=7, transfer_seed=3), Distillation(ensemble="probabilities")
    )
    spec = (plain.path / "spec.json").read_text()

    assert same.key == plain.key
    assert not any(name in spec for name in ("transfer", "ensemble", "teacher_control", "labels"))


def test_an_ensemble_is_the_mean_of_its_teachers(distillation):
    """A name of several runs; the logits are averaged, or the probabilities at the temperature."""
    second = distillation.teacher("second", seed=1)
    set_name(distillation.store, "both", [distillation.first.key, second.key])
    texts = distillation.corpus.split("train").texts[:1]
    one, two = (distillation.logits(run, texts) for run in (distillation.first, second))
    logits = torch.tensor([[0.3, -1.0]])
    for ensemble, p in {
        "logits": ((one + two) / 4).softmax(1),
        "probabilities": ((one / 2).softmax(1) + (two / 2).softmax(1)) / 2,
    }.items():
        options = Distillation(kd_weight=1.0, ce_weight=0.0, temperature=2.0, ensemble=ensemble)
        run = distillation.distilled(distillation=options, teacher="both")
        q = (logits / 2).softmax(1)
        torch.testing.assert_close(distillation.loss(logits, [0]), 4 * (p * (p / q).log()).sum(), rtol=1e-4, atol=1e-6)
        first, last = sorted([distillation.first.key, second.key])
        assert run.spec.parents == {"teacher-1": first, "teacher-2": last}


def test_an_ensembles_teachers_are_found(distillation):
    """`^teacher` is all of them, `^teacher-2` the second; in whatever order they were named it is one run."""
    second = distillation.teacher("second", seed=1)
    keys = sorted([distillation.first.key, second.key])
    set_name(distillation.store, "both", keys)
    run = distillation.distilled(teacher="both")
    set_name(distillation.store, "both", keys[::-1])

    assert distillation.distilled(teacher="both").key == run.key
    assert [one.key for one in resolve(distillation.store, f"{run.key}^teacher")] == keys
    assert [one.key for one in resolve(distillation.store, f"{run.key}^teacher-2")] == keys[1:]


def test_a_name_of_one_teacher_twice_is_that_teacher(distillation):
    """`kd^teacher` of several seeds is one teacher, so no ensemble."""
    set_name(distillation.store, "students", [distillation.distilled().key, distillation.distilled(seed=1).key])

    assert distillation.distilled(teacher="students^teacher").key == distillation.distilled().key


def test_a_student_can_teach(distillation):
    """Self-distillation: the teacher is a student trained alone."""
    alone = distillation.alone()
    run = distillation.distilled(teacher=alone.key)
    soft = distillation.logits(alone, distillation.corpus.split("train").texts[:1])
    logits = torch.tensor([[0.3, -1.0]])
    options = Distillation()
    p, q = (soft / 2).softmax(1), (logits / 2).softmax(1)
    hard = -logits.log_softmax(1)[0, distillation.corpus.split("train").labels[0]]

    assert run.spec.parents == {"teacher": alone.key}
    expected = options.ce_weight * hard + options.kd_weight * 4 * (p * (p / q).log()).sum()
    torch.testing.assert_close(distillation.loss(logits, [0]), expected, rtol=1e-4, atol=1e-6)


def test_a_shuffled_teacher_knows_nothing(distillation):
    """Its logits and states are the same ones, of other sentences, train and transfer set apart, anew for each seed."""
    options = Distillation(
        teacher_control="shuffled", kd_loss="mse", kd_weight=1.0, ce_weight=0.0, hidden_weight=1.0, temperature=None
    )
    for seed in (0, 1):
        distillation.distilled(recipes("words"), options, seed=seed)
    (added,) = distillation.transfer_sets()
    texts = [*distillation.corpus.split("train").texts, *added]
    teacher = distillation.first
    unshuffled = torch.cat([distillation.logits(teacher, texts), distillation.directions(teacher, texts)], dim=1)
    orders = []
    for task in distillation.tasks:
        shuffled = distillation.targets(task, unshuffled.shape[1] - 2)
        distances, order = (shuffled[:, None] - unshuffled).norm(dim=2).min(dim=1)
        assert distances.max() < 1e-4
        assert sorted(order[:60].tolist()) == list(range(60))
        assert sorted(order[60:].tolist()) == list(range(60, 90))
        orders.append(order.tolist())
    assert list(range(90)) not in orders
    assert orders[0] != orders[1]


def test_of_a_hard_teacher_only_the_decision_is_learnt(distillation):
    """Cross-entropy with the teacher's label: how sure it was is gone, and with it the temperature."""
    options = Distillation(kd_weight=0.7, ce_weight=0.0, teacher_control="hard")
    run = distillation.distilled(recipes("words"), options)
    (texts,) = distillation.transfer_sets()
    decided = distillation.logits(distillation.first, texts[:2]).argmax(dim=1)
    logits = torch.tensor([[0.3, -1.0], [2.0, 0.5]])

    expected = 0.7 * -logits.log_softmax(1).gather(1, decided[:, None]).mean()
    torch.testing.assert_close(distillation.loss(logits, [60, 61]), expected)
    assert run.spec.distillation.temperature is None


def test_hard_labels_have_no_logits_to_match():
    """Both together are refused."""
    with pytest.raises(UsageError, match="--kd-loss mse"):
        Distillation(teacher_control="hard", kd_loss="mse")


def test_teachers_of_different_bases_are_refused(distillation, tmp_path):
    """A student's words are those of one base model."""
    folder = tmp_path / "other"
    folder.mkdir()
    write_base(folder)
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace('"layer_norm_epsilon": 1e-05', '"layer_norm_epsilon": 1e-04'))
    distillation.base = BaseChoice(base=folder)
    set_name(distillation.store, "mixed", [distillation.first.key, distillation.teacher("other").key])
    with pytest.raises(UsageError, match="different base models"):
        distillation.distilled(teacher="mixed")


def test_smoothed_labels_are_learnt(distillation):
    """Another run than without; at 0 it is the same one."""
    plain, smooth = distillation.alone(), distillation.alone(labels=Labels(label_smoothing=0.2))
    assert distillation.alone(labels=Labels(label_smoothing=0.0)).key == plain.key
    assert smooth.spec.labels.label_smoothing == 0.2
    assert history_of(smooth)[0].train_loss != history_of(plain)[0].train_loss


def test_states_are_matched_in_direction(distillation):
    """The mean squared distance of what the student guesses and the teacher's last state, each of length 1."""
    options = Distillation(hidden_weight=0.7)
    run = distillation.distilled(recipes("words"), options)
    (texts,) = distillation.transfer_sets()
    states = distillation.states(distillation.first, [distillation.corpus.split("train").texts[0], texts[0]])
    guesses, logits = torch.randn(2, states.shape[1]), torch.tensor([[0.3, -1.0], [2.0, 0.5]])
    apart = guesses / guesses.norm(dim=1, keepdim=True) - states / states.norm(dim=1, keepdim=True)
    distillation.distilled(recipes("words"))
    plain = distillation.loss(logits, [0, 60])

    loss = distillation.tasks[-2].objective(Outputs(logits, guesses), torch.tensor([0, 60]))
    torch.testing.assert_close(loss, plain + 0.7 * apart.square().sum() / 2, rtol=1e-4, atol=1e-6)
    assert distillation.tasks[-2].state_width == states.shape[1]
    assert run.spec.distillation.hidden_weight == 0.7


def test_the_guess_is_thrown_away(distillation):
    """A matched student is what it would be without: the same tensors and counts, from the same start."""
    plain, matched = (
        distillation.distilled(learning_rate=1e-9),
        distillation.distilled(distillation=Distillation(hidden_weight=5.0), learning_rate=1e-9),
    )
    one, other = (read_tensors(run.path / "model.safetensors") for run in (plain, matched))

    assert one.keys() == other.keys()
    assert all(torch.allclose(one[name], other[name], atol=1e-6) for name in one)
    assert plain.parameters == matched.parameters
    assert history_of(matched)[0].train_loss > history_of(plain)[0].train_loss


def test_matching_teaches(distillation):
    """With enough steps guesses come nearer: the loss falls by more than logits alone could."""
    run = distillation.distilled(
        distillation=Distillation(hidden_weight=10.0, kd_weight=0.0, ce_weight=1e-9), epochs=8, learning_rate=0.02
    )

    assert history_of(run)[-1].train_loss < 0.7 * history_of(run)[0].train_loss


def test_states_are_kept_and_averaged(distillation, monkeypatch):
    """An ensemble's states are the mean of its teachers'; they are computed once."""
    second = distillation.teacher("second", seed=1)
    set_name(distillation.store, "both", [distillation.first.key, second.key])
    options = Distillation(hidden_weight=1.0, kd_weight=0.0, ce_weight=1e-9)
    distillation.distilled(distillation=options, teacher="both")
    texts = distillation.corpus.split("train").texts[:1]
    mean = sum(distillation.directions(run, texts) for run in (distillation.first, second)) / 2
    monkeypatch.setattr(teacher_outputs, "load_network", lambda *_: pytest.fail("a teacher was loaded again"))
    distillation.distilled(distillation=options, teacher="both", seed=1)

    outputs = Outputs(torch.zeros(1, 2), mean)
    torch.testing.assert_close(distillation.loss(outputs, [0]), torch.tensor(0.0), atol=1e-5, rtol=0)


def test_a_student_s_state_can_be_matched(distillation):
    """In self-distillation it is what the student's head reads."""
    alone = distillation.alone()
    distillation.distilled(distillation=Distillation(hidden_weight=1.0), teacher=alone.key)

    assert distillation.tasks[-1].state_width == STUDENT.hidden


def test_hard_labels_have_no_states_to_match():
    """Both together are refused."""
    with pytest.raises(UsageError, match="--hidden-weight"):
        Distillation(teacher_control="hard", hidden_weight=1.0)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize(
    ("lora", "reads"), [(Lora(rank=1), 1), (Lora(rank=1, targets=("c_fc",), unfreeze=("wte",)), 2)]
)
def test_the_base_is_read_once(distillation, tiny_base, monkeypatch, precision, lora, reads):
    """A student starts from the embedding that its teacher was loaded with, unless the teacher's adapter trained it."""
    distillation.teacher("other", lora, precision=precision)
    expected = weights.load_embedding(base_at(tiny_base))
    files, read = [], weights.read_tensors
    monkeypatch.setattr(weights, "read_tensors", lambda path, *given: files.append(path.parent) or read(path, *given))
    distillation.distilled(teacher="other")
    first = files.count(tiny_base)
    distillation.distilled(teacher="other", seed=1)

    assert (first, files.count(tiny_base)) == (reads, reads + 1)
    assert all(torch.equal(start["embedding.weight"], expected) for start in distillation.starts)
