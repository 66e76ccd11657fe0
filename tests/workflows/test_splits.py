"""Both dev splits pooled: their stored predictions, one after the other."""

import json

import pytest

from colacli.cli.main import run as colacli
from colacli.data.corpus import IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, POOLED_DEV
from colacli.data.readers import read_corpus
from colacli.errors import DataError
from colacli.metrics import Predictions, measure
from colacli.results import HISTORY, METRICS, predictions_file
from colacli.store.artifact import RUNS
from colacli.store.canonical import canonical
from colacli.store.manifest import Result
from colacli.store.refs import set_name
from colacli.store.run import Run
from colacli.workflows.compare import compare
from colacli.workflows.evaluate import EvaluateOptions, evaluate
from colacli.workflows.splits import dev_splits, stored_predictions
from factories.judged import write
from factories.runs import PARAMETERS, commit_run, make_spec

IN = Predictions([1, 0, 1, 1, 0], [[-0.5, 1.0], [0.2, 0.1], [0.0, -0.3], [0.1, 0.9], [0.5, 0.7]])
OUT = Predictions([0, 1, 0, 1], [[0.3, 0.1], [-0.5, 1.5], [0.25, 0.5], [1.0, -0.5]])
ALL = [IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, POOLED_DEV]


def two_splits(store, seed=0, *, name="both", inside=IN, outside=OUT, data=None, digests=None):
    """A run that was measured on both dev splits."""
    digests = {"train": "1" * 64, IN_DOMAIN_DEV: "2" * 64, OUT_OF_DOMAIN_DEV: "3" * 64, **(digests or {})}
    spec = make_spec(seed, data=digests)
    with store.draft(spec) as draft:
        parts = {IN_DOMAIN_DEV: inside, OUT_OF_DOMAIN_DEV: outside}
        draft.write(METRICS, canonical({split: one.measure() for split, one in parts.items()}))
        epoch = {"epoch": 1, "learning_rate": 0.1, "tokens": 1, "train_loss": 1, "train_accuracy": 1, "train_mcc": 1}
        draft.write(HISTORY, json.dumps({**epoch, "dev_loss": 1, "dev_accuracy": 1, "dev_mcc": 1}).encode() + b"\n")
        for split, one in parts.items():
            draft.write(predictions_file(split), one.to_bytes())
        draft.write("model.safetensors", b"weights")
        path = store.commit(
            RUNS,
            draft,
            seconds=1.0,
            environment={},
            parents={},
            sources={"data": str(data)} if data else {},
            result=Result(best_epoch=1, parameters=PARAMETERS),
        )
    set_name(store, name, [path.name])
    return Run(path)


def test_the_dev_splits_of_some_names():
    """Both pooled only where both are there; what is no dev split is left out."""
    assert dev_splits(["train", OUT_OF_DOMAIN_DEV, IN_DOMAIN_DEV]) == ALL
    assert dev_splits(["holdout", OUT_OF_DOMAIN_DEV]) == [OUT_OF_DOMAIN_DEV]


def test_pooled_predictions_are_both_splits_in_a_row(store):
    """Nothing is predicted anew."""
    run = two_splits(store)

    assert stored_predictions(run, [POOLED_DEV, IN_DOMAIN_DEV]) == {
        POOLED_DEV: Predictions(IN.labels + OUT.labels, IN.logits + OUT.logits),
        IN_DOMAIN_DEV: IN,
    }


def test_a_run_of_one_split_has_nothing_pooled(store):
    """The split that it lacks is named."""
    run = commit_run(store)

    with pytest.raises(DataError, match=f"no predictions on '{OUT_OF_DOMAIN_DEV}'"):
        stored_predictions(run, [POOLED_DEV])


def test_eval_measures_every_split(store):
    """In domain first and as ever; then out of domain, and both pooled."""
    two_splits(store)
    result = evaluate("both", EvaluateOptions(), store)

    assert (result.split, list(result.splits)) == (IN_DOMAIN_DEV, ALL)
    assert result.metrics == IN.measure()
    assert result.splits[POOLED_DEV].metrics == measure(IN.labels + OUT.labels, IN.logits + OUT.logits)
    assert result.splits[OUT_OF_DOMAIN_DEV].threshold_free["auc"].value == pytest.approx(2 / 4)


