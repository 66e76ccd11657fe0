"""Runs are compared on the very same sentences, or not at all."""

import subprocess
import sys

import pytest

from colacli.config import Student
from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.errors import DataError, UnknownReferenceError, UsageError
from colacli.results import metrics_of
from colacli.statistics.holm import holm
from colacli.statistics.paired import Paired
from colacli.store.refs import set_name
from colacli.store.spec import BaseDigests
from colacli.workflows.compare import compare
from factories.runs import DEV, answering, commit_run, make_spec

LABELS = [1, 1, 1, 0, 0, 0, 1]
GOOD = [1, 1, 1, 0, 0, 1, 0]  # wrong on the last two
POOR = [1, 0, 0, 1, 0, 0, 0]  # wrong on the second, third, fourth and last


def judged(store, seed, answers, *, labels=LABELS, **about):
    """A run that gave these answers, named after its seed."""
    name = about.pop("name", f"run-{seed}")
    split = about.pop("split", DEV)
    spec = make_spec(seed, **about)
    return commit_run(store, spec, name=name, predictions=answering(answers, labels), split=split)


def test_two_runs_are_counted_sentence_by_sentence(store):
    """Both, one and neither right are counted; every difference is the first less the second."""
    judged(store, 1, GOOD)
    judged(store, 2, POOR)
    result = compare(["run-1", "run-2"], IN_DOMAIN_DEV, store)
    (pair,) = result.pairs

    assert (result.split, pair.a, pair.b) == (DEV, "run-1", "run-2")
    assert pair.paired == Paired(both_right=2, only_a_right=3, only_b_right=1, neither_right=1)
    assert pair.accuracy_difference == 2 / 7
    assert pair.mcc_difference == pytest.approx(result.arms[0].metrics[0].mcc - result.arms[1].metrics[0].mcc)


def test_arms_keep_the_order_and_words_of_the_command_line(store):
    """Each arm is called what the user called it, and has its stored metrics."""
    runs = [judged(store, 1, GOOD), judged(store, 2, POOR)]
    references = ["latest", f"run:{runs[0].key[:8]}"]
    arms = compare(references, IN_DOMAIN_DEV, store).arms

    assert [arm.label for arm in arms] == references
    assert [run.key for arm in arms for run in arm.runs] == [runs[1].key, runs[0].key]
    assert [arm.metrics for arm in arms] == [[metrics_of(runs[1])[DEV]], [metrics_of(runs[0])[DEV]]]


def test_every_pair_is_compared_once(store):
    """Three runs make three pairs, the earlier first."""
    for seed, answers in ((1, GOOD), (2, POOR), (3, LABELS)):
        judged(store, seed, answers)
    pairs = compare(["run-3", "run-1", "run-2"], IN_DOMAIN_DEV, store).pairs

    assert [(pair.a, pair.b) for pair in pairs] == [("run-3", "run-1"), ("run-3", "run-2"), ("run-1", "run-2")]


def test_a_name_by_itself_brings_each_of_its_runs(store):
    """Each run of a lone name is an arm that says its seed."""
    runs = [judged(store, seed, answers) for seed, answers in ((4, GOOD), (5, POOR))]
    set_name(store, "seeds", [run.key for run in runs])
    labels = [arm.label for arm in compare(["seeds"], IN_DOMAIN_DEV, store).arms]

    assert labels == [f"seeds[seed {run.spec.training.seed}, {run.key[:6]}]" for run in runs]


def seeded(store, name, seeds, answers=(GOOD, POOR, LABELS, GOOD, POOR), **about):
    """A name of several runs, a run a seed."""
    commands = {"kd": "distil", "nokd": "train-student"}
    runs = [
        judged(store, seed, answers[(seed + len(name)) % 5], name=f"{name}-{seed}", command=commands[name], **about)
        for seed in seeds
    ]
    set_name(store, name, [run.key for run in runs])
    return runs


def test_two_names_are_two_arms(store):
    """However many runs each stands for, there is one comparison, seed against seed, in the seeds' order."""
    kd, nokd = seeded(store, "kd", (2, 0, 1)), seeded(store, "nokd", (0, 1, 2))
    result = compare(["kd", "nokd"], IN_DOMAIN_DEV, store)
    (pair,) = result.pairs

    assert [(arm.label, arm.seeds) for arm in result.arms] == [("kd", [0, 1, 2]), ("nokd", [0, 1, 2])]
    assert [run.key for run in result.arms[0].runs] == [kd[1].key, kd[2].key, kd[0].key]
    assert (pair.runs, pair.over_seeds.paired) == ((3, 3), True)
    accuracies = [[metrics_of(run)[DEV].accuracy for run in runs] for runs in (kd, nokd)]
    assert pair.accuracy_difference == pytest.approx(sum(accuracies[0]) / 3 - sum(accuracies[1]) / 3)


@pytest.mark.parametrize(
    "about",
    [
        {"student": Student(hidden=8, cell="gru")},
        {"base": BaseDigests(config="a" * 64, tokenizer="b" * 64, weights="d" * 64)},
        {"data": {"train": "7" * 64, DEV: "2" * 64}},
    ],
)
def test_other_starts_are_not_paired(store, about):
    """A seed starts another student, other embeddings or another order of sentences alike only by its number."""
    seeded(store, "kd", (0, 1, 2), **about)
    seeded(store, "nokd", (0, 1, 2))

    assert not compare(["kd", "nokd"], IN_DOMAIN_DEV, store).pairs[0].over_seeds.paired


