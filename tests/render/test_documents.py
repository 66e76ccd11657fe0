"""The JSON documents and the words of training, evaluation and comparison, from made-up runs."""

import io
import json

import pytest

from colacli.ledger import Ledger
from colacli.metrics import measure
from colacli.render.comparison import show_comparison
from colacli.render.console import make_console
from colacli.render.evaluation import show_evaluation
from colacli.render.metrics import remarks
from colacli.render.training import ledger_line, run_document, show_training
from colacli.store.refs import set_name
from colacli.workflows.compare import compare
from colacli.workflows.evaluate import Evaluation
from colacli.workflows.make_run import DryRun, RunResult
from store_making import DEV, EPOCHS, LEDGER, answering, commit_run, make_spec

METRICS = {"n", "accuracy", "mcc", "f1", "loss", "majority_accuracy", "constant_prediction", "confusion"}


class Shown:
    """What was given to be shown."""

    def __call__(self, schema, document, view):
        """Keep the document, as JSON would have it, and what a person would see in a pipe."""
        stream = io.StringIO()
        view(make_console(stream))
        self.schema, self.text = schema, stream.getvalue()
        self.document = json.loads(json.dumps(document, allow_nan=False))


def training(*made, verb="train-student"):
    """What a training verb shows."""
    shown = Shown()
    show_training(verb, made, shown)
    return shown


def comparison(store, *references):
    """What compare shows."""
    shown = Shown()
    show_comparison(compare(references, DEV, store), shown)
    return shown


def two(store):
    """A perfect run called `right`, and one called `half` that errs twice."""
    commit_run(store, make_spec(0), name="right")
    commit_run(store, make_spec(1), name="half", predictions=answering([0, 1, 1, 1]))
    return "right", "half"


def dry(spec, store, run=None):
    """A dry run of a spec."""
    path = store.root / "runs" / spec.key
    return DryRun(spec=spec, path=path, run=run, names=["mine"] if run else [], ledger=LEDGER)


