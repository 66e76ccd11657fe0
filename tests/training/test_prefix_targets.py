"""What a distilled student learns of prefixes: the teachers' judgement of each, with the weight that was asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from colacli.config import Student
from colacli.distillation import Distillation
from colacli.errors import UsageError
from colacli.events import Work, ignore
from colacli.kernels.packing import Tokens
from colacli.models.auxiliary_heads import AuxiliaryHeads, Outputs, PrefixOutputs
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.models.tensors import read_tensors
from colacli.results import history_of
from colacli.store.refs import set_name
from colacli.training import teacher_outputs
from colacli.training.predictor import load_predictor
from colacli.training.prefix_targets import PrefixTargets
from factories.distillation import STUDENT, recipes

PREFIXES = Distillation(prefix_weight=0.7)
CELLS = ("rnn", "gru", "lstm")


def prefixes_of(text):
    """The sentence up to the end of each of its words."""
    words = text.split(" ")
    return [" ".join(words[: 1 + last]) for last in range(len(words))]


def cached_logits(store):
    """All that is cached of prefixes, by kind of file."""
    return [load_file(path) for path in sorted((store.root / "cache" / "teacher-prefixes").rglob("*.safetensors"))]


def tokens_of(trainings, run, texts):
    """Token ids of texts as a run's model reads them, a list for each."""
    tokenizer = load_predictor(run, trainings.store, None, "cpu", ignore).tokenizer
    return [tokenizer.encode(text).ids for text in texts]


def alone(trainings, run, prefixes):
    """A run's logits (prefixes, 2) of lists of token ids, each a sentence of its own."""
    predictor = load_predictor(run, trainings.store, None, "cpu", ignore)
    batches = [Tokens(torch.tensor(ids, dtype=torch.int32), torch.tensor([len(ids)])) for ids in prefixes]
    return torch.cat([predictor.model(tokens.batch(torch.tensor([0]))) for tokens in batches])


def test_a_teacher_judges_every_prefix_in_one_pass(distillation):
    """To 1e-4 as it judges each prefix alone, sentence after sentence."""
    texts = distillation.corpus.split("train").texts
    predictor = load_predictor(distillation.first, distillation.store, None, "cpu", ignore)
    work = Work("judging", 0, 1)
    together = predictor.on_split(
        distillation.corpus.split("train"), distillation.store, ignore, work, kind="prefixes", batch_size=7
    )
    ids = tokens_of(distillation, distillation.first, texts)
    expected = alone(distillation, distillation.first, [one[: 1 + end] for one in ids for end in range(len(one))])

    torch.testing.assert_close(together, expected, atol=1e-4, rtol=0)


def test_a_prefix_of_words_is_what_judge_says_of_it(distillation):
    """At the last token of each word it is the judgement of the text up to there."""
    text = distillation.corpus.split("train").texts[0]
    distillation.distilled(distillation=PREFIXES)
    (cached,) = cached_logits(distillation.store)
    prefixes = prefixes_of(text)
    ends = [len(ids) - 1 for ids in tokens_of(distillation, distillation.first, prefixes)]

    assert cached["prefixes"].dtype == torch.float16
    judged = distillation.logits(distillation.first, prefixes)
    torch.testing.assert_close(cached["prefixes"][ends].float(), judged, atol=2e-3, rtol=2e-3)


