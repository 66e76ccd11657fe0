"""`pairs` prefers the better sentence, counts ties half, and computes a score once."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from colacli.errors import DataError, ModelError, UsageError
from colacli.events import Work, ignore
from colacli.models.base import read_base
from colacli.training.scorer import load_scorer
from colacli.workflows import pairs as workflow
from colacli.workflows.compare import compare
from colacli.workflows.compare_pairs import compare_pairs
from colacli.workflows.data import bring_in, listing
from colacli.workflows.pair_groups import groups
from colacli.workflows.pairs import PairsOptions, pairs
from factories.pair_scores import made_up_arm, write_pairs
from factories.runs import DEV


@pytest.fixture
def folder(tmp_path):
    """A folder of pairs."""
    return write_pairs(tmp_path / "pairs")


@pytest.fixture
def options(tiny_base, folder):
    """The tiny base on these pairs."""
    return lambda **changes: PairsOptions(**{"base": tiny_base, "data": str(folder), **changes})


def test_a_language_model_by_its_log_probabilities(options, store, tiny_base, folder):
    """As many right as the scorer's sums say; stored, so that the second time nothing is computed."""
    first, second = (pairs(None, options(), store) for _ in range(2))
    texts = workflow.find_pairs(store, str(folder)).texts
    work = Work("scoring", 0, 0)
    sums = load_scorer(read_base(tiny_base), "fp32", "cpu").on_texts(texts, "test", lambda _: None, work).sums
    right = int((sums[::2] > sums[1::2]).sum())
    assert sum(group.right for group in first.by_paradigm) == right
    assert (first.cached, second.cached) == (False, True)
    assert second.by_paradigm == first.by_paradigm
    assert (first.score, first.bos, first.precision) == ("sum", True, "fp32")
    assert first.mean == pytest.approx(sum(group.accuracy for group in first.by_paradigm) / 2)
    assert first.interval[0] <= first.mean <= first.interval[1]
    assert [group.n for group in first.by_phenomenon] == [30]
    assert first.by_field == []


def test_what_is_stored_is_known_by_what_made_it(options, store, monkeypatch):
    """The mean comes with the sum; without the start token, in bf16, or of another paradigm they are other scores."""
    pairs(None, options(), store)
    assert pairs(None, options(score="mean"), store).cached
    assert pairs(None, options(paradigm=("second",)), store).cached
    for changes in ({"bos": False}, {"precision": "bf16", "force_precision": True}):
        assert not pairs(None, options(**changes), store).cached


def test_a_part_is_stored_by_itself(options, store):
    """One paradigm alone is computed alone, and found again."""
    first, second = (pairs(None, options(paradigm=("first",)), store) for _ in range(2))
    assert (first.cached, second.cached) == (False, True)
    assert [group.name for group in first.by_paradigm] == ["first"]
    assert not pairs(None, options(), store).cached


def test_a_run_by_its_logits(distillation, options, store):
    """The difference of its two logits decides; options of language models are refused."""
    result = pairs("teacher", options(base=None), store)
    assert (result.score, result.bos, result.key) == ("logit difference", None, distillation.first.key)
    assert pairs("teacher", options(base=None), store).cached
    for name, value in {"score": "sum", "bos": True, "precision": "fp32"}.items():
        with pytest.raises(UsageError, match=f"--{name} is of language models"):
            pairs("teacher", options(base=None, **{name: value}), store)
    with pytest.raises(UsageError, match="--variant"):
        pairs("teacher", options(base=None, variant="gpt2-mini"), store)


def test_ties_count_half_and_are_counted(folder, store):
    """Of four pairs one right, two ties and one wrong are half of them; the worst group is first."""
    made = workflow.find_pairs(store, str(folder)).pairs[:4]
    scores = [(2.0, 1.0), (1.0, 1.0), (0.5, 0.5), (1.0, 2.0)]
    [group] = groups(made, scores, lambda pair: pair.paradigm)
    assert (group.n, group.right, group.ties, group.accuracy) == (4, 1, 2, 0.5)
    ordered = groups(made, scores, lambda pair: "wrong" if pair is made[3] else "other")
    assert [group.name for group in ordered] == ["wrong", "other"]


