"""The base model of an adopted adapter: the one asked for, or the one that PEFT wrote into its config."""

import json
import shutil

import pytest

from colacli.errors import ModelError, UnavailableError, UsageError
from colacli.events import Note
from colacli.models.base import BUNDLED, HUB, read_base
from colacli.training.requests import DataChoice
from colacli.workflows.adopt import AdoptBase, AdoptOptions, AdoptRequest, adopt
from factories.adapters import peft_model

pytestmark = pytest.mark.filterwarnings(
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning",  # PEFT still asks for it
    "ignore:Adapter 'default'",
)
CONFIG = "adapter_config.json"


@pytest.fixture
def folder(tiny_base, tmp_path):
    """An adapter, in whose config PEFT wrote the base's folder."""
    peft_model(tiny_base).save_pretrained(tmp_path / "adapter")
    assert json.loads((tmp_path / "adapter" / CONFIG).read_text())["base_model_name_or_path"] == str(tiny_base)
    return tmp_path / "adapter"


def naming(folder, name):
    """The adapter with another base in its config."""
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(config | {"base_model_name_or_path": name}))


def ask(folder, corpus, **base):
    """A request to adopt it."""
    options = AdoptOptions(device="cpu")
    return AdoptRequest(adapter=folder, base=AdoptBase(**base), data=DataChoice(data=str(corpus)), options=options)


def test_a_folder_that_the_adapter_names(store, folder, tiny_base, tiny_corpus):
    """Is taken, which is said; the run is the same as with --base."""
    told = []
    run = adopt(ask(folder, tiny_corpus), store, told.append).run

    assert run.manifest.sources["base"] == str(tiny_base)
    assert run.spec.base == read_base(tiny_base).digests
    assert f"the adapter's base model, by {CONFIG}: '{tiny_base}'" in [
        one.text for one in told if isinstance(one, Note)
    ]
    assert adopt(ask(folder, tiny_corpus, base=tiny_base), store).cached


def test_a_folder_beside(store, folder, tiny_base, tiny_corpus, tmp_path, monkeypatch):
    """A relative one is looked for where the command is given, as PEFT does."""
    shutil.copytree(tiny_base, tmp_path / "near")
    naming(folder, "near")
    monkeypatch.chdir(tmp_path)
    assert adopt(ask(folder, tiny_corpus), store).run.manifest.sources["base"] == str(tmp_path / "near")


def test_a_variant_that_the_adapter_names(store, tiny_corpus, tmp_path):
    """By its name."""
    peft_model(BUNDLED["gpt2-mini"]).save_pretrained(tmp_path / "adapter")
    naming(tmp_path / "adapter", "gpt2-mini")
    run = adopt(ask(tmp_path / "adapter", tiny_corpus), store).run
    assert (run.manifest.sources["base"], run.spec.base) == ("gpt2-mini", read_base(BUNDLED["gpt2-mini"]).digests)


@pytest.mark.parametrize("name", ["gpt2", "openai-community/gpt2-xl", "distilbert/distilgpt2"])
def test_a_repository_that_the_adapter_names(store, folder, tiny_corpus, name):
    """That one is looked for; here there is neither a network nor a cache."""
    naming(folder, name)
    with pytest.raises(UnavailableError, match=f"{HUB.get(name, name)} is not in the Hugging Face cache"):
        adopt(ask(folder, tiny_corpus), store)


@pytest.mark.parametrize("name", ["someone/their-gpt2", "/absent", "sha256:" + "a" * 64, "x" * 5000, "\0", "a\nb"])
def test_another_name(store, folder, tiny_corpus, name):
    """Is an error that has it, and the way out: GPT-2 is not looked for in its place."""
    naming(folder, name)
    with pytest.raises(ModelError, match=r"is none of gpt2-mini, .*, and no folder here") as caught:
        adopt(ask(folder, tiny_corpus), store)
    assert repr(name)[:100] in caught.value.message
    assert caught.value.hint == "say where it is with --base DIR"
    assert store.run_keys() == []


@pytest.mark.parametrize("name", [None, "", 3])
def test_no_name(store, folder, tiny_corpus, name):
    """Is an error as well."""
    naming(folder, name)
    with pytest.raises(ModelError, match=r"adapter_config\.json names no base model"):
        adopt(ask(folder, tiny_corpus), store)


def test_what_is_asked_for_goes_first(store, folder, tiny_base, tiny_corpus):
    """Whatever the adapter names; two at once are an error."""
    naming(folder, "/absent")
    assert not adopt(ask(folder, tiny_corpus, base=tiny_base), store).cached
    with pytest.raises(UsageError, match="--variant and --base are both given"):
        adopt(ask(folder, tiny_corpus, base=tiny_base, variant="gpt2-mini"), store)