@pytest.mark.parametrize("seeds", [(0, 1), (0, 1, 3), (1, 2, 3)])
def test_other_seeds_are_not_paired(store, seeds):
    """Only arms that have the very same seeds are."""
    seeded(store, "kd", seeds)
    seeded(store, "nokd", (0, 1, 2))
    (pair,) = compare(["kd", "nokd"], IN_DOMAIN_DEV, store).pairs

    assert (pair.runs, pair.over_seeds.paired) == ((len(seeds), 3), False)


def test_a_single_run_beside_an_arm_of_seeds(store):
    """Their comparison rests on the seeds of one of them."""
    seeded(store, "kd", (0, 1, 2))
    judged(store, 9, POOR)
    (pair,) = compare(["kd", "run-9"], IN_DOMAIN_DEV, store).pairs

    assert (pair.runs, pair.over_seeds.paired, pair.over_seeds.t_test) == ((3, 1), False, None)


def test_several_pairs_are_corrected_together(store):
    """Three p-values are Holm's, and a single one its own."""
    for seed, answers in ((1, GOOD), (2, POOR), (3, LABELS)):
        judged(store, seed, answers)
    names = ["run-1", "run-2", "run-3"]
    pairs = compare(names, IN_DOMAIN_DEV, store).pairs
    (pair,) = compare(names[:2], IN_DOMAIN_DEV, store).pairs

    assert [one.holm_p for one in pairs] == holm([one.p for one in pairs])
    assert pair.holm_p == pair.p


def test_a_run_in_two_arms_is_refused(store):
    """An arm's run can't be compared with itself."""
    seeded(store, "kd", (0, 1))

    with pytest.raises(UsageError, match="are the same run"):
        compare(["kd", "kd-1"], IN_DOMAIN_DEV, store)


def test_another_split_can_be_named(store):
    """The comparison is made on the split that was asked for."""
    for seed, answers in ((1, GOOD), (2, POOR)):
        judged(store, seed, answers, data={"out_of_domain_dev": "3" * 64}, split="out_of_domain_dev")
    result = compare(["run-1", "run-2"], "out_of_domain_dev", store)

    assert result.split == "out_of_domain_dev"
    assert result.pairs[0].paired.n == len(LABELS)


@pytest.mark.parametrize("references", [[], ["run-1"]])
def test_one_run_is_not_enough(store, references):
    """There is nothing to compare it with."""
    judged(store, 1, GOOD)

    with pytest.raises(UsageError, match="two runs or more"):
        compare(references, IN_DOMAIN_DEV, store)


def test_the_same_run_twice_is_refused(store):
    """A run called by two names is still one run; the message gives both."""
    run = judged(store, 1, GOOD)

    with pytest.raises(UsageError, match=f"'run-1' and '{run.key[:8]}' are the same run"):
        compare(["run-1", run.key[:8]], IN_DOMAIN_DEV, store)


def test_a_run_that_is_not_there(store):
    """An unknown reference is an error of its own."""
    judged(store, 1, GOOD)

    with pytest.raises(UnknownReferenceError, match="'absent'"):
        compare(["run-1", "absent"], IN_DOMAIN_DEV, store)


def test_a_split_that_one_of_them_was_not_measured_on(store):
    """The run that lacks it is named, with what it has."""
    judged(store, 1, GOOD)
    lacking = judged(store, 2, POOR, split="out_of_domain_dev")

    with pytest.raises(DataError, match=f"run {lacking.key[:12]} has no predictions on '{DEV}'"):
        compare(["run-1", "run-2"], IN_DOMAIN_DEV, store)


def test_a_split_that_does_not_exist(store):
    """A misspelt split is no split."""
    judged(store, 1, GOOD)
    judged(store, 2, POOR)

    with pytest.raises(DataError, match="'dev'"):
        compare(["run-1", "run-2"], "dev", store)


def test_different_sentences_of_one_name_are_refused(store):
    """Runs of two corpora are not compared, though their splits have one name and one length."""
    judged(store, 1, GOOD)
    judged(store, 2, POOR, data={"train": "1" * 64, DEV: "4" * 64})

    with pytest.raises(DataError, match="'run-1' and 'run-2' were measured on different sentences"):
        compare(["run-1", "run-2"], IN_DOMAIN_DEV, store)


def test_another_training_set_is_no_hindrance(store):
    """Only the sentences compared on must be the same."""
    judged(store, 1, GOOD)
    judged(store, 2, POOR, data={"train": "5" * 64, DEV: "2" * 64})

    assert len(compare(["run-1", "run-2"], IN_DOMAIN_DEV, store).pairs) == 1


def test_held_out_sentences_are_the_same_where_train_is(store):
    """A holdout is the same part of every train, so runs of one train are compared on it, and only they."""
    judged(store, 1, GOOD, split="holdout", data={"train": "a" * 64})
    judged(store, 2, POOR, split="holdout", data={"train": "a" * 64})
    judged(store, 3, POOR, split="holdout", data={"train": "b" * 64})

    assert len(compare(["run-1", "run-2"], "holdout", store).pairs) == 1
    with pytest.raises(DataError, match="different sentences called holdout"):
        compare(["run-1", "run-3"], "holdout", store)


def test_comparing_needs_no_torch(store):
    """All that a comparison needs is stored: nothing heavy is imported."""
    judged(store, 1, GOOD)
    judged(store, 2, POOR)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from colacli.store.store import Store\n"
        "from colacli.workflows.compare import compare\n"
        "compare(['run-1', 'run-2'], 'in_domain_dev', Store(Path(sys.argv[1])))\n"
        "print(sorted({'torch', 'transformers', 'pandas', 'rich'} & set(sys.modules)))\n"
    )
    arguments = [sys.executable, "-c", script, str(store.root)]

    assert subprocess.run(arguments, capture_output=True, text=True, check=True).stdout == "[]\n"
