"""Sentences that only the teacher has judged: how they are made, kept and learnt from."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from colacli.data.transfer import read_text
from colacli.distillation import Distillation, Transfer
from colacli.errors import DataError, UsageError
from colacli.events import Note, ignore
from colacli.training import teacher_outputs, transfer
from colacli.training.predictor import TokenPredictor
from colacli.training.transfer import TransferChoice, absolute
from colacli.workflows.distil import DISTIL, DistilRequest, TeacherChoice
from colacli.workflows.seeds import each_seed
from factories.distillation import CPU, STUDENT, TRAINING, recipes


@pytest.mark.parametrize("recipe", ["words", "parts", "contextual", "generated", "words,parts"])
def test_a_recipe_makes_new_sentences(distillation, recipe):
    """As many as were asked for where there are so many, none of the corpus', each once."""
    run = distillation.distilled(recipes(recipe))
    (texts,) = distillation.transfer_sets()
    known = {text.casefold() for split in distillation.corpus.splits.values() for text in split.texts}

    assert run.spec.transfer == Transfer(recipes=tuple(sorted(recipe.split(","))), size=30, seed=0)
    assert 0 < len(texts) <= 30
    assert len({text.casefold() for text in texts} - known) == len(texts)
    assert len(texts) == 30 or recipe == "generated"
    assert len(distillation.tasks[-1].train) == 60 + len(texts)


def test_the_set_is_made_once_and_shared(distillation, monkeypatch):
    """Students of other seeds, weights and temperatures take it, and the teacher's logits on it, from the cache."""
    distillation.distilled(recipes("words"))
    monkeypatch.setattr(transfer, "gather", lambda *_: pytest.fail("the set was made again"))
    monkeypatch.setattr(teacher_outputs, "load_network", lambda *_: pytest.fail("the teacher was loaded again"))
    distillation.distilled(recipes("words"), seed=1)
    distillation.distilled(recipes("words"), Distillation(temperature=4.0, kd_weight=0.9))

    assert len(distillation.transfer_sets()) == 1
    assert len({tuple(one.train.tokens.ids.tolist()) for one in distillation.tasks}) == 1


def test_the_teacher_is_loaded_once(distillation, monkeypatch):
    """For its logits and its states, on the training sentences and on the transfer set."""
    loaded, load = [], teacher_outputs.load_network
    monkeypatch.setattr(teacher_outputs, "load_network", lambda *given: loaded.append(given[0].key) or load(*given))
    distillation.distilled(recipes("words"), Distillation(hidden_weight=1.0))

    assert loaded == [distillation.first.key]


def test_the_teacher_reads_once_for_logits_and_states(distillation, monkeypatch):
    """Where it has given neither; where its logits are there already, once more for its states."""
    read, on_split = [], TokenPredictor.on_split

    def recorded(*given, kind):
        read.append(kind)
        return on_split(*given, kind=kind)

    monkeypatch.setattr(TokenPredictor, "on_split", recorded)
    options = Distillation(hidden_weight=1.0)
    distillation.distilled(recipes("words"), options)
    assert read == ["logits and states"] * 2  # of train, and of the transfer set

    read.clear()
    distillation.distilled(recipes("parts"))
    distillation.distilled(recipes("parts"), options)
    assert read == ["logits", "states"]


def test_a_larger_set_begins_with_the_smaller(distillation):
    """So a curve over sizes adds sentences; another seed brings others."""
    distillation.distilled(recipes("words", "parts", size=20))
    distillation.distilled(recipes("words", "parts", size=40))
    distillation.distilled(recipes("words", "parts", size=20, seed=1))
    small, large, other = distillation.transfer_sets()

    assert large[:20] == small != other


def test_only_the_teacher_judges_the_transfer_set(distillation):
    """Of such a sentence only the soft term counts: no label is in its loss, whatever it was made from."""
    options = Distillation(temperature=2.0, kd_weight=0.7, ce_weight=0.3)
    distillation.distilled(recipes("words"), options)
    (texts,) = distillation.transfer_sets()
    soft = distillation.logits(distillation.first, texts[:2])
    logits = torch.tensor([[0.3, -1.0], [2.0, 0.5]])
    p, q = (soft / 2).softmax(1), (logits / 2).softmax(1)

    expected = 0.7 * 4 * (p * (p / q).log()).sum(dim=1).mean()
    torch.testing.assert_close(distillation.loss(logits, [60, 61]), expected, rtol=1e-4, atol=1e-6)


def test_a_batch_of_both_kinds_is_a_mean_over_its_sentences(distillation):
    """Training sentences have both terms, the others one, and all count alike."""
    distillation.distilled(recipes("words"))
    logits = torch.tensor([[0.3, -1.0], [2.0, 0.5], [-0.2, 0.1]])
    apart = [distillation.loss(logits[[n]], [row]) for n, row in enumerate([0, 60, 61])]

    torch.testing.assert_close(distillation.loss(logits, [0, 60, 61]), torch.stack(apart).mean())


def test_training_sentences_are_learnt_as_without_a_transfer_set(distillation):
    """Their loss is the same as in a batch of their own kind."""
    distillation.distilled()
    logits = torch.tensor([[0.3, -1.0], [2.0, 0.5]])
    before = distillation.loss(logits, [3, 9])
    distillation.distilled(recipes("parts"))

    torch.testing.assert_close(distillation.loss(logits, [3, 9]), before)


