"""Options by name make the requests of the commands, or an error that names the option."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from colacli.errors import UsageError
from colacli.options import build, options_of, request_of
from colacli.workflows.distil import DistilRequest
from colacli.workflows.finetune import FinetuneRequest
from colacli.workflows.pairs import PairsOptions
from colacli.workflows.verbs import VERBS


@pytest.mark.parametrize("verb", sorted({*VERBS} - {"distil", "adopt", "pretrain-student"}))
def test_without_options_it_is_the_default(verb):
    """A request of nothing is the request with all defaults."""
    kind = VERBS[verb].request

    assert request_of(kind, {}, verb) == kind()


def test_an_option_reaches_the_dataclass_that_has_it():
    """By the flag's name, however deep."""
    given = {"lr": 2, "rank": 8, "data": Path("corpus"), "name": "one", "base": "folder"}
    request = request_of(FinetuneRequest, given, "finetune")

    assert (request.training.learning_rate, request.lora.rank, request.data.data) == (2.0, 8, "corpus")
    assert (request.execution.name, request.base.base) == ("one", Path("folder"))


@pytest.mark.parametrize("targets", ["c_fc, c_attn", ["c_fc", "c_attn"], ("c_fc", "c_attn")])
def test_a_list_is_a_list_or_text_with_commas(targets):
    """As on the command line, or as in Python."""
    assert request_of(FinetuneRequest, {"targets": targets}, "finetune").lora.targets == ("c_fc", "c_attn")


def test_numbers_of_numpy_are_numbers():
    """Of a loop over an array."""
    request = request_of(FinetuneRequest, {"seed": np.int64(3), "lr": np.float64(0.5)}, "finetune")

    assert (request.training.seed, type(request.training.seed)) == (3, int)
    assert request.training.learning_rate == 0.5


def test_what_may_be_nothing_may_be_none():
    """`bos=None` is as without it, and False is False."""
    assert request_of(PairsOptions, {"bos": None}, "pairs").bos is None
    assert request_of(PairsOptions, {"bos": False}, "pairs").bos is False


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({"epoch": 1}, "finetune has no option 'epoch'", "did you mean epochs?"),
        ({"learning_rate": 1}, "finetune has no option 'learning_rate'", "did you mean lr?"),
        ({"batch-size": 1}, "finetune has no option 'batch-size'", "did you mean batch_size?"),
        ({"epochs": "3"}, "epochs='3' is not an integer", "Passes over the training sentences."),
        ({"epochs": 2.5}, "epochs=2.5 is not an integer", "Passes over the training sentences."),
        ({"epochs": True}, "epochs=True is not an integer", "Passes over the training sentences."),
        ({"lr": "much"}, "lr='much' is not a number", "Adam's learning rate, at the first step."),
        ({"init": "x"}, "init='x' is not one of xavier, kaiming, gaussian", "Initial values of A; B starts at zero."),
        ({"force": 1}, "force=1 is not True or False", "Compute it even if it is stored, and compare the bytes."),
    ],
)
def test_what_is_wrong_is_named(given, message, hint):
    """The option, its value and what it takes; of an unknown one the nearest."""
    with pytest.raises(UsageError) as caught:
        request_of(FinetuneRequest, given, "finetune")

    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_one_that_nothing_is_near_gets_the_list():
    """All there are."""
    with pytest.raises(UsageError) as caught:
        request_of(PairsOptions, {"zzzzzz": 1}, "pairs")

    assert caught.value.hint.startswith("it has base, batch_size, bos, columns, data, ")


def test_limits_are_checked():
    """By the dataclass itself, as for the command line."""
    with pytest.raises(UsageError, match="--epochs must be at least 1, not 0"):
        request_of(FinetuneRequest, {"epochs": 0}, "finetune")


def test_what_is_required_must_be_there():
    """Distillation has a teacher."""
    with pytest.raises(UsageError, match="distil needs teacher"):
        request_of(DistilRequest, {}, "distil")


def test_text_that_is_not_utf8_is_refused():
    """As on the command line."""
    with pytest.raises(UsageError, match="name is not UTF-8"):
        request_of(FinetuneRequest, {"name": "\udcff"}, "finetune")


def test_building_takes_the_values_that_it_uses():
    """Others stay, for another dataclass of the same command."""
    values = {option.name: option.field.default for option in options_of(PairsOptions)} | {"other": 1}

    assert build(PairsOptions, values) == PairsOptions()
    assert values == {"other": 1}


def test_names_of_a_request_are_its_own():
    """No two options of one request have one name."""
    for verb in VERBS.values():
        names = [option.name for option in options_of(verb.request)]
        assert len(names) == len(set(names))
        assert all(dataclasses.is_dataclass(option.owner) for option in options_of(verb.request))
