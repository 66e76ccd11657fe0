"""The JSON documents and the output of the training verbs, and of evaluation, from made-up runs."""

import json

import pytest

from colacli.metrics import measure
from colacli.parameters import ParameterCounts
from colacli.render.evaluate import show_evaluation
from colacli.render.metrics import parameters_line, remarks
from colacli.render.train import run_document, show_training
from colacli.results import metrics_of, predictions_of
from colacli.training.plan import DryRun, RunResult
from colacli.workflows.evaluate import Evaluation
from colacli.workflows.splits import measure_split
from factories.plans import plan_of
from factories.runs import DEV, answering, commit_run, make_spec
from factories.shown import METRICS, Shown


def training(*results, verb="train-student"):
    """What a training verb shows."""
    shown = Shown()
    show_training(verb, results, shown)
    return shown


def dry(spec, store, run=None):
    """A dry run of a spec."""
    path = store.root / "runs" / spec.key
    return DryRun(plan_of(spec), path, run, ["mine"] if run else [])


def test_a_run_s_document(store):
    """Key, name, whether it was stored, path, selected epoch, parameters and metrics; nothing else."""
    run = commit_run(store)

    assert run_document(RunResult(run, ["mine", "too"], cached=True)) == {
        "key": run.key,
        "name": "mine",
        "cached": True,
        "imported": None,
        "path": str(run.path),
        "best_epoch": 2,
        "parameters": {"total": 1000, "trainable": 10, "reduction_percent": 99.0},
        "metrics": {DEV: json.loads((run.path / "metrics.json").read_bytes())[DEV] | {"constant_prediction": None}},
    }


def test_a_run_without_a_name(store):
    """Its name is null."""
    assert run_document(RunResult(commit_run(store), [], cached=False))["name"] is None


def test_a_forced_run_s_document_has_the_agreement(store):
    """File by file, and only where there was something to agree with."""
    result = RunResult(commit_run(store), [], cached=False, agreement={"metrics.json": "differs"})

    assert run_document(result)["agreement"] == {"metrics.json": "differs"}


def test_one_seed_is_one_run_s_document(store):
    """A command without --seeds shows its run at the top."""
    result = RunResult(commit_run(store), ["mine"], cached=False)
    shown = training(result, verb="distil")

    assert (shown.schema, shown.document) == ("distil", run_document(result))


def test_several_seeds_are_a_list_of_runs(store):
    """Name and runs, in the seeds' order."""
    results = [RunResult(commit_run(store, make_spec(seed)), ["mine"], cached=False) for seed in (0, 1)]

    assert training(*results).document == {"name": "mine", "runs": [run_document(result) for result in results]}


def test_several_seeds_are_summed_up_for_a_person(store):
    """What they have in common, one row each, then mean, standard deviation and range; constant ones by seed."""
    first = commit_run(store, make_spec(0))
    second = commit_run(store, make_spec(1), predictions=answering([1, 1, 1, 1]))
    lines = training(RunResult(first, [], cached=True), RunResult(second, [], cached=False)).text.splitlines()
    start = next(number for number, line in enumerate(lines) if "over seeds" in line)

    assert lines[0] == "1 of 2 were already in the store"
    assert [line.split("\t")[:2] for line in lines if line.startswith(("0\t", "1\t"))][-2:] == [
        ["0", first.key[:12]],
        ["1", second.key[:12]],
    ]
    assert lines[-1] == f"seed 1: every sentence of {DEV} is called acceptable: a constant answer, not a judgement"

    assert lines[start + 2].split()[:10] == [DEV, "2", "87.50", "%", "17.68", "%", "75.00", "%", "100.00", "%"]


@pytest.mark.parametrize("stored", [True, False])
def test_a_dry_run_s_document(store, stored):
    """The same as a run's but for the metrics, with the spec; cached says hit or miss."""
    spec = make_spec()
    run = commit_run(store, spec) if stored else None
    document = training(dry(spec, store, run)).document

    assert document["spec"] == json.loads(commit_run(store, spec).spec_bytes)
    assert {name: document[name] for name in ("key", "cached", "best_epoch", "name")} == {
        "key": spec.key,
        "cached": stored,
        "best_epoch": 2 if stored else None,
        "name": "mine" if stored else None,
    }
    assert "metrics" not in document


@pytest.mark.parametrize(("stored", "word"), [(True, "hit"), (False, "miss")])
def test_a_dry_run_says_hit_or_miss(store, stored, word):
    """A person gets the word, the key and the parameters."""
    spec = make_spec()
    text = training(dry(spec, store, commit_run(store, spec) if stored else None)).text

    assert text.splitlines()[-1].startswith(f"{word}:")
    assert f"key {spec.key}" in text
    assert "10 of 1,000 parameters are trained (99.00 % fewer)" in text


def test_a_person_sees_that_it_was_a_hit(store):
    """A line says that nothing was computed."""
    run = commit_run(store)

    assert "nothing was computed" in training(RunResult(run, [], cached=True)).text
    assert "nothing was computed" not in training(RunResult(run, [], cached=False)).text


def test_an_epoch_chosen_on_dev_is_called_optimistic(store):
    """The same sentences chose the epoch and are reported."""
    assert "optimistic" in training(RunResult(commit_run(store), [], cached=False)).text


def test_the_report_s_parameters():
    """GPT-2's count, as the report has it."""
    line = parameters_line(ParameterCounts(total=125_031_168, trainable=675_840))

    assert line == "675,840 of 125,031,168 parameters are trained (99.46 % fewer)"


def test_nothing_is_fewer_where_all_is_trained():
    """A student alone trains all it has."""
    assert parameters_line(ParameterCounts(total=10, trainable=10)) == "all 10 parameters are trained"


@pytest.mark.parametrize(("answer", "word"), [(1, "calls every sentence of dev acceptable"), (0, "not acceptable")])
def test_a_constant_answer_is_named(answer, word):
    """A judge that always says the same is called constant."""
    metrics = measure([1, 0], [[0.0, 1.0 if answer else -1.0]] * 2)

    assert [word in remark and "constant" in remark for remark in remarks({"dev": metrics})] == [True]


def test_a_judge_needs_no_remark():
    """Who gives both answers is not remarked on."""
    assert remarks({"dev": measure([1, 0], [[0.0, 1.0], [1.0, 0.0]])}) == []


def test_an_evaluation_s_document(store):
    """Key, data, split, whether it was known, and all metrics."""
    run, shown = commit_run(store), Shown()
    show_evaluation(Evaluation(run, "cola", DEV, metrics_of(run)[DEV], None, cached=True), shown)

    assert shown.schema == "eval"
    assert {name: shown.document[name] for name in ("key", "data", "split", "cached")} == {
        "key": run.key,
        "data": "cola",
        "split": DEV,
        "cached": True,
    }
    assert set(shown.document["metrics"]) == METRICS


def test_accuracy_never_stands_without_the_majority(store):
    """A person sees both, with MCC and F1."""
    run, shown = commit_run(store), Shown()
    measured = {DEV: measure_split(predictions_of(run, DEV))}
    show_evaluation(Evaluation(run, "cola", DEV, measured[DEV].metrics, None, cached=True, splits=measured), shown)
    header = next(line for line in shown.text.splitlines() if line.startswith("split"))

    assert all(word in header for word in ("accuracy", "majority", "MCC", "F1"))
    assert "75.00 %" in shown.text
