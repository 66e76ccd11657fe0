"""What a distilled student learns from: transfer sets, ensembles, and the controls that take something away."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from colacli.config import Distillation, Labels, Lora, Student, Training, Transfer
from colacli.data.readers import read_corpus
from colacli.errors import DataError, UsageError
from colacli.events import Note, Work, ignore
from colacli.store.refs import resolve, set_name
from colacli.workflows import teaching, transfer
from colacli.workflows.distil import DistilRequest, TeacherChoice, distil
from colacli.workflows.finetune import FinetuneRequest, finetune
from colacli.workflows.load_judge import load_judge, logits_of
from colacli.workflows.requests import BaseChoice, DataChoice, Execution
from colacli.workflows.seeds import each_seed
from colacli.workflows.train_student import TrainStudentRequest, train_student
from colacli.workflows.transfer import TransferChoice
from making import write_base

TRAINING = Training(epochs=1, batch_size=16, precision="fp32", dropout=0.0)
STUDENT = Student(hidden=8)
CPU = Execution(device="cpu")


class School:
    """Teachers and students on the tiny base and corpus, and what the students learnt."""

    def __init__(self, store, base, corpus, monkeypatch):
        self.store, self.corpus = store, read_corpus(corpus)
        self.base, self.data = BaseChoice(base=base), DataChoice(data=str(corpus))
        self.lessons, self.said = [], []
        taught = teaching.taught

        def watched(*given):
            self.lessons.append(taught(*given))
            return self.lessons[-1]

        monkeypatch.setattr(teaching, "taught", watched)

    def teacher(self, name="teacher", **training):
        """A tuned teacher."""
        how, execution = replace(TRAINING, **training), replace(CPU, name=name)
        request = FinetuneRequest(base=self.base, data=self.data, lora=Lora(rank=1), training=how, execution=execution)
        return finetune(request, self.store).run

    def alone(self, labels=None, **training):
        """A student without a teacher."""
        more = {} if labels is None else {"labels": labels}
        how = replace(TRAINING, **training)
        return train_student(
            TrainStudentRequest(base=self.base, data=self.data, student=STUDENT, training=how, execution=CPU, **more),
            self.store,
        ).run

    def taught(self, choice=None, how=None, teacher="teacher", on_event=None, **training):
        """A student of a teacher."""
        request = DistilRequest(
            teacher=TeacherChoice(teacher=teacher),
            distillation=how or Distillation(),
            transfer=choice or TransferChoice(),
            data=self.data,
            student=STUDENT,
            training=replace(TRAINING, **training),
            execution=CPU,
        )
        return distil(request, self.store, on_event or self.said.append).run

    def made(self):
        """The transfer sets that the store keeps, in the order they were made."""
        found = sorted((self.store.root / "cache" / "transfer").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [(path / "sentences.txt").read_text().splitlines() for path in found]

    def loss(self, logits, rows):
        """What the last student minimised."""
        return self.lessons[-1].objective(logits, torch.tensor(rows))

    def judged(self, run, texts):
        """What a run says of sentences."""
        judge = load_judge(run, self.store, None, "cpu", ignore)
        return logits_of(judge, texts, "test", ignore, Work("judging", 0, len(texts)))


@pytest.fixture
def school(store, tiny_base, tiny_corpus, monkeypatch):
    """On a store of its own, with a teacher."""
    found = School(store, tiny_base, tiny_corpus, monkeypatch)
    found.first = found.teacher()
    return found


def recipes(*names, size=30, seed=0):
    """A choice of recipes."""
    return TransferChoice(transfer=",".join(names), transfer_size=size, transfer_seed=seed)


@pytest.mark.parametrize("recipe", ["words", "parts", "generated", "words,parts"])
def test_a_recipe_makes_new_sentences(school, recipe):
    """As many as were asked for where there are so many, none of the corpus', each once."""
    run = school.taught(recipes(recipe))
    (texts,) = school.made()
    known = {text.casefold() for split in school.corpus.splits.values() for text in split.texts}

    assert run.spec.transfer == Transfer(recipes=tuple(sorted(recipe.split(","))), size=30, seed=0)
    assert 0 < len(texts) <= 30
    assert len({text.casefold() for text in texts} - known) == len(texts)
    assert len(texts) == 30 or recipe == "generated"
    assert len(school.lessons[-1].train) == 60 + len(texts)


