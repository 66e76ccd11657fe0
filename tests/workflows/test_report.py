"""What a report gathers: arms, their comparison, the parts of their split, their mistakes."""

import json
import shutil

import pytest

from colacli.errors import IntegrityError, UsageError
from colacli.store.refs import set_name
from colacli.workflows.adapter_counts import HEAD, count_by_kind
from colacli.workflows.compare import compare
from colacli.workflows.report import ReportOptions, report
from factories.reported import HOSTILE, commit_arms, write_hostile
from factories.runs import DEV, flip_byte


@pytest.fixture
def hostile(store, tmp_path):
    """Three arms on a corpus, and the corpus."""
    corpus = write_hostile(tmp_path / "corpus")
    commit_arms(store, corpus)
    return corpus


def test_arms_are_compared_as_compare_does(store, hostile):
    """The pairs are those of `compare`; the teacher of the students is among the runs, once."""
    result = report(["alone", "distilled"], ReportOptions(), store)

    assert result.comparison.pairs == compare(["alone", "distilled"], DEV, store).pairs
    assert [run.spec.command for run in result.runs] == ["train-student", "train-student", "finetune", *["distil"] * 2]


def test_a_single_reference_is_one_arm(store, hostile):
    """Of all its seeds, and nothing is compared."""
    result = report(["alone"], ReportOptions(), store)

    assert [len(arm.runs) for arm in result.arms] == [2]
    assert result.comparison.pairs == []


def test_the_parts_of_a_split_are_measured(store, hostile):
    """Each sentence is in one source and in one range of lengths; accuracies are means over runs."""
    judged = report(["teacher", "alone"], ReportOptions(), store).judged

    assert [sum(part.n for part in parts) for parts in judged.parts.values()] == [8, 8]
    unacceptable = next(part for part in judged.parts["source"] if "0" in part.name)
    assert (unacceptable.n, unacceptable.majority_accuracy, unacceptable.accuracies) == (3, 1.0, [0.0, 0.0])


def test_the_surest_mistakes_are_quoted(store, hostile):
    """Those that the mean of the runs gets wrong, no more than asked for."""
    mistakes = report(["alone"], ReportOptions(mistakes=4), store).judged.mistakes[0]

    assert len(mistakes) == 4
    assert {one.sentence.text for one in mistakes} <= set(HOSTILE)
    assert all((one.probability > 0.5) != one.sentence.label and one.wrong == 2 for one in mistakes)
    assert report(["alone"], ReportOptions(mistakes=0), store).judged.mistakes == [[]]


def test_without_the_corpus_the_rest_is_there(store, hostile):
    """What needs sentences is missing, and it is said why."""
    shutil.rmtree(hostile)
    result = report(["alone", "teacher"], ReportOptions(), store)

    assert result.judged is None
    assert str(hostile) in result.missing
    assert len(result.comparison.pairs) == 1


def test_a_corpus_that_has_changed_is_not_taken_for_it(store, hostile):
    """Its sentences are not those that were judged."""
    file = hostile / "in_domain_dev.tsv"
    file.write_text(file.read_text(encoding="utf-8").replace("One", "Two"), encoding="utf-8")

    assert "other sentences" in report(["alone"], ReportOptions(), store).missing


def test_a_name_of_several_commands_is_refused(store, hostile):
    """An arm is runs of one kind."""
    keys = [run.key for run in report(["alone", "teacher"], ReportOptions(), store).runs]
    set_name(store, "mixed", keys)
    with pytest.raises(UsageError) as caught:
        report(["mixed"], ReportOptions(), store)

    assert "finetune, train-student" in caught.value.message


def test_trained_parameters_are_counted_by_kind(trainings, store):
    """The kinds add up to what was trained; the head has two rows; damage is damage."""
    run = trainings.teacher()
    counts = count_by_kind(run)

    assert sum(counts.values()) == run.parameters.trainable
    assert counts[HEAD] == 2 * 32
    flip_byte(run.path / "adapter_config.json")
    assert count_by_kind(trainings.alone()) == {}
    (run.path / "adapter_model.safetensors").write_bytes(bytes(run.manifest.files["adapter_model.safetensors"].size))
    with pytest.raises(IntegrityError):
        count_by_kind(run)


def test_arms_are_compared_on_minimal_pairs(trainings, store, tmp_path):
    """Where they are asked for; one arm has nobody to be compared with."""
    pair = {"sentence_good": "The baker finds a lamp.", "sentence_bad": "Finds a lamp the baker.", "UID": "order"}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair) + "\n")
    trainings.teacher(name="one")
    trainings.teacher(name="two", seed=1)
    options = ReportOptions(pairs=str(tmp_path / "pairs.jsonl"))

    assert {row.b for row in report(["one", "two"], options, store).pairs.rows} == {"two"}
    assert report(["one"], options, store).pairs is None


def test_a_path_is_shortened_to_a_key(store, hostile):
    """A reader has no use for where a run was."""
    key = report(["teacher"], ReportOptions(), store).runs[0].key
    result = report([str(store.root / "runs" / key), "alone"], ReportOptions(), store)

    assert [arm.label for arm in result.arms] == [f"run:{key[:12]}", "alone"]
    assert (result.comparison.pairs[0].a, result.comparison.pairs[0].b) == (f"run:{key[:12]}", "alone")
