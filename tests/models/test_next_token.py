"""Recurrent layers as language models: what each direction sees and predicts, and what a student gets of them."""

from __future__ import annotations

import pytest
import torch

from colacli.kernels.packing import Batch
from colacli.models.next_token import Candidates, NextTokens, NextTokenTeacher, RecurrentLanguageModel
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.models.weights import load_language_model
from factories.tiny import base_at

END = 0
BATCH = Batch(torch.tensor([5, 6, 7, 8, 9, 4]), torch.tensor([3, 1, 2]))


def model_of(negatives=None, **shape):
    """A small one, which drops nothing."""
    torch.manual_seed(0)
    given = {"cell": "gru", "vocab_size": 12, "width": 6, "hidden": 4, "layers": 2, "bidirectional": True, **shape}
    return RecurrentLanguageModel(StudentShape(**given), 0.0, END, negatives)


def test_each_direction_has_its_next_tokens():
    """Forward the next one, backward the previous one of the reversed sentence, at the end of both the end token."""
    forward = NextTokens.of(BATCH, END, backward=False)
    backward = NextTokens.of(BATCH, END, backward=True)

    assert forward.batch.ids.tolist() == BATCH.ids.tolist()
    assert forward.targets.tolist() == [6, 7, END, END, 4, END]
    assert backward.batch.ids.tolist() == [7, 6, 5, 8, 4, 9]
    assert backward.targets.tolist() == [6, 5, END, END, 9, END]


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_no_direction_sees_what_it_predicts(cell):
    """With two layers both ways, a changed last token changes no earlier forward state; likewise backwards."""
    model = model_of(cell=cell).eval()

    def states(ids):
        batch = Batch(torch.tensor(ids), torch.tensor([len(ids)]))
        return [found for found, *_ in model._states(batch, torch.float32)]

    forward, backward = states([5, 6, 7, 8])
    forward_too, _ = states([5, 6, 7, 9])
    _, backward_too = states([4, 6, 7, 8])

    torch.testing.assert_close(forward[:3], forward_too[:3])
    torch.testing.assert_close(backward[:3], backward_too[:3])  # of the reversed sentence
    assert not torch.equal(forward[3], forward_too[3])
    assert not torch.equal(backward[3], backward_too[3])


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("rank", [None, 3])
def test_a_student_has_the_states_that_were_trained(layers, rank):
    """Its last states are those of the two language models, in all layers."""
    model = model_of(layers=layers, embedding_rank=rank).eval()
    student = RecurrentClassifier(model.shape)
    missing = student.load_state_dict(model.student_weights(), strict=False)
    features = student.eval().features(BATCH)  # (B, 2 * hidden)

    assert (set(missing.missing_keys), missing.unexpected_keys) == ({"score.weight", "score.bias"}, [])
    for direction, part in enumerate(features.chunk(2, dim=1)):
        batch = NextTokens.of(BATCH, END, backward=direction == 1).batch
        ids = batch.reading(torch.device("cpu"), padded=False).ids
        inputs = model.embedding(ids.data)
        inputs = inputs if model.projection is None else model.projection(inputs)
        _, final = model.directions[direction](ids._replace(data=inputs))
        torch.testing.assert_close(part, final[-1])


def test_the_loss_is_the_mean_of_both_directions():
    """In fp32 it is what is measured."""
    model = model_of()
    loss, sums = model.loss(BATCH)
    measured = model.eval().measure(BATCH)

    torch.testing.assert_close(loss, sum(one.nll for one in measured) / (2 * len(BATCH.ids)))
    assert float(sums.right) == sum(float(one.right) for one in measured)


def test_a_teacher_gives_its_own_next_token_distribution(tiny_base):
    """Of each token after a start token and those before, as its language model has it; its head is centred."""
    lm = load_language_model(base_at(tiny_base)).eval().requires_grad_(requires_grad=False)
    soft = NextTokenTeacher(lm, END, weight=1.0, temperature=2.0).targets(BATCH)
    found, _ = soft.probabilities(slice(None))
    given = Batch(torch.tensor([END, 5, 6, 7, END, 8, END, 9, 4]), BATCH.lengths + 1)
    expected = (lm(given) / 2).softmax(dim=1)

    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


def test_only_the_forward_direction_has_a_teacher(tiny_base):
    """The backward direction's gradient is the same with a teacher and without."""
    base = base_at(tiny_base)
    lm = load_language_model(base).eval().requires_grad_(requires_grad=False)
    soft = NextTokenTeacher(lm, END, weight=3.0, temperature=1.0).targets(BATCH)
    model = model_of(vocab_size=base.config.vocab_size)
    gradients = []
    for teacher in (None, soft):
        model.zero_grad()
        model.loss(BATCH, teacher)[0].backward()
        gradients.append([cell.weight_hh_l0.grad.clone() for cell in model.directions])
    alone, taught = gradients

    torch.testing.assert_close(alone[1], taught[1])
    assert not torch.allclose(alone[0], taught[0])


def test_a_step_is_told_from_its_own_tokens_and_from_drawn_ones():
    """Of 12 tokens its own 6 and the end, and 2 of the other 5, each of which stands for two and a half."""
    model = model_of(negatives=2)
    torch.manual_seed(1)
    candidates = model._candidates(BATCH)
    torch.manual_seed(1)
    loss, _ = model.loss(BATCH)

    own, drawn = candidates.ids[:7].tolist(), candidates.ids[7:].tolist()
    assert own == [END, 4, 5, 6, 7, 8, 9]
    assert len(set(drawn)) == 2
    assert set(drawn) < {1, 2, 3, 10, 11}
    expected = 0.0
    for (states, targets, _), bias in zip(model._states(BATCH, torch.float32), model.biases, strict=True):
        logits = states @ model.embedding.weight.T + bias  # (N, V)
        sums = logits[:, own].exp().sum(1) + 5 / 2 * logits[:, drawn].exp().sum(1)
        expected += (sums.log() - logits.gather(1, targets[:, None])[:, 0]).mean() / 2
    torch.testing.assert_close(loss, expected)
    assert _gradients(model, loss) == pytest.approx(_gradients(model, expected), abs=1e-6)


def _gradients(model, loss):
    """Of all weights, in a row."""
    model.zero_grad()
    loss.backward(retain_graph=True)
    return torch.cat([weight.grad.flatten() for weight in model.parameters()]).tolist()


def test_the_denominator_has_no_bias():
    """The mean over many draws is the sum over the whole vocabulary."""
    logits = torch.linspace(-2, 3, 40)
    torch.manual_seed(0)
    draws = [Candidates.drawn(torch.tensor([3, 39]), 40, 5, torch.device("cpu")) for _ in range(4000)]
    sums = torch.stack([(logits[one.ids] + one.offsets).exp().sum() for one in draws])

    assert abs(sums.mean() - logits.exp().sum()) < 4 * sums.std() / len(draws) ** 0.5
    assert sums.std() > 0


def test_where_all_are_drawn_it_is_the_whole_vocabulary():
    """The loss is the same one, and nothing is drawn of torch's numbers."""
    model, whole = model_of(negatives=5), model_of()
    state = torch.get_rng_state()
    loss, sums = model.loss(BATCH)

    assert torch.equal(torch.get_rng_state(), state)
    assert (loss, sums) == whole.loss(BATCH)
