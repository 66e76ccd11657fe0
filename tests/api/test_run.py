"""A run's handle: what is stored as frames, its model as a module of PyTorch's, and how it shows itself."""

import json

import pandas as pd
import pytest
import torch

import colacli

SENTENCES = ["The baker paints a lamp.", "Paints a lamp the baker."]


def test_metrics_are_the_stored(made):
    """A row a split."""
    stored = json.loads((made.teacher.path / "metrics.json").read_text())
    metrics = made.teacher.metrics

    assert list(metrics.index) == list(stored)
    assert metrics.loc["in_domain_dev", "mcc"] == stored["in_domain_dev"]["mcc"]
    assert metrics.loc["in_domain_dev", "true_positive"] == stored["in_domain_dev"]["confusion"]["true_positive"]


def test_history_is_the_stored(made):
    """A row an epoch; what no epoch has is no column."""
    lines = [json.loads(line) for line in (made.teacher.path / "history.jsonl").read_text().splitlines()]
    history = made.teacher.history

    assert history.reset_index().to_dict("records") == lines
    assert list(history.index) == [1, 2]


def test_predictions_are_the_stored(made):
    """A row a sentence, with probability and answer."""
    stored = pd.read_csv(made.teacher.path / "predictions-in_domain_dev.tsv", sep="\t", dtype=str)
    predictions = made.teacher.predictions()
    softmax = torch.tensor(predictions[["logit_0", "logit_1"]].to_numpy()).softmax(1)[:, 1]

    assert predictions["logit_1"].tolist() == [float(logit) for logit in stored["logit_1"]]
    assert predictions["probability"].tolist() == pytest.approx(softmax.tolist())
    assert (predictions["predicted"] == predictions["label"]).mean() == made.teacher.metrics["accuracy"].iloc[0]
    assert len(made.teacher.predictions("pooled_dev")) == 30


def test_a_split_that_is_not_there_is_named(made):
    """In the words of Python."""
    with pytest.raises(colacli.DataError, match="has no predictions on 'dev'") as caught:
        made.teacher.predictions("dev")

    assert caught.value.hint == "name another split with split="


def test_it_is_evaluated(made, tiny_corpus):
    """On its own splits, or on others."""
    measured = made.teacher.evaluate()

    assert list(measured.index) == ["in_domain_dev", "out_of_domain_dev", "pooled_dev"]
    assert measured.loc["in_domain_dev", "accuracy"] == made.teacher.metrics.loc["in_domain_dev", "accuracy"]
    assert measured["auc"].between(0, 1).all()
    assert list(made.teacher.evaluate(data=tiny_corpus, split="train").index) == ["train"]


def test_mistakes_are_sentences(made):
    """As many as there are, or fewer, of each kind; each is one."""
    mistakes = made.nokd[0].mistakes(2)
    counts = made.nokd[0].metrics.loc["in_domain_dev", ["false_positive", "false_negative"]]

    assert list(mistakes.columns) == ["sentence", "source", "label", "probability"]
    assert len(mistakes) == sum(min(2, count) for count in counts)
    with pytest.raises(colacli.UsageError, match="most=-1 is below 0"):
        made.nokd[0].mistakes(-1)
    assert ((mistakes["probability"] > 0.5).astype(int) != mistakes["label"]).all()


@pytest.mark.parametrize("name", ["teacher", "student"])
def test_the_model_is_what_judges(made, name):
    """A module, whose logits are those of the judge; gradients reach its parameters."""
    run = made.teacher if name == "teacher" else made.kd[0]
    judged = run.judge(pd.Series(SENTENCES))
    model = run.model()
    logits = model(run.batch(SENTENCES))
    logits.sum().backward()

    assert judged["sentence"].tolist() == SENTENCES
    assert judged["probability"].tolist() == pytest.approx(logits.softmax(1)[:, 1].tolist(), abs=1e-5)
    assert isinstance(model, torch.nn.Module)
    assert not model.training
    assert any(parameter.grad is not None for parameter in model.parameters())
    assert model is not run.model()


def test_one_sentence_needs_no_list(made):
    """Text is a sentence, not letters."""
    assert len(made.teacher.judge(SENTENCES[0])) == 1
    assert made.teacher.batch(SENTENCES[0]).lengths.tolist() == [len(made.teacher.tokenizer().encode(SENTENCES[0]).ids)]


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ([], "the list holds no sentence"),
        (["A lamp.", " "], "the list, sentence 2 is empty"),
        (["A lamp.", None], "the list, sentence 2 is None, not text"),
        (["a " * 70], "the list, sentence 1: the sentence has .* tokens; the model takes 1 to 64"),
    ],
)
def test_what_can_not_be_judged_is_named(made, sentences, message):
    """By its place in the list."""
    with pytest.raises(colacli.ColacliError, match=message):
        made.teacher.judge(sentences)


def test_it_knows_where_it_comes_from(made):
    """Key, names, command, options, parents."""
    teacher, student = made.teacher, made.kd[0]

    assert teacher.path.name == teacher.key
    assert (teacher.names, teacher.command, teacher.seed) == (["teacher"], "finetune", 0)
    assert teacher.spec["lora"]["rank"] == 1
    assert teacher.parameters.trainable < teacher.parameters.total
    assert teacher.best_epoch in (1, 2)
    assert (student.teachers, teacher.teachers) == ([teacher], [])


def test_it_shows_itself(made):
    """Facts and metrics, without the folder of this machine."""
    text = made.teacher._repr_html_()

    assert made.teacher.key in text
    assert "in_domain_dev" in text
    assert str(made.store.path) not in text
    assert repr(made.teacher) == f"<Run {made.teacher.key[:12]}: finetune, seed 0, teacher>"


def test_its_curves_are_drawn(made):
    """As SVG, three panels."""
    pytest.importorskip("matplotlib")
    plot = made.teacher.plot()

    assert plot._repr_svg_().count("<svg") == 1
    assert [axes.get_title() for axes in plot.figure.axes] == ["loss", "accuracy", "MCC"]


def test_a_run_that_was_removed_is_an_error(made, how, tmp_path):
    """Of the tree, when it is read."""
    import shutil

    store = colacli.open(tmp_path / "store")
    run = store.baseline("majority", data=how["data"])
    shutil.rmtree(run.path)

    with pytest.raises(colacli.IntegrityError, match="is missing"):
        run.predictions()
