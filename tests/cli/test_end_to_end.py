"""Every command in subprocesses, run once: what is printed."""

import csv
import json
import math
import shlex

import pytest
from sklearn.metrics import brier_score_loss

from factories.end_to_end import SPLITS, STAGES, TRAINED

METRICS = {"n", "accuracy", "mcc", "f1", "loss", "majority_accuracy", "confusion"}


def brier(end_to_end, verb):
    """scikit-learn's, of the stored logits."""
    with (end_to_end.run_folder(verb) / "predictions-in_domain_dev.tsv").open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    margins = [float(row["logit_1"]) - float(row["logit_0"]) for row in rows]
    return brier_score_loss([int(row["label"]) for row in rows], [1 / (1 + math.exp(-one)) for one in margins])


@pytest.mark.parametrize("name", [name for stage in STAGES for name in stage])
def test_standard_output_is_one_document(end_to_end, name):
    """Every command ends well and prints one line of JSON with its schema, and nothing else."""
    status, out, err = end_to_end.outputs[name]
    words = shlex.split(next(stage[name] for stage in STAGES if name in stage))
    command = ".".join(words[:2]) if words[0] == "runs" else words[0]

    assert (status, "Traceback" in err) == (0, False), err
    assert out.endswith("}\n")
    assert out.count("\n") == 1
    assert json.loads(out)["schema"] == f"colacli.{command}/1"


@pytest.mark.parametrize("verb", TRAINED)
def test_progress_goes_to_standard_error(end_to_end, verb):
    """Each epoch has its line there, and the parameters are counted."""
    lines = end_to_end.outputs[verb].err.splitlines()

    assert [line.split()[:2] for line in lines if line.startswith("epoch")] == [["epoch", "1"], ["epoch", "2"]]
    assert any("parameters are trained" in line for line in lines)


@pytest.mark.parametrize(("verb", "name"), TRAINED.items())
def test_a_training_s_document(end_to_end, verb, name):
    """It has key, name, path, the epoch that was kept, the parameters and the metrics of every dev split."""
    document = end_to_end[verb]
    parameters = document["parameters"]
    reduction = 100 * (1 - parameters["trainable"] / parameters["total"])

    assert (document["name"], document["cached"]) == (name, False)
    assert document["path"] == str(end_to_end.run_folder(verb))
    assert document["best_epoch"] in (1, 2)
    assert parameters["reduction_percent"] == pytest.approx(reduction, abs=0.01)
    assert set(document["metrics"]) == set(SPLITS)
    assert all(set(metrics) >= METRICS for metrics in document["metrics"].values())


def test_eval_on_another_corpus(end_to_end):
    """It measures the run there, and says on which split of what."""
    document = end_to_end["eval"]

    assert (document["key"], document["split"], document["cached"]) == (end_to_end["distil"]["key"], "train", False)
    assert document["metrics"]["n"] == 2
    assert set(document["metrics"]) >= METRICS


def test_a_test_file_is_answered(end_to_end):
    """With the labels that the same sentences get from judge, under the file's own ids."""
    found = end_to_end["submission"]["submission"]
    lines = end_to_end.paths["answers"].read_text().splitlines()

    assert (found["n"], found["form"], found["file"]) == (2, "glue", str(end_to_end.paths["answers"]))
    assert lines[0] == "index\tprediction"
    assert [line.split("\t")[0] for line in lines[1:]] == ["7", "8"]
    assert sum(int(line.split("\t")[1]) for line in lines[1:]) == found["acceptable"]


def test_eval_knows_what_a_run_was_trained_on(end_to_end):
    """Sentences of train are told apart from new ones, in train itself as in a corpus that was never trained on."""
    assert [part["overlap"] for part in end_to_end["latest"]["by_overlap"]] == ["new"]
    assert sum(part["n"] for part in end_to_end["eval"]["by_overlap"]) == 2
    assert end_to_end["latest"]["calibration"]["brier"] == pytest.approx(brier(end_to_end, "distil"))


def test_eval_is_broken_down_by_source(end_to_end):
    """What is stored and what was just measured alike: the worst source first, all their sentences the split's."""
    stored, new = end_to_end["latest"], end_to_end["eval"]
    accuracies = [part["accuracy"] for part in stored["by_source"]]

    assert {part["source"] for part in stored["by_source"]} == {"src10", "src11", "src12"}
    assert accuracies == sorted(accuracies)
    assert sum(part["n"] for part in stored["by_source"]) == stored["metrics"]["n"]
    assert all(low <= part["accuracy"] <= high for part in stored["by_source"] for low, high in [part["interval"]])
    assert [(part["source"], part["n"]) for part in new["by_source"]] == [("x", 2)]


@pytest.mark.parametrize("name", ["latest", "path", "digits"])
def test_a_run_may_be_called_in_many_ways(end_to_end, name):
    """Latest, the path of its folder and its key's first digits all find the run and its stored numbers."""
    document = end_to_end[name]

    assert (document["key"], document["split"]) == (end_to_end["distil"]["key"], "in_domain_dev")
    assert document["metrics"] == end_to_end["distil"]["metrics"]["in_domain_dev"]


def test_a_student_s_teacher_may_be_called(end_to_end):
    """NAME^teacher is the run it was distilled from, which its manifest names too."""
    manifest = json.loads((end_to_end.run_folder("distil") / "manifest.json").read_bytes())

    assert end_to_end["teacher's"]["key"] == end_to_end["finetune"]["key"]
    assert manifest["parents"] == {"teacher": end_to_end["finetune"]["key"]}


def test_compare_has_every_arm_and_pair(end_to_end):
    """Three runs are three arms and three pairs, each pair with its counts, test, interval and verdict."""
    document = end_to_end["compare"]
    pair = {"a", "b", "only_a_right", "only_b_right", "accuracy_difference", "mcc_difference", "verdict"}

    assert [arm["key"] for arm in document["arms"]] == [
        end_to_end[verb]["key"] for verb in ("distil", *list(TRAINED)[1::-1])
    ]
    assert [(one["a"], one["b"]) for one in document["pairs"]] == [
        ("distilled", "alone"),
        ("distilled", "teacher"),
        ("alone", "teacher"),
    ]
    assert all(set(one) >= pair | {"interval"} for one in document["pairs"])
    assert all(set(one["mcnemar"]) == {"exact_p", "mid_p"} for one in document["pairs"])


def test_generate_gives_the_prompt_and_its_samples(end_to_end):
    """Each sample has its text and how many tokens were added."""
    document = end_to_end["generate"]

    assert document["prompt"] == "The baker"
    assert [set(sample) for sample in document["samples"]] == [{"text", "tokens"}] * 2
    assert all(1 <= sample["tokens"] <= 6 for sample in document["samples"])


def test_judge_gives_each_sentence_its_judgement(end_to_end):
    """In the order of the sentences, a label and the probability that leads to it."""
    judgements = end_to_end["judge"]["judgements"]

    assert [one["sentence"] for one in judgements] == ["The baker paints a lamp.", "Paints a lamp the baker."]
    assert all(one["label"] == int(one["probability"] > 0.5) for one in judgements)