def test_a_run_s_document(store):
    """Key, name, whether it was stored, path, epoch kept, parameters and metrics; nothing else."""
    run = commit_run(store)

    assert run_document(RunResult(run, ["mine", "too"], cached=True)) == {
        "key": run.key,
        "name": "mine",
        "cached": True,
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
    made = RunResult(commit_run(store), [], cached=False, agreement={"metrics.json": "differs"})

    assert run_document(made)["agreement"] == {"metrics.json": "differs"}


def test_one_seed_is_one_run_s_document(store):
    """A command without --seeds shows its run at the top."""
    made = RunResult(commit_run(store), ["mine"], cached=False)
    shown = training(made, verb="distil")

    assert (shown.schema, shown.document) == ("distil", run_document(made))


def test_several_seeds_are_a_list_of_runs(store):
    """Name and runs, in the seeds' order."""
    made = [RunResult(commit_run(store, make_spec(seed)), ["mine"], cached=False) for seed in (0, 1)]

    assert training(*made).document == {"name": "mine", "runs": [run_document(one) for one in made]}


def test_several_seeds_are_summed_up_for_a_person(store):
    """Once what they share, a row each, then mean, standard deviation and range; constant ones are named by seed."""
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


def test_a_hit_is_told_to_a_person(store):
    """Nothing was computed, and that is said."""
    run = commit_run(store)

    assert "nothing was computed" in training(RunResult(run, [], cached=True)).text
    assert "nothing was computed" not in training(RunResult(run, [], cached=False)).text


def test_an_epoch_chosen_on_dev_is_called_optimistic(store):
    """The same sentences chose the epoch and are reported."""
    assert "optimistic" in training(RunResult(commit_run(store), [], cached=False)).text


def test_the_report_s_parameters():
    """GPT-2's count, as the report has it."""
    line = ledger_line(Ledger(total=125_031_168, trainable=675_840))

    assert line == "675,840 of 125,031,168 parameters are trained (99.46 % fewer)"


def test_nothing_is_fewer_where_all_is_trained():
    """A student alone trains all it has."""
    assert ledger_line(Ledger(total=10, trainable=10)) == "all 10 parameters are trained"


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
    show_evaluation(Evaluation(run, "cola", DEV, run.metrics[DEV], None, cached=True), shown)

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
    show_evaluation(Evaluation(run, "cola", DEV, run.metrics[DEV], None, cached=True), shown)
    header = next(line for line in shown.text.splitlines() if line.startswith("split"))

    assert all(word in header for word in ("accuracy", "majority", "MCC", "F1"))
    assert "75.00 %" in shown.text


def test_a_comparison_s_arms(store):
    """Each arm has its label, key, parameters, numbers and history, in the order they were named."""
    arms = comparison(store, *two(store)).document["arms"]

    assert [arm["label"] for arm in arms] == ["right", "half"]
    assert [arm["key"] for arm in arms] == [make_spec(seed).key for seed in (0, 1)]
    assert [arm["metrics"]["accuracy"] for arm in arms] == [1.0, 0.5]
    assert all(set(arm["metrics"]) == METRICS for arm in arms)
    assert [len(arm["history"]) for arm in arms] == [len(EPOCHS)] * 2


def test_a_comparison_s_pair(store):
    """Counts, differences a less b, both p-values, the interval's two ends and the verdict."""
    (pair,) = comparison(store, *two(store)).document["pairs"]
    expected = {
        "a": "right",
        "b": "half",
        "n": 4,
        "runs": [1, 1],
        "only_a_right": 2,
        "only_b_right": 0,
        "accuracy_difference": 0.5,
        "mcnemar": {"exact_p": 0.5, "mid_p": 0.25},
        "over_seeds": None,
        "p": 0.25,
        "holm_p": 0.25,
        "constant_runs": [0, 0],
    }
    intervals = [pair["interval"], pair["bootstrap_interval"]]

    assert {name: pair[name] for name in expected} == expected
    assert all(low <= 0.5 <= high for low, high in intervals)
    assert pair["mcc_difference"] == pytest.approx(1 + 1 / 3)
    assert pair["verdict"].startswith("inconclusive")
    assert set(pair["power"]) == {"detectable_difference", "needed_for_3_points", "needed_for_observed"}
    assert pair["power"]["needed_for_3_points"]["seeds"] is None


def test_a_name_of_several_brings_each_seed(store):
    """Its runs are told apart by their seeds."""
    runs = [commit_run(store, make_spec(seed)) for seed in (3, 4)]
    set_name(store, "pair", [run.key for run in runs])
    labels = [arm["label"] for arm in comparison(store, "pair").document["arms"]]

    assert all(f"seed {seed}" in label for seed, label in zip((3, 4), labels, strict=True))


def test_a_comparison_tells_a_person_its_verdict(store):
    """The verdict is a line of its own, below the tables."""
    shown = comparison(store, *two(store))

    assert shown.document["pairs"][0]["verdict"] in shown.text.splitlines()


def arms_of_seeds(store):
    """Three runs called `right`, and three called `half` of which one errs less."""
    for name, command, answers in (("right", "distil", [1, 0, 1, 1]), ("half", "train-student", [0, 1, 1, 1])):
        runs = [
            commit_run(
                store, make_spec(seed, command=command), predictions=answering([answers[0], answers[1], 1, seed % 2])
            )
            for seed in (0, 1, 2)
        ]
        set_name(store, name, [run.key for run in runs])
    return "right", "half"


def test_an_arm_of_seeds_is_summed_up(store):
    """Mean, standard deviation and range, and each run with what a single run's arm has."""
    first, _ = comparison(store, *arms_of_seeds(store)).document["arms"]

    assert (first["label"], first["seeds"]) == ("right", [0, 1, 2])
    assert first["accuracy"] == pytest.approx(
        {"mean": 5 / 6, "standard_deviation": 0.25 / 3**0.5, "minimum": 0.75, "maximum": 1.0}
    )
    assert [run["seed"] for run in first["runs"]] == [0, 1, 2]
    assert all(set(run["metrics"]) == METRICS for run in first["runs"])


def test_a_pair_of_arms_of_seeds(store):
    """Counts are summed over paired seeds; there is no McNemar's test, but a t-test and the variance's parts."""
    (pair,) = comparison(store, *arms_of_seeds(store)).document["pairs"]

    assert (pair["runs"], pair["only_a_right"], pair["only_b_right"], pair["mcnemar"]) == ([3, 3], 6, 0, None)
    assert pair["over_seeds"]["paired"] is True
    assert set(pair["over_seeds"]["t_test"]) == {"paired", "statistic", "degrees", "p"}
    assert set(pair["over_seeds"]["variance"]) == {"per_seed", "per_sentence", "per_answer", "arms"}
    assert pair["bootstrap_interval"] is None


def test_a_person_sees_means_over_seeds(store):
    """A row an arm with mean, spread and range, and one curve of the means an arm."""
    lines = comparison(store, *arms_of_seeds(store)).text.splitlines()
    start = lines.index(f"# on {DEV}: means over seeds")

    assert lines[start + 2].split("\t")[:6] == ["right", "3", "83.33 %", "14.43 %", "75.00 %", "100.00 %"]
    assert [line for line in lines if line.startswith("# curves")] == [
        "# curves of right (mean of 3)",
        "# curves of half (mean of 3)",
    ]


@pytest.mark.parametrize("arms", [2, 3])
def test_many_p_values_are_corrected_and_that_is_said(store, arms):
    """More than one p-value is Holm's."""
    keys = [commit_run(store, make_spec(seed)).key for seed in range(arms)]

    assert ("p by Holm's correction" in comparison(store, *keys).text) == (arms > 2)


def test_constant_runs_of_an_arm_are_named(store):
    """By their seed, and counted in the verdict."""
    judging = commit_run(store, make_spec(7), name="judging")
    runs = [commit_run(store, make_spec(seed), predictions=answering([1, 1, 1, 1])) for seed in (0, 1)]
    set_name(store, "constant", [run.key for run in runs])
    text = comparison(store, judging.key, "constant").text

    assert (
        f"constant, seed 0, 1: every sentence of {DEV} is called acceptable: a constant answer, not a judgement" in text
    )
    assert "2 of the 2 runs of constant give the same answer for every sentence" in text