def test_the_loss_is_the_mean_over_sentences_of_the_mean_over_prefixes(distillation):
    """T^2 KL of every prefix in a plain loop, of sentences with labels and without, beside the other terms."""
    options = replace(PREFIXES, temperature=3.0)
    distillation.distilled(recipes("words"), options)
    prefixed = distillation.tasks[-1]
    (added,) = distillation.transfer_sets()
    texts = {2: distillation.corpus.split("train").texts[2], 61: added[1]}
    distillation.distilled(recipes("words"), replace(options, prefix_weight=0.0))
    logits, rows = torch.tensor([[0.3, -1.0], [2.0, 0.5]]), torch.tensor([*texts])
    batch = prefixed.train.tokens.batch(rows)
    student = torch.randn(len(batch.ids), 2)
    order = torch.randperm(len(student))
    outputs = Outputs(logits, None, PrefixOutputs(student[order], batch.indices[order]))

    terms, first = [], 0
    for text in texts.values():
        (ids,) = tokens_of(distillation, distillation.first, [text])
        teacher = alone(distillation, distillation.first, [ids[: 1 + end] for end in range(len(ids))])
        divergences = []
        for end in range(len(ids)):
            p, q = (teacher[end] / 3).softmax(0), (student[first + end] / 3).softmax(0)
            divergences.append(9 * (p * (p / q).log()).sum())
        terms.append(sum(divergences) / len(ids))
        first += len(ids)
    expected = distillation.loss(logits, rows.tolist()) + 0.7 * sum(terms) / 2
    torch.testing.assert_close(prefixed.objective(outputs, rows), expected, rtol=1e-3, atol=1e-5)
    assert prefixed.judges_prefixes
    assert not distillation.tasks[-1].judges_prefixes


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_a_student_s_head_reads_the_words_so_far(cell, bidirectional):
    """Of each token the forward state that a sentence ending there has, whatever comes later and in the batch."""
    torch.manual_seed(0)
    layers = 1 if bidirectional else 2
    shape = StudentShape(
        cell=cell, vocab_size=50, width=6, hidden=5, layers=layers, bidirectional=bidirectional, pooling="max"
    )
    model = AuxiliaryHeads(RecurrentClassifier(shape), None, judges_prefixes=True)
    tokens = Tokens(torch.randint(50, (16,), dtype=torch.int32), torch.tensor([5, 1, 7, 3]))
    rows = torch.tensor([3, 0, 2])
    batch = tokens.batch(rows)
    prefixes = model(batch).prefixes
    found = dict(zip(prefixes.indices.tolist(), prefixes.logits, strict=True))

    assert sorted(found) == sorted([*range(5), *range(6, 13), *range(13, 16)])
    for first, end in ((0, 5), (6, 13), (13, 16)):
        for last in range(first, end):
            embedded = model.student.embedding(tokens.ids[first : last + 1])[None]
            state = model.student.rnn(embedded)[0][0, -1, :5]
            torch.testing.assert_close(found[last], model.prefix_score(state), atol=1e-6, rtol=0)


def test_a_head_is_thrown_away(distillation):
    """The student has the same tensors and counts, from the same start, and another loss."""
    plain, prefixed = (
        distillation.distilled(learning_rate=1e-9),
        distillation.distilled(distillation=PREFIXES, learning_rate=1e-9),
    )
    one, other = (read_tensors(run.path / "model.safetensors") for run in (plain, prefixed))

    assert one.keys() == other.keys()
    assert all(torch.allclose(one[name], other[name], atol=1e-6) for name in one)
    assert plain.parameters == prefixed.parameters
    assert history_of(prefixed)[0].train_loss > history_of(plain)[0].train_loss


def test_prefixes_teach(distillation):
    """With nothing else to learn the loss falls, and the student's states change."""
    options = Distillation(prefix_weight=10.0, kd_weight=0.0, ce_weight=1e-9)
    losses = [one.train_loss for one in history_of(distillation.distilled(None, options, epochs=8, learning_rate=0.02))]

    assert losses[-1] < 0.7 * losses[0]


def test_teachers_are_asked_once(distillation, monkeypatch):
    """Of an ensemble each; the next student takes what is cached, to the byte, and half of train is the same rows."""
    second = distillation.teacher("second", seed=1)
    set_name(distillation.store, "both", [distillation.first.key, second.key])
    distillation.distilled(distillation=PREFIXES, teacher="both")
    mean = sum(cached["prefixes"].float() for cached in cached_logits(distillation.store)) / 2
    monkeypatch.setattr(teacher_outputs, "load_network", lambda *_: pytest.fail("a teacher was loaded again"))
    distillation.distilled(distillation=PREFIXES, teacher="both", seed=1)
    distillation.distilled(distillation=PREFIXES, teacher="both", validation="holdout")
    whole, part = distillation.tasks[-2:]
    logits = torch.zeros(1, 2)
    rows = torch.tensor([4])
    index = whole.train.tokens.batch(rows).indices
    exact = Outputs(logits, None, PrefixOutputs(mean[index], index))
    off = Outputs(logits, None, PrefixOutputs(mean[index] + torch.tensor([0.0, 1.0]), index))

    plain = whole.objective(Outputs(logits), rows)
    torch.testing.assert_close(whole.objective(exact, rows), plain, atol=1e-5, rtol=0)
    assert whole.objective(off, rows) > plain + 1e-3
    assert len(part.train) < len(whole.train)


