"""Weights are read whole or refused with the file's name, and written the same way every time."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from colacli.config import Lora
from colacli.errors import ColacliError, IntegrityError, ModelError
from colacli.models.adapters import ADAPTER_CONFIG, ADAPTER_WEIGHTS, load_adapter, save_adapter
from colacli.models.lora import add_lora, trained
from colacli.models.student import RecurrentClassifier, StudentShape
from colacli.models.tensors import write_tensors
from colacli.models.weights import (
    STUDENT_CONFIG,
    STUDENT_WEIGHTS,
    factorised,
    load_classifier,
    load_embedding,
    load_language_model,
    load_student,
    save_student,
)
from making import random_batch, their_config

SHAPE = StudentShape(cell="lstm", vocab_size=101, width=8, hidden=6, layers=2)
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


def a_student():
    """A small student with random weights, the same every time."""
    torch.manual_seed(0)
    return RecurrentClassifier(SHAPE)


def an_adapter(base, folder):
    """A trained adapter on a base, saved in a folder."""
    torch.manual_seed(0)
    model = load_classifier(base)
    add_lora(model, Lora(), 0.0)
    for parameter in trained(model).values():
        torch.nn.init.normal_(parameter, std=0.1)
    folder.mkdir(exist_ok=True)
    save_adapter(folder, model, Lora(), dropout=0.25, base="somewhere")
    return model.eval()


def reload(base, folder):
    """A base with a folder's adapter on it."""
    model = load_classifier(base)
    load_adapter(model, folder / ADAPTER_CONFIG, folder / ADAPTER_WEIGHTS)
    return model.eval()


def test_pickles_are_refused(base):
    """A folder with weights in a pickle alone is refused, and the message says what it is."""
    (base / WEIGHTS).rename(base / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is a pickle"):
        load_language_model(base)


def test_no_weights_at_all(base):
    """A folder without weights is refused by the name of the file that it lacks."""
    (base / WEIGHTS).unlink()
    with pytest.raises(ModelError, match=r"has no model\.safetensors"):
        load_language_model(base)


@pytest.mark.parametrize("load", [load_language_model, load_classifier])
def test_a_missing_tensor(base, load):
    """Weights that lack a tensor are refused by its name; nothing is filled in."""
    change_tensors(base, lambda tensors: tensors.pop(QUERY))
    with pytest.raises(ModelError, match=r"base.* lacks h\.1\.attn\.c_attn\.weight"):
        load(base)


def test_missing_embeddings(base):
    """A student's initial embeddings are refused by name when the base lacks them."""
    change_tensors(base, lambda tensors: tensors.pop("transformer.wte.weight"))
    with pytest.raises(ModelError, match=r"wte\.weight"):
        load_embedding(base)


@pytest.mark.parametrize("load", [load_language_model, load_classifier])
def test_an_unknown_tensor(base, load):
    """Weights with a tensor that the config has no place for are refused by its name."""
    change_tensors(base, lambda tensors: tensors.update({"transformer.h.2.ln_1.bias": torch.zeros(32)}))
    with pytest.raises(ModelError, match=r"base.* holds h\.2\.ln_1\.bias"):
        load(base)


@pytest.mark.parametrize("load", [load_language_model, load_classifier])
def test_a_misshapen_tensor(base, load):
    """A tensor of another shape than the config says is refused with both shapes."""
    change_tensors(base, lambda tensors: tensors.update({QUERY: torch.zeros(32, 95)}))
    with pytest.raises(ModelError, match=r"base.*c_attn\.weight has shape \(32, 95\).* \(32, 96\)"):
        load(base)


def test_masks_in_old_checkpoints_are_no_weights(base):
    """The causal mask that old checkpoints carry is passed over."""
    before = load_language_model(base)(random_batch([7]))
    mask = {"transformer.h.0.attn.bias": torch.ones(1, 1, 64, 64)}
    change_tensors(base, lambda tensors: tensors.update(mask))
    assert torch.equal(load_language_model(base)(random_batch([7])), before)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_torn_file(base, share):
    """A file cut short anywhere is refused with its name."""
    whole = (base / WEIGHTS).read_bytes()
    (base / WEIGHTS).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(IntegrityError, match=r"base.model\.safetensors can't be read"):
        load_language_model(base)


def test_a_missing_shard(shards):
    """A shard that the index names and that is not there is refused with its name."""
    lost = sorted(shards.glob("*-of-*.safetensors"))[1]
    lost.unlink()
    with pytest.raises(ModelError, match=lost.name):
        load_language_model(shards)


@pytest.mark.parametrize("name", ["../x.safetensors", "/x.safetensors", "..\\x.safetensors", "x.bin", "..", 3, None])
def test_an_index_that_leads_elsewhere(shards, name):
    """An index may name safetensors files beside it alone; anything else is refused, be it there or not."""
    shutil.copy(next(shards.glob("*-of-*.safetensors")), shards.parent / "x.safetensors")
    change_index(shards, lambda names: names.update({QUERY: name}))
    with pytest.raises(ModelError, match=r"index\.json (names .* not a safetensors file beside|is not an index)"):
        load_language_model(shards)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"weight_map": 1}', '{"weight_map": {}}', "\x00"])