def test_a_base_without_a_start_token(tmp_path, tiny_base, store, options):
    """It is scored without one, and says so where one is asked for."""
    copy = tmp_path / "base"
    copy.mkdir()
    for file in tiny_base.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / "generation_config.json").write_text('{"bos_token_id": 100000}')
    with pytest.raises(ModelError, match="no document-start token") as caught:
        pairs(None, options(base=copy), store)
    assert "--no-bos" in caught.value.hint
    assert pairs(None, options(base=copy, bos=False), store).bos is False


def test_a_sentence_of_one_token_needs_the_start_token(tmp_path, options, store):
    """Without it nothing of the sentence is scored; the error names its line."""
    path = tmp_path / "short.jsonl"
    path.write_text(json.dumps({"sentence_good": "The lamp.", "sentence_bad": "."}) + "\n")
    with pytest.raises(DataError, match=r"short\.jsonl, line 1: the sentence has one token"):
        pairs(None, options(data=str(path), bos=False), store)
    assert pairs(None, options(data=str(path)), store).by_paradigm[0].n == 1


def test_imported_pairs_are_listed(folder, store, options):
    """`data import` takes them, `data list` counts them, `--data` finds them."""
    arrival = bring_in(store, folder, "mine")
    assert arrival.sizes == {"pairs": 30}
    assert {known.name: known.sizes for known in listing(store)}["mine"] == {"pairs": 30}
    assert pairs(None, options(data="mine"), store).digest == arrival.digests["pairs"]


def test_arms_are_compared_by_phenomenon(distillation, folder, store):
    """What is missing is computed; counts are those of each run's own result."""
    other = distillation.alone().key
    result = compare(["teacher", other], "in_domain_dev", store)
    [row] = compare_pairs(result, str(folder), store, lambda _: None).rows
    accuracies = [pairs(name, PairsOptions(data=str(folder)), store) for name in ("teacher", other)]
    assert all(one.cached for one in accuracies)
    assert row.phenomenon == "order"
    assert row.comparison.n == 30
    right = [sum(group.credit for group in one.by_paradigm) / 30 for one in accuracies]
    assert list(row.comparison.means) == pytest.approx(right)
    assert row.comparison.difference == pytest.approx(right[0] - right[1])
    assert row.ties == tuple(sum(group.ties for group in one.by_paradigm) for one in accuracies)
    assert row.comparison.sign_test is not None


def test_a_constant_judge_is_half_right(store, folder):
    """It ties in every pair: that counts as chance, not as all wrong."""
    made_up_arm(store, folder, "constant", [1], None, "finetune")
    made_up_arm(store, folder, "random", [1], 0.5)
    [row] = compare_pairs(compare(["constant", "random"], DEV, store), str(folder), store, ignore).rows
    assert (row.comparison.means[0], row.ties) == (0.5, (30, 0))
    assert row.comparison.p > 0.05
    assert sum(row.comparison.better) == 30


def test_arms_of_several_seeds(store, folder):
    """Two arms of ten seeds: means over all runs, an interval over seeds and sentences, and no sign test."""
    made_up_arm(store, folder, "good", range(10), 0.9, "distil")
    made_up_arm(store, folder, "poor", range(10), 0.4)
    [row] = compare_pairs(compare(["good", "poor"], DEV, store), str(folder), store, ignore).rows
    found = row.comparison
    assert found.means == pytest.approx((0.9, 0.4), abs=0.06)
    assert found.interval[0] < found.difference < found.interval[1]
    assert (found.better, found.sign_test) == (None, None)
    assert found.holm_p < 1e-6


def test_a_hit_needs_no_torch(options, store):
    """Where all scores are stored, `pairs` does not import torch."""
    pairs(None, options(), store)
    made = options()
    code = (
        "import sys; from pathlib import Path; from colacli.store.store import Store;"
        "from colacli.workflows.pairs import PairsOptions, pairs;"
        f"options = PairsOptions(base=Path({str(made.base)!r}), data={made.data!r});"
        f"r = pairs(None, options, Store(Path({str(store.root)!r})));"
        "assert r.cached; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
