"""What the training trainings share: who is held out, the teacher's outputs once, where students start."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from colacli.errors import DataError, ModelError, UsageError
from colacli.events import Epoch, Work, ignore
from colacli.models.base import find_base
from colacli.models.weights import factorised, load_embedding
from colacli.results import history_of, metrics_of, predictions_of
from colacli.training import teacher_outputs
from colacli.training.predictor import load_predictor
from colacli.training.requests import BaseChoice, DataChoice
from colacli.workflows.seeds import each_seed
from colacli.workflows.train_student import TRAIN_STUDENT, TrainStudentRequest
from factories.distillation import CPU, STUDENT, TRAINING
from factories.tiny import base_at


def weights(run):
    """A student's tensors by name."""
    return load_file(run.path / "model.safetensors")


def test_holdout_from_end_to_end(trainings):
    """A run with --validation holdout is measured on it, and on the dev splits, which chose nothing."""
    run = trainings.alone(validation="holdout")
    rows = (run.path / "predictions-holdout.tsv").read_text().splitlines()[1:]

    assert set(metrics_of(run)) == {"holdout", "in_domain_dev", "out_of_domain_dev"}
    assert metrics_of(run)["holdout"].n == len(rows) == 6
    assert history_of(run)[0].dev_loss == metrics_of(run)["holdout"].loss


def test_held_out_sentences_are_not_trained_on(trainings):
    """The epoch's steps see nine tenths."""
    seen = []
    trainings.alone(validation="holdout", on_event=seen.append)
    last = [event for event in seen if hasattr(event, "sentences")][-1]

    assert last.sentences == 54


def test_every_seed_holds_out_the_same(trainings):
    """The sentences validated on are the split's, not the seed's."""
    labels = [predictions_of(trainings.alone(validation="holdout", seed=seed), "holdout").labels for seed in (0, 1)]

    assert labels[0] == labels[1]


def test_holdout_is_another_key(trainings):
    """How the epoch is chosen changes numbers, so it is in the spec."""
    assert trainings.alone(validation="holdout").key != trainings.alone().key


def test_a_corpus_without_dev_needs_holdout(trainings, tmp_path):
    """Training alone is enough then; without it the error says what to give."""
    path = tmp_path / "train.tsv"
    path.write_text("".join(f"x\t{label}\t\tSentence {row}.\n" for row, label in enumerate([1, 1, 0, 1] * 10)))
    trainings.data = DataChoice(data=str(path))

    assert list(metrics_of(trainings.alone(validation="holdout"))) == ["holdout"]
    with pytest.raises(DataError) as caught:
        trainings.alone()
    assert "--validation holdout" in caught.value.hint


def test_a_tokenizer_of_another_model_is_refused(trainings, tiny_base, tmp_path):
    """Tokens that the embeddings have no row for are found before any work."""
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    vocabulary = json.loads((base / "vocab.json").read_text())
    (base / "vocab.json").write_text(json.dumps({**vocabulary, "zzz": len(vocabulary) + 5}))
    trainings.base = BaseChoice(base=base)
    with pytest.raises(ModelError, match="the tokenizer has"):
        trainings.alone()


def test_the_teacher_is_asked_once(trainings, monkeypatch):
    """A second student of another seed takes the stored logits; the teacher isn't even loaded."""
    trainings.teacher()
    first = trainings.distilled()
    monkeypatch.setattr(teacher_outputs, "load_network", lambda *_, **__: pytest.fail("the teacher was loaded"))

    assert trainings.distilled(seed=1).key != first.key


def test_the_teacher_is_asked_of_the_whole_training_set(trainings, store, monkeypatch):
    """What was held out for one student is a target of the next without computing it again."""
    trainings.teacher()
    trainings.distilled(validation="holdout")
    monkeypatch.setattr(teacher_outputs, "load_network", lambda *_, **__: pytest.fail("the teacher was loaded"))
    trainings.distilled()
    (cached,) = (store.root / "cache" / "teacher-logits").iterdir()

    assert load_file(cached / "logits.safetensors")["logits"].shape == (60, 2)


def test_the_teacher_s_logits_are_the_teacher_s(trainings, store):
    """What is cached are the outputs of the teacher's run, loaded anew, on the training sentences."""
    run = trainings.teacher()
    trainings.distilled()
    (cached,) = (store.root / "cache" / "teacher-logits").iterdir()
    expected = trainings.logits(run, trainings.corpus.split("train").texts)

    torch.testing.assert_close(load_file(cached / "logits.safetensors")["logits"], expected)


def test_another_teacher_is_asked_anew(trainings, store):
    """Logits belong to their teacher."""
    trainings.teacher()
    trainings.distilled()
    trainings.teacher(seed=1)
    trainings.distilled()

    assert len(list((store.root / "cache" / "teacher-logits").iterdir())) == 2