def test_an_index_that_is_none(shards, content):
    """An index that can't be understood is refused, with its name or its folder's."""
    (shards / INDEX).write_text(content)
    with pytest.raises(ModelError, match="shards"):
        load_language_model(shards)


def test_a_torn_shard(shards):
    """A shard cut short is refused with its name."""
    torn = sorted(shards.glob("*-of-*.safetensors"))[1]
    torn.write_bytes(torn.read_bytes()[:100])
    with pytest.raises(IntegrityError, match=torn.name):
        load_language_model(shards)


@pytest.mark.parametrize("content", ["", "[]", "7", '{"model_type": "bert"}', '{"model_type": "gpt2", "n_head": 5}'])
def test_a_config_that_is_no_gpt2s(base, content):
    """A config of something else, or of a shape that can't be, is refused with its name."""
    (base / "config.json").write_text(content)
    with pytest.raises(ModelError, match=r"config\.json"):
        load_language_model(base)


def test_a_student_comes_back(tmp_path):
    """A saved student gives its logits again, to the bit."""
    student = a_student().eval()
    save_student(tmp_path, student, SHAPE)
    again = load_student(tmp_path / STUDENT_CONFIG, tmp_path / STUDENT_WEIGHTS).eval()
    batch = random_batch([3, 8])
    assert torch.equal(again(batch), student(batch))


def test_a_student_of_another_shape(tmp_path):
    """A student's config and weights that don't fit each other are refused."""
    save_student(tmp_path, a_student(), SHAPE)
    config = tmp_path / STUDENT_CONFIG
    config.write_text(config.read_text().replace('"hidden": 6', '"hidden": 7'))
    with pytest.raises(IntegrityError, match="is not a student"):
        load_student(config, tmp_path / STUDENT_WEIGHTS)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cell": "lstm"}', "\x00"])
def test_a_students_config_that_is_none(tmp_path, content):
    """A student's config that can't be understood is refused."""
    save_student(tmp_path, a_student(), SHAPE)
    (tmp_path / STUDENT_CONFIG).write_text(content)
    with pytest.raises(IntegrityError, match="is not a student"):
        load_student(tmp_path / STUDENT_CONFIG, tmp_path / STUDENT_WEIGHTS)


def test_a_torn_student(tmp_path):
    """A student's weights cut short are refused with their name."""
    save_student(tmp_path, a_student(), SHAPE)
    weights = tmp_path / STUDENT_WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(IntegrityError, match=r"model\.safetensors"):
        load_student(tmp_path / STUDENT_CONFIG, weights)