def test_the_set_is_made_once_and_shared(school, monkeypatch):
    """Students of other seeds, weights and temperatures take it, and the teacher's logits on it, from the cache."""
    school.taught(recipes("words"))
    monkeypatch.setattr(transfer, "gather", lambda *_: pytest.fail("the set was made again"))
    monkeypatch.setattr(teaching, "load_judge", lambda *_: pytest.fail("the teacher was loaded again"))
    school.taught(recipes("words"), seed=1)
    school.taught(recipes("words"), Distillation(temperature=4.0, kd_weight=0.9))

    assert len(school.made()) == 1
    assert len({tuple(one.train.tokens.ids.tolist()) for one in school.lessons}) == 1


def test_a_larger_set_begins_with_the_smaller(school):
    """So a curve over sizes adds sentences; another seed brings others."""
    school.taught(recipes("words", "parts", size=20))
    school.taught(recipes("words", "parts", size=40))
    school.taught(recipes("words", "parts", size=20, seed=1))
    small, large, other = school.made()

    assert large[:20] == small != other


def test_only_the_teacher_judges_the_transfer_set(school):
    """Of such a sentence only the soft term counts: no label is in its loss, whatever it was made from."""
    how = Distillation(temperature=2.0, kd_weight=0.7, ce_weight=0.3)
    school.taught(recipes("words"), how)
    (texts,) = school.made()
    soft = school.judged(school.first, texts[:2])
    logits = torch.tensor([[0.3, -1.0], [2.0, 0.5]])
    p, q = (soft / 2).softmax(1), (logits / 2).softmax(1)

    expected = 0.7 * 4 * (p * (p / q).log()).sum(dim=1).mean()
    torch.testing.assert_close(school.loss(logits, [60, 61]), expected, rtol=1e-4, atol=1e-6)


def test_a_batch_of_both_kinds_is_a_mean_over_its_sentences(school):
    """Training sentences have both terms, the others one, and all count alike."""
    school.taught(recipes("words"))
    logits = torch.tensor([[0.3, -1.0], [2.0, 0.5], [-0.2, 0.1]])
    apart = [school.loss(logits[[n]], [row]) for n, row in enumerate([0, 60, 61])]

    torch.testing.assert_close(school.loss(logits, [0, 60, 61]), torch.stack(apart).mean())


def test_training_sentences_are_learnt_as_without_a_transfer_set(school):
    """Their loss is the same as in a batch of their own kind."""
    school.taught()
    logits = torch.tensor([[0.3, -1.0], [2.0, 0.5]])
    before = school.loss(logits, [3, 9])
    school.taught(recipes("parts"))

    torch.testing.assert_close(school.loss(logits, [3, 9]), before)


def test_the_training_accuracy_on_them_is_agreement_with_the_teacher(school):
    """The label they are reported by is the teacher's decision."""
    school.taught(recipes("words"))
    (texts,) = school.made()
    lesson = school.lessons[-1]

    assert lesson.train.labels[:60].tolist() == school.corpus.split("train").labels
    assert lesson.train.labels[60:].tolist() == school.judged(school.first, texts).argmax(dim=1).tolist()


def test_what_is_held_out_is_not_edited(school):
    """With --validation holdout the sentences are made from the others alone, so it is another set."""
    school.taught(recipes("words"))
    school.taught(recipes("words"), validation="holdout")

    first, second = school.made()
    assert first != second
    assert len(school.lessons[-1].train) == 54 + 30


@pytest.mark.parametrize(
    ("teacher", "student", "said"), [("dev", "holdout", 1), ("holdout", "holdout", 0), ("dev", "dev", 0)]
)
def test_a_teacher_that_saw_what_is_held_out_is_told_of(school, teacher, student, said):
    """It remembers their labels, so a student of it does better on them than on new sentences."""
    school.teacher("other", validation=teacher, seed=3)
    school.taught(teacher="other", validation=student)
    notes = [one.text for one in school.said if isinstance(one, Note) and "held out here" in one.text]

    assert len(notes) == said


