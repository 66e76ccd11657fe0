"""An adapter comes back as it was saved, and only onto a base that it fits."""

from __future__ import annotations

import json

import pytest
import torch

from colacli.config import Lora
from colacli.errors import ColacliError, ModelError
from colacli.models.adapter_config import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from colacli.models.adapters import load_adapter, save_adapter
from colacli.models.lora import add_lora
from colacli.models.weights import load_classifier
from factories.tiny import base_at, random_batch, their_config
from factories.weights import an_adapter, reload


def test_the_same_adapter_gives_the_same_bytes(tiny_base, tmp_path):
    """Equal adapters are equal files, and one loaded and saved again is too."""
    first, second = tmp_path / "a", tmp_path / "b"
    an_adapter(tiny_base, first)
    second.mkdir()
    save_adapter(second, reload(tiny_base, first), Lora(), dropout=0.25, base="somewhere")
    for name in (ADAPTER_CONFIG, ADAPTER_WEIGHTS):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_an_adapter_comes_back(tiny_base, tmp_path):
    """A saved adapter gives its model's logits again, to the bit, head and all."""
    model = an_adapter(tiny_base, tmp_path)
    batch = random_batch([3, 8])
    assert torch.equal(reload(tiny_base, tmp_path)(batch), model(batch))


def test_an_adapter_on_a_base_of_another_width(tiny_base, tmp_path):
    """An adapter is refused on a base whose states have another width, with both shapes."""
    from transformers import GPT2LMHeadModel

    GPT2LMHeadModel(their_config(n_embd=48)).save_pretrained(tmp_path / "wide")
    an_adapter(tiny_base, tmp_path)
    with pytest.raises(ModelError, match=r"adapter_model\.safetensors: .* has shape \(96,\).* \(144,\)"):
        reload(tmp_path / "wide", tmp_path)


def test_an_adapter_on_a_base_of_another_depth(tiny_base, tmp_path):
    """An adapter is refused on a base with more layers than it was made for."""
    from transformers import GPT2LMHeadModel

    GPT2LMHeadModel(their_config(n_layer=3)).save_pretrained(tmp_path / "deep")
    an_adapter(tiny_base, tmp_path)
    with pytest.raises(ModelError, match=r"adapter_model\.safetensors .* disagree about .*h\.2\."):
        reload(tmp_path / "deep", tmp_path)


@pytest.mark.parametrize("name", [ADAPTER_CONFIG, ADAPTER_WEIGHTS])
def test_an_adapter_without_one_of_its_files(tiny_base, tmp_path, name):
    """A missing file of an adapter is refused by its name."""
    an_adapter(tiny_base, tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ColacliError, match=name):
        reload(tiny_base, tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"peft_type": "IA3"}, id="another method"),
        pytest.param({"target_modules": ["q_proj", "v_proj"]}, id="another architecture"),
        pytest.param({"modules_to_save": ["norm"]}, id="another architecture's module"),
        pytest.param({"r": 0}, id="no rank"),
        pytest.param({"r": None}, id="null rank"),
    ],
)
def test_an_adapters_config_that_does_not_fit(tiny_base, tmp_path, changes):
    """A config that no adapter of this model has is a model's error with its name, not a wrong option."""
    an_adapter(tiny_base, tmp_path)
    config = tmp_path / ADAPTER_CONFIG
    config.write_text(json.dumps(json.loads(config.read_text()) | changes))
    with pytest.raises(ModelError, match=r"adapter_config\.json"):
        reload(tiny_base, tmp_path)


def test_an_adapter_that_is_a_pickle_is_refused(tiny_base, tmp_path):
    """Old PEFT wrote adapter_model.bin; the message says what it is, and how to convert it."""
    an_adapter(tiny_base, tmp_path)
    (tmp_path / ADAPTER_WEIGHTS).rename(tmp_path / "adapter_model.bin")
    with pytest.raises(ModelError, match=r"adapter_model\.bin is a pickle") as caught:
        reload(tiny_base, tmp_path)
    assert "PEFT" in caught.value.hint


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"bias": "some"}, id="unknown bias"),
        pytest.param({"lora_dropout": 1.0}, id="all dropped"),
        pytest.param({"lora_dropout": -0.1}, id="negative dropout"),
        pytest.param({"lora_dropout": "x"}, id="dropout a word"),
        pytest.param({"lora_alpha": -1}, id="negative alpha"),
        pytest.param({"lora_alpha": None}, id="no alpha"),
        pytest.param({"r": 65_537}, id="rank beyond the limit"),
        pytest.param({"r": 10**400}, id="rank beyond all numbers"),
        pytest.param({"r": [4]}, id="rank a list"),
        pytest.param({"target_modules": [["c_attn"]]}, id="targets a nest"),
        pytest.param({"target_modules": []}, id="no targets"),
        pytest.param({"target_modules": [1, 2]}, id="targets numbers"),
        pytest.param({"modules_to_save": [["ln_f"]]}, id="modules a nest"),
        pytest.param({"auto_map": {"AutoModel": "evil.Model"}}, id="code of its own"),
    ],
)
def test_an_adapters_config_out_of_bounds(tiny_base, tmp_path, changes):
    """Whoever wrote it: another type, a value out of its limits, an unknown field that is on."""
    an_adapter(tiny_base, tmp_path)
    config = tmp_path / ADAPTER_CONFIG
    config.write_text(json.dumps(json.loads(config.read_text()) | changes))
    with pytest.raises(ModelError, match=r"adapter_config\.json"):
        reload(tiny_base, tmp_path)


def test_nothing_is_allocated_for_an_adapter_that_lies(tiny_base, tmp_path):
    """A rank that the weights don't have is refused before a matrix of it is made."""
    an_adapter(tiny_base, tmp_path)
    config = tmp_path / ADAPTER_CONFIG
    config.write_text(json.dumps(json.loads(config.read_text()) | {"r": 65_536}))
    model = load_classifier(base_at(tiny_base))
    with pytest.raises(ModelError, match=r"lora_A\.weight has shape \(4, "):
        load_adapter(model, config, tmp_path / ADAPTER_WEIGHTS)
    assert not any("lora" in name for name, _ in model.named_parameters())


def test_an_adapter_that_peft_could_not_load_is_still_read(tiny_base, tmp_path):
    """Of a run that was stored before such a choice was refused."""
    lora = Lora(targets=("c_fc",), unfreeze=("attn",))
    model = load_classifier(base_at(tiny_base)).eval()
    add_lora(model, lora, 0.0)
    save_adapter(tmp_path, model, lora, dropout=0.0, base="somewhere")
    batch = random_batch([4, 9])
    assert torch.equal(reload(tiny_base, tmp_path)(batch), model(batch))
