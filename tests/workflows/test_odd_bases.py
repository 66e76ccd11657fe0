"""A base that can't be trained on is refused with a reason before anything is begun, and a part of one is fetched."""

import json
import shutil
from dataclasses import replace

import pytest
from safetensors.torch import load_file, save_file

from colacli.config import Lora, Student
from colacli.errors import ModelError, UnavailableError, UsageError
from colacli.events import ignore
from colacli.models.base import cached_folder, find_base
from colacli.models.tokenizer_files import TOKENIZER_PAIR
from colacli.training.requests import BaseChoice
from colacli.workflows.doctor import diagnose
from colacli.workflows.finetune import finetune
from colacli.workflows.generate import GenerateRequest, Sample, generate
from colacli.workflows.train_student import train_student

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 548105171\n"
WTE = "transformer.wte.weight"


@pytest.fixture
def base(tiny_base, tmp_path):
    """A copy of the tiny base model, to be changed."""
    return shutil.copytree(tiny_base, tmp_path / "base")


@pytest.fixture
def on(base, request_of):
    """A verb's request on that copy."""

    def make(verb, **execution):
        return replace(request_of(verb, **execution), base=BaseChoice(base=base))

    return make


@pytest.fixture
def cache(tiny_base, store_home):
    """GPT-2's snapshot in the Hugging Face cache, as links to files."""
    folder = store_home.parent / "hugging-face" / "hub" / "models--openai-community--gpt2"
    snapshot = folder / "snapshots" / "abc"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc")
    shutil.copytree(tiny_base, folder / "blobs")
    snapshot.mkdir(parents=True)
    for blob in (folder / "blobs").iterdir():
        (snapshot / blob.name).symlink_to(blob)
    return snapshot


def say(base, **changes):
    """Change the base's config."""
    path = base / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def greedy(base):
    """A request for text."""
    return GenerateRequest(base=base, prompt="The baker", max_new_tokens=20, temperature=0.0, device="cpu")


def looked_at(made):
    """What a dry run says when it is printed."""
    return made.parameters


def spoil(base):
    """Make one number of the embeddings NaN."""
    tensors = load_file(base / "model.safetensors")
    tensors[WTE][40, 3] = float("nan")
    save_file(tensors, base / "model.safetensors", {"format": "pt"})


@pytest.mark.parametrize("verb", [finetune, train_student])
def test_nothing_is_made_of_a_base_with_a_nan(store, base, on, verb):
    """The tensor is named, and no run is stored."""
    spoil(base)
    with pytest.raises(ModelError, match=r"wte\.weight is finite"):
        verb(on(verb), store)
    assert not list(store.root.glob("runs/*"))


def test_a_base_with_a_nan_writes_nothing(store, base):
    """Nor does `generate` use it."""
    spoil(base)
    with pytest.raises(ModelError, match=r"wte\.weight is finite"):
        generate(greedy(base), store)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("embeddings", ["teacher", "random"])
def test_a_config_that_speaks_of_more_than_there_is(store, base, on, dry_run, embeddings):
    """Two terabytes of embeddings are not allocated, though a student of random ones reads none of the base's."""
    say(base, vocab_size=16_000_000, n_embd=32_768)
    request = replace(on(train_student, dry_run=dry_run), student=Student(embeddings=embeddings, hidden=4))
    with pytest.raises(ModelError, match=r"wte\.weight has shape .* says \(16000000, 32768\)"):
        looked_at(train_student(request, store))
    assert not list(store.root.glob("work/*"))


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("lora", "named"),
    [
        (Lora(targets=("c_fc",), unfreeze=("attn",)), "attn.*c_attn"),
        (Lora(targets=("c_attn",), unfreeze=("mlp", "mlp.c_fc")), r"mlp\.c_fc is in .*mlp"),
        (Lora(targets=("c_attn",), unfreeze=("attn.c_attn",)), "adapter already"),
        (Lora(targets=("c_attn",), unfreeze=("lora_A",)), "no module"),
    ],
)
def test_an_adapter_that_peft_could_not_load(store, on, dry_run, lora, named):
    """The conflict is named before anything is begun, with `--dry-run` too."""
    with pytest.raises(UsageError, match=rf"--unfreeze.*{named}"):
        looked_at(finetune(replace(on(finetune, dry_run=dry_run), lora=lora), store))
    assert not list(store.root.glob("work/*"))


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", *TOKENIZER_PAIR, "generation_config.json"])
def test_a_pointer_of_git_lfs(store, base, file):
    """Said to be one, with the command that fetches what it points to."""
    (base / file).write_text(POINTER)
    with pytest.raises(ModelError, match=f"{file} is a Git LFS pointer") as caught:
        find_base(store, None, base, ignore)
    assert "git lfs pull" in caught.value.hint


def test_an_adapter_beside_a_model(store, base):
    """Transformers would read the adapter and the base that it names."""
    (base / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelError, match="holds an adapter"):
        find_base(store, None, base, ignore)


def test_a_text_ends_at_the_models_own_token(store, base):
    """Before the last token that was asked for, though none of these is the tokenizer's end of text."""
    assert [sample.tokens for sample in generate(greedy(base), store)] == [20]
    (base / "generation_config.json").write_text(json.dumps({"eos_token_id": list(range(1, 400))}))
    assert generate(greedy(base), store) == [Sample("", 0)]


def test_a_text_of_nothing_begins_with_the_models_own_token(store, base):
    """And is refused where the model has no row for it."""
    (base / "generation_config.json").write_text('{"bos_token_id": 100000}')
    with pytest.raises(ModelError, match="100000"):
        generate(replace(greedy(base), prompt=""), store)


def test_settings_of_writing_are_refused_where_text_is_written_alone(store, base, on):
    """`generate` names what it can't do; a training does not write."""
    (base / "generation_config.json").write_text('{"num_beams": 4}')
    with pytest.raises(ModelError, match="num_beams = 4"):
        generate(greedy(base), store)
    assert not train_student(on(train_student, dry_run=True), store).run


def test_a_whole_model_in_the_cache(cache):
    """Is what is used."""
    assert cached_folder("gpt2") == cache


@pytest.mark.parametrize("files", [TOKENIZER_PAIR, ("model.safetensors",), ("config.json",)], ids=str)
@pytest.mark.parametrize("dangling", [False, True])
def test_a_part_of_a_model_in_the_cache(store, cache, monkeypatch, files, dangling):
    """What is missing is named without a network, and fetched with one; `doctor` says the same."""
    blobs = cache.parents[1] / "blobs"
    for file in files:
        shutil.move(blobs / file, cache.parents[1])
        if not dangling:
            (cache / file).unlink()

    with pytest.raises(UnavailableError, match=f"{files[0]}.*can't be fetched"):
        find_base(store, "gpt2", None, ignore)
    (found,) = (one for one in diagnose(lambda: store) if one.what == "model gpt2")
    assert found.state == "missing"
    assert files[0] in found.detail

    def fetch(repository, *, local_files_only=False, **_):
        if not local_files_only:
            for file in files:
                (cache / file).unlink(missing_ok=True)
                shutil.copy(cache.parents[1] / file, cache)
        return str(cache)

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    assert find_base(store, "gpt2", None, ignore).folder == cache
