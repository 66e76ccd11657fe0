"""Runs are compared on the very same sentences, or not at all."""

import subprocess
import sys

import pytest

from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.errors import DataError, UnknownReferenceError, UsageError
from colacli.statistics import Paired
from colacli.store.refs import set_name
from colacli.workflows.compare import compare
from store_making import DEV, answering, commit_run, make_spec

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
    assert pair.mcc_difference == pytest.approx(result.arms[0].metrics.mcc - result.arms[1].metrics.mcc)


def test_arms_keep_the_order_and_words_of_the_command_line(store):
    """Each arm is called what the user called it, and has its stored metrics."""
    runs = [judged(store, 1, GOOD), judged(store, 2, POOR)]
    references = ["latest", f"run:{runs[0].key[:8]}"]
    arms = compare(references, IN_DOMAIN_DEV, store).arms

    assert [arm.label for arm in arms] == references
    assert [arm.run.key for arm in arms] == [runs[1].key, runs[0].key]
    assert [arm.metrics for arm in arms] == [runs[1].metrics[DEV], runs[0].metrics[DEV]]


def test_every_pair_is_compared_once(store):
    """Three runs make three pairs, the earlier first."""
    for seed, answers in ((1, GOOD), (2, POOR), (3, LABELS)):
        judged(store, seed, answers)
    pairs = compare(["run-3", "run-1", "run-2"], IN_DOMAIN_DEV, store).pairs

    assert [(pair.a, pair.b) for pair in pairs] == [("run-3", "run-1"), ("run-3", "run-2"), ("run-1", "run-2")]


def test_a_name_of_several_runs_brings_each(store):
    """Each run of a name is an arm that says its seed."""
    runs = [judged(store, seed, answers) for seed, answers in ((4, GOOD), (5, POOR))]
    set_name(store, "seeds", [run.key for run in runs])
    labels = [arm.label for arm in compare(["seeds"], IN_DOMAIN_DEV, store).arms]

    assert labels == [f"seeds[seed {run.spec.training.seed}, {run.key[:6]}]" for run in runs]


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
    judged(store, 1, GOOD, split="holdout", data={"train": "a"})
    judged(store, 2, POOR, split="holdout", data={"train": "a"})
    judged(store, 3, POOR, split="holdout", data={"train": "b"})

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