def test_a_held_out_tenth_leaves_each_prefix_with_its_sentence(distillation):
    """The targets of what is trained on are those of the same sentences in all of train."""
    for validation in ("dev", "holdout"):
        distillation.distilled(recipes("words"), PREFIXES, validation=validation)
    part = distillation.tasks[-1].train.tokens
    logits = torch.zeros(1, 2)
    for row in (0, 30, len(part) - 1):
        rows = torch.tensor([row])
        batch = part.batch(rows)
        prefixes = [batch.ids[: 1 + end].tolist() for end in range(len(batch.ids))]
        teacher = alone(distillation, distillation.first, prefixes)
        loss = distillation.tasks[-1].objective(Outputs(logits, None, PrefixOutputs(teacher, batch.indices)), rows)
        torch.testing.assert_close(loss, distillation.tasks[-1].objective(Outputs(logits), rows), atol=1e-5, rtol=0)


def test_shuffled_prefixes_are_the_same_ones():
    """As many, as sure, of other prefixes."""
    tokens = Tokens(torch.arange(60, dtype=torch.int32), torch.tensor([20, 40]))
    plain = PrefixTargets(torch.randn(60, 2).half(), tokens)
    shuffled = plain.shuffled(torch.Generator().manual_seed(0))

    assert not torch.equal(shuffled.logits, plain.logits)
    assert sorted(shuffled.logits.tolist()) == sorted(plain.logits.tolist())


def test_the_shuffled_control_leaves_nothing_of_prefixes(distillation):
    """With exactly what the teacher says of its prefixes a student has a loss."""
    for control in ("none", "shuffled"):
        distillation.distilled(distillation=replace(PREFIXES, teacher_control=control))
    (cached,) = cached_logits(distillation.store)
    rows = torch.arange(20)
    task = distillation.tasks[-1]
    index = task.train.tokens.batch(rows).indices
    right = Outputs(torch.zeros(20, 2), None, PrefixOutputs(cached["prefixes"][index].float(), index))

    assert task.objective(right, rows) > task.objective(Outputs(torch.zeros(20, 2)), rows) + 1e-3
    torch.testing.assert_close(
        distillation.tasks[0].objective(right, rows), distillation.tasks[0].objective(Outputs(torch.zeros(20, 2)), rows)
    )


def test_what_has_no_judgement_of_prefixes_is_refused(distillation):
    """States of upper layers that have read later words; a student as a teacher; hard decisions."""
    two = replace(STUDENT, layers=2, bidirectional=True)
    with pytest.raises(UsageError, match="--bidirectional"):
        distillation.distilled(distillation=PREFIXES, student=two)
    key = distillation.alone().key
    with pytest.raises(UsageError, match=f"teacher {key[:12]} is a student"):
        distillation.distilled(distillation=PREFIXES, teacher=key)
    with pytest.raises(UsageError, match="--prefix-weight"):
        Distillation(teacher_control="hard", prefix_weight=1.0)
    assert distillation.distilled(distillation=PREFIXES, student=Student(hidden=8, layers=2)).key


def test_the_temperature_counts_where_the_logits_are_matched_otherwise():
    """With mse it is that of prefixes alone; without them it is in no key."""
    assert Distillation(kd_loss="mse", temperature=3.0).resolved().temperature is None
    assert Distillation(kd_loss="mse", temperature=3.0, prefix_weight=1.0).resolved().temperature == 3.0
