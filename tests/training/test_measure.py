"""What the training verbs share: who is held out, what the teacher says once, where students start."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from colacli.config import Lora, Student, Training
from colacli.data.readers import read_corpus
from colacli.errors import DataError, ModelError, UsageError
from colacli.events import Epoch, Work, ignore
from colacli.models.base import find_base
from colacli.models.weights import factorised, load_embedding
from colacli.training.requests import BaseChoice, DataChoice, Execution
from colacli.workflows import recurrent, teaching
from colacli.workflows.distil import DistilRequest, TeacherChoice, distil
from colacli.workflows.finetune import FinetuneRequest, finetune
from colacli.workflows.seeds import each_seed
from colacli.workflows.train_student import TrainStudentRequest, train_student
from factories.tiny import base_at

TRAINING = Training(epochs=1, batch_size=16, precision="fp32", dropout=0.0)
STUDENT = Student(hidden=8)
CPU = Execution(device="cpu")


class Verbs:
    """The three training verbs on the tiny base and corpus."""

    def __init__(self, store, base, corpus):
        self.store = store
        self.base = BaseChoice(base=base)
        self.data = DataChoice(data=str(corpus))

    def teacher(self, **training):
        """A tuned teacher, called so."""
        request = FinetuneRequest(
            base=self.base,
            data=self.data,
            lora=Lora(rank=1),
            training=replace(TRAINING, **training),
            execution=replace(CPU, name="teacher"),
        )
        return finetune(request, self.store).run

    def alone(self, student=STUDENT, on_event=ignore, **training):
        """A student without a teacher."""
        request = TrainStudentRequest(
            base=self.base, data=self.data, student=student, training=replace(TRAINING, **training), execution=CPU
        )
        return train_student(request, self.store, on_event).run

    def taught(self, student=STUDENT, on_event=ignore, **training):
        """A student of `teacher`."""
        request = DistilRequest(
            teacher=TeacherChoice(teacher="teacher"),
            data=self.data,
            student=student,
            training=replace(TRAINING, **training),
            execution=CPU,
        )
        return distil(request, self.store, on_event).run


@pytest.fixture
def verbs(store, tiny_base, tiny_corpus):
    """On a store of their own."""
    return Verbs(store, tiny_base, tiny_corpus)


def weights(run):
    """A student's tensors by name."""
    return load_file(run.path / "model.safetensors")


def test_holdout_from_end_to_end(verbs):
    """A run with --validation holdout is measured on it, and on the dev splits, which chose nothing."""
    run = verbs.alone(validation="holdout")
    rows = (run.path / "predictions-holdout.tsv").read_text().splitlines()[1:]

    assert set(run.metrics) == {"holdout", "in_domain_dev", "out_of_domain_dev"}
    assert run.metrics["holdout"].n == len(rows) == 6
    assert run.history[0].dev_loss == run.metrics["holdout"].loss


def test_held_out_sentences_are_not_trained_on(verbs):
    """The epoch's steps see nine tenths."""
    seen = []
    verbs.alone(validation="holdout", on_event=seen.append)
    last = [event for event in seen if hasattr(event, "sentences")][-1]

    assert last.sentences == 54


def test_every_seed_holds_out_the_same(verbs):
    """The sentences validated on are the split's, not the seed's."""
    labels = [verbs.alone(validation="holdout", seed=seed).predictions("holdout").labels for seed in (0, 1)]

    assert labels[0] == labels[1]


def test_holdout_is_another_key(verbs):
    """How the epoch is chosen changes numbers, so it is in the spec."""
    assert verbs.alone(validation="holdout").key != verbs.alone().key


def test_a_corpus_without_dev_needs_holdout(store, tiny_base, tmp_path):
    """Training alone is enough then; without it the error says what to give."""
    path = tmp_path / "train.tsv"
    path.write_text("".join(f"x\t{label}\t\tSentence {row}.\n" for row, label in enumerate([1, 1, 0, 1] * 10)))
    verbs = Verbs(store, tiny_base, path)

    assert list(verbs.alone(validation="holdout").metrics) == ["holdout"]
    with pytest.raises(DataError) as caught:
        verbs.alone()
    assert "--validation holdout" in caught.value.hint


