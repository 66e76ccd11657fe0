"""The folder that `--to hub` makes: what of a run is in it, and what the hub reads of its card."""

import json

import pytest
from huggingface_hub import ModelCard

from colacli.errors import ModelError, UsageError
from colacli.results import metrics_of
from colacli.training.requests import BaseChoice
from colacli.workflows.export import verify_export
from factories.exporting import exported


@pytest.fixture
def adapter(cache, trainings, tmp_path):
    """A teacher on a base from the hub, and its folder."""
    trainings.base = BaseChoice(variant="gpt2")
    run = trainings.teacher()
    exported(trainings, run, "hub", tmp_path / "adapter")
    return run, tmp_path / "adapter"


def card_of(folder):
    """The card as the hub's library reads it."""
    return ModelCard.load(folder / "README.md")


def test_an_adapter_goes_with_the_name_of_its_base(trainings, adapter):
    """Its config and its card name the repository; the run's own bytes are there, and its record is sound."""
    run, folder = adapter
    data = card_of(folder).data

    assert (data.base_model, data.library_name, data.license) == ("openai-community/gpt2", "peft", "mit")
    assert data.to_dict()["base_model_relation"] == "adapter"
    assert json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] == data.base_model
    assert (folder / "adapter_model.safetensors").read_bytes() == run.read("adapter_model.safetensors")
    assert verify_export(folder, trainings.store).faults == []


def test_the_card_has_every_result(adapter):
    """As `model-index`: each measure on each split, with the number of sentences and the split's digest."""
    run, folder = adapter
    given = {
        (result.dataset_split, result.metric_type): result.metric_value for result in card_of(folder).data.eval_results
    }

    names = {"accuracy": "accuracy", "matthews_correlation": "mcc", "f1": "f1"}
    assert given == {
        (split, metric): getattr(metrics, field)
        for split, metrics in metrics_of(run).items()
        for metric, field in names.items()
    }
    assert {result.dataset_args["sha256"] for result in card_of(folder).data.eval_results} == {
        run.spec.data[split] for split in metrics_of(run)
    }


def test_the_text_of_the_card_is_the_runs(adapter):
    """Below the metadata it says what the run's own card says."""
    run, folder = adapter

    assert card_of(folder).text.strip() == run.read("README.md").decode().strip()


def test_no_path_of_this_machine_is_in_it(trainings, adapter, tmp_path, tiny_base, tiny_corpus):
    """Neither of an adapter, nor of a merged model, nor of a student: not the base's, the corpus' or the store's."""
    run, folder = adapter
    exported(trainings, run, "hub", tmp_path / "merged", merged=True)
    exported(trainings, trainings.alone(), "hub", tmp_path / "student")
    paths = [str(path).encode() for path in (tiny_base, tiny_corpus, tmp_path, tiny_base.parent.parent)]

    for made in (folder, tmp_path / "merged", tmp_path / "student"):
        for file in made.rglob("*"):
            assert not [path for path in paths if path in file.read_bytes()], file


def test_a_merged_model_and_a_student(trainings, tmp_path):
    """A base of one's own is merged in and named by nobody; a student is its graph, which has no base."""
    exported(trainings, trainings.teacher(), "hub", tmp_path / "merged", merged=True, licence="cc-by-4.0")
    result = exported(trainings, trainings.alone(), "hub", tmp_path / "student")
    merged, student = card_of(tmp_path / "merged").data, card_of(tmp_path / "student").data

    assert (merged.library_name, merged.base_model, merged.license) == ("transformers", None, "cc-by-4.0")
    assert (student.library_name, student.base_model, student.license) == ("onnx", None, None)
    assert "the card names no licence: --licence names one" in result.written[0].notes
    assert "model.onnx" in result.files


def test_an_adapter_without_a_public_base_is_refused(trainings, tmp_path):
    """Nobody could load it; and a student has nothing to merge."""
    with pytest.raises(ModelError, match="is not one from the hub") as caught:
        exported(trainings, trainings.teacher(), "hub", tmp_path / "out")
    assert "--merged" in caught.value.hint
    with pytest.raises(UsageError, match="has no adapter to merge"):
        exported(trainings, trainings.alone(), "hub", tmp_path / "out", merged=True)