def test_the_same_student_gives_the_same_bytes(tmp_path):
    """Equal students are equal files."""
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        save_student(folder, a_student(), SHAPE)
    for name in (STUDENT_CONFIG, STUDENT_WEIGHTS):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_the_order_of_tensors_changes_no_byte(tmp_path):
    """The same tensors in another order are written alike."""
    tensors = {name: torch.arange(6) for name in ("b", "c", "a")}
    write_tensors(tmp_path / "one", tensors)
    write_tensors(tmp_path / "two", dict(sorted(tensors.items())))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


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


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pkl", "model.ckpt", "model.pth"])
def test_a_pickle_of_any_name_is_refused(base, name):
    """By its name, with the way to convert it."""
    (base / WEIGHTS).rename(base / name)
    with pytest.raises(ModelError, match=f"{name} is a pickle") as caught:
        load_language_model(base)
    assert "save_pretrained" in caught.value.hint


def test_a_pickle_beside_the_weights_is_not_looked_at(base):
    """Safetensors are read, and what else lies there is nobody's."""
    before = load_language_model(base)(random_batch([7]))
    (base / "pytorch_model.bin").write_bytes(b"\x80\x04cos\nsystem\n")
    assert torch.equal(load_language_model(base)(random_batch([7])), before)


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
    model = load_classifier(tiny_base)
    with pytest.raises(ModelError, match=r"lora_A\.weight has shape \(4, "):
        load_adapter(model, config, tmp_path / ADAPTER_WEIGHTS)
    assert not any("lora" in name for name, _ in model.named_parameters())


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


@pytest.mark.parametrize(
    "changes",
    [
        {"cell": "transformer"},
        {"cell": ["rnn"]},
        {"hidden": 0},
        {"hidden": -1},
        {"hidden": 6.0},
        {"hidden": True},
        {"hidden": 10**9},
        {"layers": 10**9},
        {"layers": 65},
        {"vocab_size": 10**12},
        {"width": "8"},
        {"width": None},
        {"more": 1},
        {"bidirectional": 1},
        {"bidirectional": None},
        {"pooling": "median"},
        {"pooling": ["last"]},
        {"embedding_rank": 0},
        {"embedding_rank": 10**9},
        {"embedding_rank": 2.0},
    ],
)
def test_a_students_config_out_of_bounds(tmp_path, changes):
    """It is refused before a network of its size is made."""
    save_student(tmp_path, a_student(), SHAPE)
    config = tmp_path / STUDENT_CONFIG
    config.write_text(json.dumps(json.loads(config.read_text()) | changes))
    with pytest.raises(IntegrityError, match="is not a student"):
        load_student(config, tmp_path / STUDENT_WEIGHTS)


def test_a_plain_students_config_is_what_it_always_was(tmp_path):
    """What was added later and is not used stands in no file, so that the same run has the same bytes."""
    save_student(tmp_path, a_student(), SHAPE)
    assert set(json.loads((tmp_path / STUDENT_CONFIG).read_text())) == {
        "cell",
        "vocab_size",
        "width",
        "hidden",
        "layers",
    }


def test_a_student_of_every_option_is_read_back(tmp_path):
    """Directions, pooling and rank are in its config, and its logits are the same."""
    shape = replace(SHAPE, bidirectional=True, pooling="attention", embedding_rank=3)
    torch.manual_seed(0)
    student = RecurrentClassifier(shape).eval()
    save_student(tmp_path, student, shape)
    again = load_student(tmp_path / STUDENT_CONFIG, tmp_path / STUDENT_WEIGHTS).eval()
    batch = random_batch([3, 6])
    torch.testing.assert_close(student(batch), again(batch), rtol=0.0, atol=1e-6)  # a bit may depend on alignment


def test_factors_are_the_nearest_of_their_rank():
    """Their product misses what the truncated singular value decomposition misses; a full rank misses nothing."""
    torch.manual_seed(0)
    embedding = torch.randn(50, 8)
    values = torch.linalg.svdvals(embedding)
    for rank in (1, 3, 8):
        coordinates, projection = factorised(embedding, rank)
        assert (coordinates.shape, projection.shape) == ((50, rank), (8, rank))
        missed = (embedding - coordinates @ projection.T).norm()
        torch.testing.assert_close(missed, values[rank:].norm(), rtol=1e-5, atol=1e-4)


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