def test_frozen_embeddings_stay(trainings, store, tiny_base):
    """They are the base model's afterwards, and are not counted among what was trained."""
    run = trainings.alone(replace(STUDENT, freeze_embeddings=True))
    base = find_base(store, None, tiny_base, ignore)

    assert torch.equal(weights(run)["embedding.weight"], load_embedding(base))
    assert run.parameters.total - run.parameters.trainable == base.config.vocab_size * base.config.n_embd


def test_embeddings_are_trained_unless_frozen(trainings, tiny_base):
    """By default they move."""
    run = trainings.alone()

    assert not torch.equal(weights(run)["embedding.weight"], load_embedding(base_at(tiny_base)))
    assert run.parameters.total == run.parameters.trainable


@pytest.mark.parametrize("freeze", [False, True])
def test_embeddings_of_a_rank_start_as_the_nearest(trainings, tiny_base, freeze):
    """Both factors come from the base model's; frozen, both stay, and fewer parameters are stored."""
    run = trainings.alone(replace(STUDENT, embedding_rank=3, freeze_embeddings=freeze))
    coordinates, projection = factorised(load_embedding(base_at(tiny_base)), 3)
    assert torch.equal(trainings.starts[0]["embedding.weight"], coordinates)
    assert torch.equal(trainings.starts[0]["projection.weight"], projection)
    stayed = [
        torch.equal(weights(run)[name], trainings.starts[0][name]) for name in ("embedding.weight", "projection.weight")
    ]
    assert stayed == [freeze, freeze]
    assert run.parameters.total - run.parameters.trainable == (len(coordinates) * 3 + 32 * 3) * freeze


def test_a_rank_above_the_width_is_refused(trainings):
    """It would store more than the embeddings themselves."""
    with pytest.raises(UsageError, match="--embedding-rank 33 is above the embeddings' width, 32"):
        trainings.alone(replace(STUDENT, embedding_rank=33))


def test_a_student_of_every_option_judges_as_it_was_measured(trainings, store):
    """Both directions, pooled, factorised: loaded anew, the run says of dev what it was stored with."""
    student = replace(STUDENT, cell="lstm", bidirectional=True, pooling="attention", embedding_rank=4)
    run = trainings.alone(student)
    predictor = load_predictor(run, store, None, "cpu", ignore)
    split = trainings.corpus.split("in_domain_dev")
    logits = predictor.on_split(split, store, ignore, Work("judging", 0, len(split)))
    assert logits.tolist() == predictions_of(run, "in_domain_dev").logits


@pytest.mark.parametrize("embeddings", ["teacher", "random"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_students_of_one_seed_start_alike(trainings, cell, embeddings):
    """Alone or distilled, also where the teacher had to be loaded first, the initial weights are the same."""
    trainings.teacher()
    student = replace(STUDENT, cell=cell, embeddings=embeddings)
    trainings.distilled(student=student)
    trainings.alone(student)
    distilled, alone = trainings.starts

    assert distilled.keys() == alone.keys()
    assert all(torch.equal(distilled[name], alone[name]) for name in distilled)


def test_the_embeddings_choice_changes_nothing_else(trainings):
    """With random embeddings the rest of the network starts as it does with the teacher's."""
    trainings.alone(replace(STUDENT, embeddings="random"))
    trainings.alone(replace(STUDENT, embeddings="teacher"))
    random, teacher = trainings.starts

    assert [name for name in random if not torch.equal(random[name], teacher[name])] == ["embedding.weight"]


def test_students_of_other_seeds_start_apart(trainings):
    """A seed fixes the initial weights."""
    trainings.alone(seed=0)
    trainings.alone(seed=1)

    first, second = trainings.starts
    others = [name for name in first if name != "embedding.weight"]
    assert not any(torch.equal(first[name], second[name]) for name in others)


def test_students_see_the_sentences_in_one_order(trainings):
    """Alone or distilled, the same tokens an epoch; only the loss differs."""
    trainings.teacher()
    histories = [history_of(trainings.alone()), history_of(trainings.distilled())]

    assert histories[0][0].tokens == histories[1][0].tokens
    assert histories[0][0].train_loss != histories[1][0].train_loss


def test_the_history_is_written_as_it_is_told(trainings):
    """Each line of history.jsonl is an epoch that the caller was told of."""
    events = []
    run = trainings.alone(on_event=events.append, epochs=3)
    lines = (run.path / "history.jsonl").read_text().splitlines()

    assert [Epoch(**json.loads(line)) for line in lines] == [event for event in events if isinstance(event, Epoch)]
    assert len(lines) == 3


def test_a_seed_of_several_is_the_run_of_that_seed(trainings, store):
    """What --seeds makes is what each seed makes alone: the second is a hit, and one name stands for both."""
    single = trainings.alone(seed=4)
    request = TrainStudentRequest(
        base=trainings.base,
        data=trainings.data,
        student=STUDENT,
        training=replace(TRAINING, seed=3),
        execution=replace(CPU, seeds=2, name="both"),
    )
    made = each_seed(TRAIN_STUDENT, request, store, ignore)

    assert [one.cached for one in made] == [False, True]
    assert made[1].run.key == single.key
    assert (store.refs / "both").read_text().split() == [one.run.key for one in made]
