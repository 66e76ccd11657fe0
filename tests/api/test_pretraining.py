"""Pretrained layers: a run that judges nothing, and that students start from."""

import pytest

import colacli


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """A file of sentences."""
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("\n".join(f"the {one} sees the {two} ." for one in ["cat", "dog", "bird"] for two in "abcdefgh"))
    return path


@pytest.fixture(scope="module")
def pretrained(made, tiny_base, text):
    """Layers of a small student."""
    return made.store.pretrain_student(text, base=tiny_base, hidden=8, epochs=1, batch_size=8, device="cpu")


def test_its_metrics_are_of_the_next_token(pretrained):
    """A row a direction, in a frame and in a notebook."""
    metrics = pretrained.metrics

    assert pretrained.command == "pretrain-student"
    assert list(metrics.index) == ["forward"]
    assert list(metrics.columns) == ["n", "loss", "perplexity", "accuracy"]
    assert "perplexity" in pretrained._repr_html_()


def test_students_start_from_it(made, pretrained, how, tiny_base):
    """A handle or its digits: the same student, in the layers' shape."""
    alone = made.store.train_student(base=tiny_base, student_base=pretrained, **how)
    taught = made.store.distil(made.teacher, student_base=pretrained, **how)

    assert alone == made.store.train_student(base=tiny_base, student_base=pretrained.key[:12], **how)
    assert alone.spec["student"]["hidden"] == taught.spec["student"]["hidden"] == 8


def test_seeds_give_several(made, tiny_base, text, pretrained):
    """As of every training; the first is the one that was made alone."""
    options = {"base": tiny_base, "hidden": 8, "epochs": 1, "batch_size": 8, "device": "cpu"}
    runs = made.store.pretrain_student(text, seeds=2, **options)

    assert [run.seed for run in runs] == [0, 1]
    assert runs[0] == pretrained


def test_each_of_several_students_starts_from_its_own(made, how, tiny_base):
    """From handles of several runs, by seed; what is no run is refused."""
    again = made.store.train_student(base=tiny_base, student_base=made.nokd, seeds=2, **how)

    assert [run.spec["parents"]["student-base"] for run in again] == [run.key for run in made.nokd]
    assert list(again) == list(made.store.train_student(base=tiny_base, student_base=list(made.nokd), seeds=2, **how))
    with pytest.raises(colacli.UsageError, match="3 is not a run"):
        made.store.train_student(base=tiny_base, student_base=3, **how)


def test_it_judges_no_sentence(pretrained):
    """The error says what it is for."""
    with pytest.raises(colacli.DataError, match="is a student base") as caught:
        pretrained.judge("the cat sees the dog .")

    assert "student_base=" in caught.value.hint
