"""Weights are read whole or refused with the file's name, and written the same way every time."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from colacli.errors import ColacliError, IntegrityError, ModelError
from colacli.models.adapter_config import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from colacli.models.tensors import write_tensors
from colacli.models.weights import (
    STUDENT_CONFIG,
    STUDENT_WEIGHTS,
    load_classifier,
    load_embedding,
    load_language_model,
    load_student,
    save_student,
)
from factories.tiny import base_at, random_batch, their_config
from factories.weights import SHAPE, a_student, an_adapter, reload

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
QUERY = "transformer.h.1.attn.c_attn.weight"


@pytest.fixture
def base(tiny_base, tmp_path):
    """A copy of the tiny base model, to be damaged."""
    return shutil.copytree(tiny_base, tmp_path / "base")


@pytest.fixture
def shards(tmp_path):
    """A base model in several files."""
    from transformers import GPT2LMHeadModel

    folder = tmp_path / "shards"
    GPT2LMHeadModel(their_config()).save_pretrained(folder, max_shard_size="40KB")
    return folder


def change_tensors(base, change):
    """Rewrite a base model's weights after `change` was done to them."""
    tensors = load_file(base / WEIGHTS)
    change(tensors)
    save_file(tensors, base / WEIGHTS)


def change_index(folder, change):
    """Rewrite an index of shards after `change` was done to it."""
    index = json.loads((folder / INDEX).read_text())
    change(index["weight_map"])
    (folder / INDEX).write_text(json.dumps(index))


def test_pickles_are_refused(base):
    """A folder with weights in a pickle alone is refused, and the message says what it is."""
    (base / WEIGHTS).rename(base / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is a pickle"):
        load_language_model(base_at(base))


def test_no_weights_at_all(base):
    """A folder without weights is refused by the name of the file that it lacks."""
    (base / WEIGHTS).unlink()
    with pytest.raises(ModelError, match=r"has no model\.safetensors"):
        load_language_model(base_at(base))


@pytest.mark.parametrize("load", [load_language_model, load_classifier])
def test_a_missing_tensor(base, load):
    """Weights that lack a tensor are refused by its name; nothing is filled in."""
    change_tensors(base, lambda tensors: tensors.pop(QUERY))
    with pytest.raises(ModelError, match=r"base.* lacks h\.1\.attn\.c_attn\.weight"):
        load(base_at(base))


def test_missing_embeddings(base):
    """A student's initial embeddings are refused by name when the base lacks them."""
    change_tensors(base, lambda tensors: tensors.pop("transformer.wte.weight"))
    with pytest.raises(ModelError, match=r"wte\.weight"):
        load_embedding(base_at(base))


@pytest.mark.parametrize("load", [load_language_model, load_classifier])
def test_an_unknown_tensor(base, load):
    """Weights with a tensor that the config does not have are refused by its name."""
    change_tensors(base, lambda tensors: tensors.update({"transformer.h.2.ln_1.bias": torch.zeros(32)}))
    with pytest.raises(ModelError, match=r"base.* holds h\.2\.ln_1\.bias"):
        load(base_at(base))


@pytest.mark.parametrize("load", [load_language_model, load_classifier])
def test_a_misshapen_tensor(base, load):
    """A tensor of another shape than the config says is refused with both shapes."""
    change_tensors(base, lambda tensors: tensors.update({QUERY: torch.zeros(32, 95)}))
    with pytest.raises(ModelError, match=r"base.*c_attn\.weight has shape \(32, 95\).* \(32, 96\)"):
        load(base_at(base))


def test_masks_in_old_checkpoints_are_no_weights(base):
    """The causal mask that old checkpoints carry is passed over."""
    before = load_language_model(base_at(base))(random_batch([7]))
    mask = {"transformer.h.0.attn.bias": torch.ones(1, 1, 64, 64)}
    change_tensors(base, lambda tensors: tensors.update(mask))
    assert torch.equal(load_language_model(base_at(base))(random_batch([7])), before)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_torn_file(base, share):
    """A file cut short anywhere is refused with its name."""
    whole = (base / WEIGHTS).read_bytes()
    (base / WEIGHTS).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(IntegrityError, match=r"base.model\.safetensors can't be read"):
        load_language_model(base_at(base))


def test_a_missing_shard(shards):
    """A shard that the index names and that is not there is refused with its name."""
    lost = sorted(shards.glob("*-of-*.safetensors"))[1]
    lost.unlink()
    with pytest.raises(ModelError, match=lost.name):
        load_language_model(base_at(shards))


@pytest.mark.parametrize("name", ["../x.safetensors", "/x.safetensors", "..\\x.safetensors", "x.bin", "..", 3, None])
def test_an_index_that_leads_elsewhere(shards, name):
    """An index may name safetensors files beside it alone; anything else is refused, be it there or not."""
    shutil.copy(next(shards.glob("*-of-*.safetensors")), shards.parent / "x.safetensors")
    change_index(shards, lambda names: names.update({QUERY: name}))
    with pytest.raises(ModelError, match=r"index\.json (names .* not a safetensors file beside|is not an index)"):
        load_language_model(base_at(shards))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"weight_map": 1}', '{"weight_map": {}}', "\x00"])