def test_the_training_accuracy_on_them_is_agreement_with_the_teacher(distillation):
    """The label they are reported by is the teacher's decision."""
    distillation.distilled(recipes("words"))
    (texts,) = distillation.transfer_sets()
    task = distillation.tasks[-1]

    assert task.train.labels[:60].tolist() == distillation.corpus.split("train").labels
    assert task.train.labels[60:].tolist() == distillation.logits(distillation.first, texts).argmax(dim=1).tolist()


def test_what_is_held_out_is_not_edited(distillation):
    """With --validation holdout the sentences are made from the others alone, so it is another set."""
    distillation.distilled(recipes("words"))
    distillation.distilled(recipes("words"), validation="holdout")

    first, second = distillation.transfer_sets()
    assert first != second
    assert len(distillation.tasks[-1].train) == 54 + 30


@pytest.mark.parametrize(
    ("teacher", "student", "count"), [("dev", "holdout", 1), ("holdout", "holdout", 0), ("dev", "dev", 0)]
)
def test_a_teacher_that_saw_what_is_held_out_is_told_of(distillation, teacher, student, count):
    """It remembers their labels, so a student of it does better on them than on new sentences."""
    distillation.teacher("other", validation=teacher, seed=3)
    distillation.distilled(teacher="other", validation=student)
    notes = [one.text for one in distillation.events if isinstance(one, Note) and "held out here" in one.text]

    assert len(notes) == count


def test_a_text_file_is_distilled_on(distillation, tmp_path):
    """A sentence a line, in an order of the seed's; those of the corpus are left out and that is said."""
    known = distillation.corpus.split("in_domain_dev").texts[0]
    path = tmp_path / "more.txt"
    path.write_text(f"The sailor paints.\n\nmy uncle carries bread\n{known}\n")
    run = distillation.distilled(TransferChoice(transfer=str(path)))

    assert sorted(distillation.transfer_sets()[0]) == ["The sailor paints.", "my uncle carries bread"]
    assert (run.spec.transfer.recipes, run.spec.transfer.size) == ((), 3)
    assert any("2 sentences" in one.text for one in distillation.events if isinstance(one, Note))


def test_a_file_and_recipes_take_turns(distillation, tmp_path, monkeypatch):
    """The file's sentences while it has any; a folder's file may have a comma in its name; the path is kept whole."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "more, of them.txt"
    path.write_text("The sailor paints.\nMy uncle carries bread.\n")
    run = distillation.distilled(TransferChoice(transfer="parts, more, of them.txt, words", transfer_size=12))
    (texts,) = distillation.transfer_sets()

    assert {"The sailor paints.", "My uncle carries bread."} < set(texts[:6])
    assert (len(texts), run.spec.transfer.recipes, run.spec.transfer.size) == (12, ("parts", "words"), 12)
    assert run.spec.transfer.sentences == read_text(path).digest
    assert absolute(TransferChoice(transfer="parts,more, of them.txt")).transfer == f"{path},parts"


def test_the_same_sentences_in_another_file_are_the_same_run(distillation, tmp_path):
    """What identifies a file is what it says, not what it is called; more lines are asked for than there are."""
    keys = []
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text("The sailor paints.\nMy uncle carries bread.\n" + "\n" * (name == "two.txt"))
        keys.append(distillation.distilled(TransferChoice(transfer=str(tmp_path / name), transfer_size=9)).key)

    assert keys[0] == keys[1]


def test_a_file_of_nothing_new_is_refused(distillation, tmp_path):
    """There is nothing to teach."""
    path = tmp_path / "known.txt"
    path.write_text("\n".join(distillation.corpus.split("train").texts))
    with pytest.raises(DataError, match="no new sentence"):
        distillation.distilled(TransferChoice(transfer=str(path)))


@pytest.mark.parametrize("choice", ["nowhere.txt", "words,nowhere", "", ",", "x\0y", "a" * 5000])
def test_what_is_neither_file_nor_recipe_is_refused(distillation, choice):
    """The error names what there is."""
    with pytest.raises(UsageError, match="--transfer") as caught:
        distillation.distilled(TransferChoice(transfer=choice))
    assert "contextual, generated, parts, words" in caught.value.hint


def test_a_transfer_set_is_another_key(distillation):
    """Recipe, size and seed change numbers."""
    choices = [
        TransferChoice(),
        recipes("words"),
        recipes("parts"),
        recipes("words", size=31),
        recipes("words", seed=1),
    ]
    assert len({distillation.distilled(choice).key for choice in choices}) == 5


def test_seeds_share_one_set(distillation):
    """`--seeds` with a transfer set makes it once, and pairs stay pairs."""
    request = DistilRequest(
        teacher=TeacherChoice(teacher="teacher"),
        transfer=recipes("parts"),
        data=distillation.data,
        student=STUDENT,
        training=TRAINING,
        execution=replace(CPU, seeds=3, name="kd"),
    )
    made = each_seed(DISTIL, request, distillation.store, ignore)

    assert len({one.run.key for one in made}) == 3
    assert len(distillation.transfer_sets()) == 1