def test_a_tokenizer_of_another_model_is_refused(store, tiny_base, tiny_corpus, tmp_path):
    """Tokens that the embeddings have no row for are found before any work."""
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    vocabulary = json.loads((base / "vocab.json").read_text())
    (base / "vocab.json").write_text(json.dumps({**vocabulary, "zzz": len(vocabulary) + 5}))
    with pytest.raises(ModelError, match="the tokenizer has"):
        Verbs(store, base, tiny_corpus).alone()


def test_the_teacher_is_asked_once(verbs, monkeypatch):
    """A second student of another seed takes the stored logits; the teacher isn't even loaded."""
    verbs.teacher()
    first = verbs.taught()
    monkeypatch.setattr(teaching, "load_predictor", lambda *_, **__: pytest.fail("the teacher was loaded"))

    assert verbs.taught(seed=1).key != first.key


def test_the_teacher_is_asked_of_the_whole_training_set(verbs, store, monkeypatch):
    """What was held out for one student is taught to the next without asking again."""
    verbs.teacher()
    verbs.taught(validation="holdout")
    monkeypatch.setattr(teaching, "load_predictor", lambda *_, **__: pytest.fail("the teacher was loaded"))
    verbs.taught()
    (kept,) = (store.root / "cache" / "teacher-logits").iterdir()

    assert load_file(kept / "logits.safetensors")["logits"].shape == (60, 2)


def test_the_teacher_s_logits_are_the_teacher_s(verbs, store):
    """What is kept is what the teacher's run, loaded anew, says of the training sentences."""
    run = verbs.teacher()
    verbs.taught()
    (kept,) = (store.root / "cache" / "teacher-logits").iterdir()
    judge = load_judge.load_predictor(run, store, None, "cpu", ignore)
    texts = read_corpus(Path(verbs.data.data)).split("train").texts
    expected = load_judge.logits_of(judge, texts, "test", ignore, Work("judging", 0, len(texts)))

    torch.testing.assert_close(load_file(kept / "logits.safetensors")["logits"], expected)


def test_another_teacher_is_asked_anew(verbs, store):
    """Logits belong to their teacher."""
    verbs.teacher()
    verbs.taught()
    verbs.teacher(seed=1)
    verbs.taught()

    assert len(list((store.root / "cache" / "teacher-logits").iterdir())) == 2


def test_frozen_embeddings_stay(verbs, store, tiny_base):
    """They are the base model's afterwards, and are not counted among what was trained."""
    run = verbs.alone(replace(STUDENT, freeze_embeddings=True))
    base = find_base(store, None, tiny_base, ignore)

    assert torch.equal(weights(run)["embedding.weight"], load_embedding(base))
    assert run.parameters.total - run.parameters.trainable == base.config.vocab_size * base.config.n_embd


def test_embeddings_are_trained_unless_frozen(verbs, tiny_base):
    """By default they move."""
    run = verbs.alone()

    assert not torch.equal(weights(run)["embedding.weight"], load_embedding(base_at(tiny_base)))
    assert run.parameters.total == run.parameters.trainable


@pytest.mark.parametrize("freeze", [False, True])
def test_embeddings_of_a_rank_start_as_the_nearest(verbs, starts, tiny_base, freeze):
    """Both factors come from the base model's; frozen, both stay, and fewer parameters are stored."""
    run = verbs.alone(replace(STUDENT, embedding_rank=3, freeze_embeddings=freeze))
    coordinates, projection = factorised(load_embedding(base_at(tiny_base)), 3)
    assert torch.equal(starts[0]["embedding.weight"], coordinates)
    assert torch.equal(starts[0]["projection.weight"], projection)
    stayed = [torch.equal(weights(run)[name], starts[0][name]) for name in ("embedding.weight", "projection.weight")]
    assert stayed == [freeze, freeze]
    assert run.parameters.total - run.parameters.trainable == (len(coordinates) * 3 + 32 * 3) * freeze