def test_an_index_that_is_none(shards, content):
    """An index that can't be understood is refused, with its name or its folder's."""
    (shards / INDEX).write_text(content)
    with pytest.raises(ModelError, match="shards"):
        load_language_model(base_at(shards))


def test_a_torn_shard(shards):
    """A shard cut short is refused with its name."""
    torn = sorted(shards.glob("*-of-*.safetensors"))[1]
    torn.write_bytes(torn.read_bytes()[:100])
    with pytest.raises(IntegrityError, match=torn.name):
        load_language_model(base_at(shards))


@pytest.mark.parametrize("content", ["", "[]", "7", '{"model_type": "bert"}', '{"model_type": "gpt2", "n_head": 5}'])
def test_a_config_that_is_no_gpt2s(base, content):
    """A config of something else, or of a shape that can't be, is refused with its name."""
    (base / "config.json").write_text(content)
    with pytest.raises(ModelError, match=r"config\.json"):
        load_language_model(base_at(base))


def test_the_order_of_tensors_changes_no_byte(tmp_path):
    """The same tensors in another order are written alike."""
    tensors = {name: torch.arange(6) for name in ("b", "c", "a")}
    write_tensors(tmp_path / "one", tensors)
    write_tensors(tmp_path / "two", dict(sorted(tensors.items())))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pkl", "model.ckpt", "model.pth"])
def test_a_pickle_of_any_name_is_refused(base, name):
    """By its name, with the way to convert it."""
    (base / WEIGHTS).rename(base / name)
    with pytest.raises(ModelError, match=f"{name} is a pickle") as caught:
        load_language_model(base_at(base))
    assert "save_pretrained" in caught.value.hint


def test_a_pickle_beside_the_weights_is_not_looked_at(base):
    """Safetensors are read, and what else lies there is nobody's."""
    before = load_language_model(base_at(base))(random_batch([7]))
    (base / "pytorch_model.bin").write_bytes(b"\x80\x04cos\nsystem\n")
    assert torch.equal(load_language_model(base_at(base))(random_batch([7])), before)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: torch.full_like(one, float("nan")), id="NaN"),
        pytest.param(lambda one: torch.full_like(one, float("inf")), id="infinite"),
        pytest.param(lambda one: one.to(torch.int32), id="integers"),
        pytest.param(lambda one: one.to(torch.complex64), id="complex"),
    ],
)
@pytest.mark.parametrize("kind", ["adapter", "student"])
def test_weights_that_are_no_finite_numbers_are_refused(tiny_base, tmp_path, kind, change):
    """Of an adapter and of a student; the first is named."""
    if kind == "adapter":
        an_adapter(tiny_base, tmp_path)
    else:
        save_student(tmp_path, a_student(), SHAPE)
    path = tmp_path / (ADAPTER_WEIGHTS if kind == "adapter" else STUDENT_WEIGHTS)
    tensors = load_file(path)
    name = sorted(tensors)[0]
    save_file({**tensors, name: change(tensors[name])}, path)

    with pytest.raises(ColacliError, match="finite numbers"):
        reload(tiny_base, tmp_path) if kind == "adapter" else load_student(tmp_path / STUDENT_CONFIG, path)


@pytest.mark.parametrize("file", ["config.json", ADAPTER_CONFIG, STUDENT_CONFIG])
def test_a_config_that_is_nested_without_end(base, tmp_path, file):
    """A bomb of brackets is an error like any other."""
    an_adapter(base, tmp_path)
    save_student(tmp_path, a_student(), SHAPE)
    place = base if file == "config.json" else tmp_path
    (place / file).write_text("[" * 1_000_000)
    read = {STUDENT_CONFIG: lambda: load_student(tmp_path / STUDENT_CONFIG, tmp_path / STUDENT_WEIGHTS)}
    with pytest.raises(ColacliError, match="nested too deeply"):
        read.get(file, lambda: reload(base, tmp_path))()