def test_a_text_file_is_taught(school, tmp_path):
    """A sentence a line, in an order of the seed's; those of the corpus are left out and that is said."""
    known = school.corpus.split("in_domain_dev").texts[0]
    path = tmp_path / "more.txt"
    path.write_text(f"The sailor paints.\n\nmy uncle carries bread\n{known}\n")
    run = school.taught(TransferChoice(transfer=str(path)))

    assert sorted(school.made()[0]) == ["The sailor paints.", "my uncle carries bread"]
    assert (run.spec.transfer.recipes, run.spec.transfer.size) == ((), 3)
    assert any("2 sentences" in one.text for one in school.said if isinstance(one, Note))


def test_the_same_sentences_in_another_file_are_the_same_run(school, tmp_path):
    """What identifies a file is what it says, not what it is called; more lines are asked for than there are."""
    keys = []
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text("The sailor paints.\nMy uncle carries bread.\n" + "\n" * (name == "two.txt"))
        keys.append(school.taught(TransferChoice(transfer=str(tmp_path / name), transfer_size=9)).key)

    assert keys[0] == keys[1]


def test_a_file_of_nothing_new_is_refused(school, tmp_path):
    """There is nothing to teach."""
    path = tmp_path / "known.txt"
    path.write_text("\n".join(school.corpus.split("train").texts))
    with pytest.raises(DataError, match="no new sentence"):
        school.taught(TransferChoice(transfer=str(path)))


@pytest.mark.parametrize("choice", ["nowhere.txt", "words,nowhere", "", ",", "x\0y", "a" * 5000])
def test_what_is_neither_file_nor_recipe_is_refused(school, choice):
    """The error names what there is."""
    with pytest.raises(UsageError, match="--transfer") as caught:
        school.taught(TransferChoice(transfer=choice))
    assert "generated, parts, words" in caught.value.hint


def test_what_is_not_used_leaves_the_key_alone(school):
    """A size without a set, no control, a way to average one teacher: none of them is in a spec."""
    plain = school.taught()
    same = school.taught(TransferChoice(transfer_size=7, transfer_seed=3), Distillation(ensemble="probabilities"))
    spec = (plain.path / "spec.json").read_text()

    assert same.key == plain.key
    assert not any(name in spec for name in ("transfer", "ensemble", "teacher_control", "labels"))


def test_a_transfer_set_is_another_key(school):
    """Recipe, size and seed change numbers."""
    choices = [
        TransferChoice(),
        recipes("words"),
        recipes("parts"),
        recipes("words", size=31),
        recipes("words", seed=1),
    ]
    assert len({school.taught(choice).key for choice in choices}) == 5


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
    """Its logits are the same ones, of other sentences, train and transfer set apart; each seed deals them anew."""
    dealt, deal = [], teaching._dealt

    def watched(logits, job, how):
        dealt.append((logits, deal(logits, job, how)))
        return dealt[-1][1]

    monkeypatch.setattr(teaching, "_dealt", watched)
    how = Distillation(teacher_control="shuffled")
    school.taught(recipes("words"), how)
    school.taught(recipes("words"), how, seed=1)
    for before, after in dealt:
        assert sorted(map(tuple, after.tolist())) == sorted(map(tuple, before.tolist()))
        assert not torch.equal(after, before)
    assert [len(after) for _, after in dealt] == [60, 30, 60, 30]
    assert not torch.equal(dealt[0][1], dealt[2][1])


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


def test_seeds_share_one_set(school):
    """`--seeds` with a transfer set makes it once, and pairs stay pairs."""
    request = DistilRequest(
        teacher=TeacherChoice(teacher="teacher"),
        transfer=recipes("parts"),
        data=school.data,
        student=STUDENT,
        training=TRAINING,
        execution=replace(CPU, seeds=3, name="kd"),
    )
    made = each_seed(distil, request, school.store, ignore)

    assert len({one.run.key for one in made}) == 3
    assert len(school.made()) == 1