def test_a_rank_above_the_width_is_refused(verbs):
    """It would store more than the embeddings themselves."""
    with pytest.raises(UsageError, match="--embedding-rank 33 is above the embeddings' width, 32"):
        verbs.alone(replace(STUDENT, embedding_rank=33))


def test_a_student_of_every_option_judges_as_it_was_measured(verbs, store):
    """Both directions, pooled, factorised: loaded anew, the run says of dev what it was stored with."""
    student = replace(STUDENT, cell="lstm", bidirectional=True, pooling="attention", embedding_rank=4)
    run = verbs.alone(student)
    judge = load_judge.load_predictor(run, store, None, "cpu", ignore)
    split = read_corpus(Path(verbs.data.data)).split("in_domain_dev")
    logits = load_judge.logits_on(judge, split, store, ignore, Work("judging", 0, len(split)))
    assert logits.tolist() == run.predictions("in_domain_dev").logits


@pytest.fixture
def starts(monkeypatch):
    """The weights of every student at the moment it was built."""
    begun, build = [], recurrent.build

    def watched(*given):
        model, shape = build(*given)
        begun.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        return model, shape

    monkeypatch.setattr(recurrent, "build", watched)
    return begun


@pytest.mark.parametrize("embeddings", ["teacher", "random"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_students_of_one_seed_start_alike(verbs, starts, cell, embeddings):
    """Alone or taught, also where the teacher had to be loaded first, the initial weights are the same."""
    verbs.teacher()
    student = replace(STUDENT, cell=cell, embeddings=embeddings)
    verbs.taught(student)
    verbs.alone(student)
    taught, alone = starts

    assert taught.keys() == alone.keys()
    assert all(torch.equal(taught[name], alone[name]) for name in taught)


def test_the_embeddings_choice_changes_nothing_else(verbs, starts):
    """With random embeddings the rest of the network starts as it does with the teacher's."""
    verbs.alone(replace(STUDENT, embeddings="random"))
    verbs.alone(replace(STUDENT, embeddings="teacher"))
    random, teacher = starts

    assert [name for name in random if not torch.equal(random[name], teacher[name])] == ["embedding.weight"]


def test_students_of_other_seeds_start_apart(verbs, starts):
    """A seed fixes the initial weights."""
    verbs.alone(seed=0)
    verbs.alone(seed=1)

    assert not any(torch.equal(starts[0][name], starts[1][name]) for name in starts[0] if name != "embedding.weight")


def test_students_see_the_sentences_in_one_order(verbs):
    """Alone or taught, the same tokens an epoch; only the loss differs."""
    verbs.teacher()
    histories = [verbs.alone().history, verbs.taught().history]

    assert histories[0][0].tokens == histories[1][0].tokens
    assert histories[0][0].train_loss != histories[1][0].train_loss


def test_the_history_is_written_as_it_is_told(verbs):
    """Each line of history.jsonl is an epoch that the caller was told of."""
    events = []
    run = verbs.alone(on_event=events.append, epochs=3)
    lines = (run.path / "history.jsonl").read_text().splitlines()

    assert [Epoch(**json.loads(line)) for line in lines] == [event for event in events if isinstance(event, Epoch)]
    assert len(lines) == 3


def test_a_seed_of_several_is_the_run_of_that_seed(verbs, store):
    """What --seeds makes is what each seed makes alone: the second is a hit, and one name stands for both."""
    single = verbs.alone(seed=4)
    request = TrainStudentRequest(
        base=verbs.base,
        data=verbs.data,
        student=STUDENT,
        training=replace(TRAINING, seed=3),
        execution=replace(CPU, seeds=2, name="both"),
    )
    made = each_seed(train_student, request, store, ignore)

    assert [one.cached for one in made] == [False, True]
    assert made[1].run.key == single.key
    assert (store.refs / "both").read_text().split() == [one.run.key for one in made]
