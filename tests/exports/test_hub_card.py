"""The metadata of cards: what is known of a run's inputs is named as the hub names it, and nothing else is."""

import pytest
from huggingface_hub import ModelCard

from colacli.exports.card import CARD
from colacli.exports.hub_card import add_metadata
from colacli.parameters import ParameterCounts
from colacli.results import METRICS
from colacli.store.artifact import RUNS
from colacli.store.canonical import canonical
from colacli.store.manifest import Result
from colacli.store.run import Run
from factories.runs import DEV, answering, fill, make_spec

OUT_OF_DOMAIN = "out_of_domain_dev"


@pytest.fixture
def describe(store, tmp_path):
    """A card of a run with these sources that was measured on two splits; its metadata and the notes."""

    def card(relation=None, licence=None, **sources):
        spec = make_spec(data={"train": "1" * 64, DEV: "2" * 64, OUT_OF_DOMAIN: "3" * 64})
        measured = {DEV: answering([0, 1, 1, 1]).measure(), OUT_OF_DOMAIN: answering([0, 0, 1, 1]).measure()}
        with store.draft(spec) as draft:
            fill(draft)
            draft.write(METRICS, canonical(measured))
            result = Result(best_epoch=1, parameters=ParameterCounts(1, 1))
            path = store.commit(RUNS, draft, seconds=1.0, environment={}, parents={}, sources=sources, result=result)
        (tmp_path / CARD).write_text("# A run\n")
        notes = add_metadata(Run(path), tmp_path, "onnx", relation, licence)
        return measured, ModelCard.load(tmp_path / CARD), notes

    return card


def test_what_is_published_is_named(describe):
    """CoLA by the data set that has its sentences, with both splits apart; GPT-2 with its repository and licence."""
    measured, card, notes = describe("adapter", base="gpt2", data="cola")
    data = card.data

    assert (data.language, data.license, data.datasets) == ("en", "mit", "nyu-mll/glue")
    assert (data.base_model, data.to_dict()["base_model_relation"]) == ("openai-community/gpt2", "adapter")
    assert notes == []
    assert {(one.dataset_type, one.dataset_config) for one in data.eval_results} == {("nyu-mll/glue", "cola")}
    accuracies = {one.dataset_split: one.metric_value for one in data.eval_results if one.metric_type == "accuracy"}
    assert accuracies == {split: metrics.accuracy for split, metrics in measured.items()}
    assert card.text.startswith("\n# A run\n\n## Data\n\ncola, https://nyu-mll.github.io/CoLA/.")
    assert "copyright remains with their authors" in card.text


def test_what_is_ones_own_is_not_named(describe):
    """A folder's path is in no field: the corpus is a digest, the base is left out, and notes say what is missing."""
    _, card, notes = describe("finetune", base="/home/ada/secret-base", data="/home/ada/secret-corpus")
    data = card.data

    assert (data.language, data.license, data.datasets, data.base_model) == (None, None, None, None)
    assert {one.dataset_type for one in data.eval_results} == {f"sha256:{digit * 64}" for digit in "23"}
    assert "secret" not in card.content
    assert card.text.strip() == "# A run"
    assert [note.rpartition("no ")[2].partition(":")[0] for note in notes] == [
        "licence",
        "language",
        "data set on the hub",
        "base model on the hub",
    ]


def test_a_licence_that_is_given(describe):
    """It stands in the place of the base model's, and of a missing one."""
    assert describe(licence="cc-by-4.0", base="gpt2", data="cola")[1].data.license == "cc-by-4.0"