@pytest.mark.parametrize("split", ALL)
def test_eval_measures_the_split_that_is_asked_for(store, split):
    """And no other."""
    two_splits(store)
    result = evaluate("both", EvaluateOptions(split=split), store)

    assert (result.split, list(result.splits)) == (split, [split])
    assert result.metrics == result.splits[split].metrics
    assert result.calibration is not None


def test_pooled_sentences_are_broken_down(store, tmp_path):
    """By sources of both splits, where the corpus is there; the named corpus finds the stored predictions too."""
    inside = [("in", label, 0) for label in IN.labels]
    folder = write(tmp_path / "corpus", inside)
    write(folder, [("out", label, 0) for label in OUT.labels], "out_of_domain_dev.tsv")
    digests = {name: split.digest for name, split in read_corpus(folder).splits.items()}
    two_splits(store, data=folder, digests=digests)
    own = evaluate("both", EvaluateOptions(split=POOLED_DEV), store)
    named = evaluate("both", EvaluateOptions(data=str(folder)), store)

    assert sorted((part.name, part.metrics.n) for part in own.breakdown.by_source) == [("in", 5), ("out", 4)]
    assert (list(named.splits), named.cached) == (ALL, True)
    assert named.splits == evaluate("both", EvaluateOptions(), store).splits


def test_compare_shows_every_split_and_takes_the_pooled_one(store):
    """Arms have their measures on all three; the pairs are compared on the one that is asked for."""
    two_splits(store)
    two_splits(store, 1, name="other", inside=Predictions(IN.labels, OUT.logits + OUT.logits[:1]))
    inside, pooled = (compare(["both", "other"], split, store) for split in (IN_DOMAIN_DEV, POOLED_DEV))

    assert [list(arm.splits) for arm in inside.arms] == [ALL, ALL]
    assert [list(arm.splits) for arm in pooled.arms] == [[POOLED_DEV, IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV]] * 2
    assert (inside.pairs[0].n, pooled.pairs[0].n) == (5, 9)
    assert pooled.pairs[0].threshold_free["auc"].interval is not None
    assert inside.arms[0].splits[POOLED_DEV] == pooled.arms[0].splits[POOLED_DEV]


def test_other_sentences_are_not_set_side_by_side(store):
    """Out of domain the runs were measured on different corpora: only the shared split is shown."""
    two_splits(store)
    two_splits(store, 1, name="other", digests={OUT_OF_DOMAIN_DEV: "4" * 64})

    assert [list(arm.splits) for arm in compare(["both", "other"], IN_DOMAIN_DEV, store).arms] == [[IN_DOMAIN_DEV]] * 2
    with pytest.raises(DataError, match=f"different sentences called {OUT_OF_DOMAIN_DEV}"):
        compare(["both", "other"], POOLED_DEV, store)


def test_the_documents(store, store_home, capsys):
    """What was there is as it was; every split stands beside it."""
    two_splits(store)
    two_splits(store, 1, name="other", outside=Predictions(OUT.labels, IN.logits[:4]))
    assert colacli(["eval", "both", "--json"]) == 0
    evaluated = json.loads(capsys.readouterr().out)
    assert colacli(["compare", "both", "other", "--split", POOLED_DEV, "--json"]) == 0
    compared = json.loads(capsys.readouterr().out)

    assert (evaluated["split"], evaluated["metrics"]["n"], list(evaluated["splits"])) == (IN_DOMAIN_DEV, 5, ALL)
    assert (compared["split"], compared["arms"][0]["metrics"]["n"]) == (POOLED_DEV, 9)
    assert compared["arms"][0]["splits"][OUT_OF_DOMAIN_DEV]["threshold_free"]["auc"]["mean"] == pytest.approx(0.5)
    assert set(compared["pairs"][0]["threshold_free"]["point_biserial"]) == {"value", "interval", "reason"}
