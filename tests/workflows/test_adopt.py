"""An adapter that PEFT made elsewhere becomes a run with PEFT's own logits, or is refused by its true name."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2LMHeadModel

from colacli.errors import ColacliError, DataError, IntegrityError, ModelError
from colacli.results import check_results, history_of, predictions_of
from colacli.store.canonical import document
from colacli.store.files import hash_file
from colacli.store.refs import resolve_one
from colacli.training.plan import DryRun
from colacli.training.requests import BaseChoice, DataChoice
from colacli.workflows.adopt import AdoptOptions, AdoptRequest, adopt, note_reversed, plan_adopt
from colacli.workflows.compare import compare
from colacli.workflows.runs import listing
from colacli.workflows.verify import verify
from factories.adapters import peft_model
from factories.exporting import exported
from factories.runs import answering, commit_run
from factories.tiny import their_config, tokenizer_at, write_tokenizer

pytestmark = pytest.mark.filterwarnings(
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning",  # PEFT still asks for it
    "ignore:Adapter 'default'",
    "ignore:fan_in_fan_out is set to False",
)
CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


@pytest.fixture
def asked(tiny_base, tiny_corpus, tmp_path):
    """A request for an adapter's folder; `changes` are options."""

    def ask(folder, data=tiny_corpus, **changes):
        return AdoptRequest(
            adapter=folder,
            base=BaseChoice(base=tiny_base),
            data=DataChoice(data=str(data)),
            options=AdoptOptions(**({"device": "cpu"} | changes)),
        )

    return ask


@pytest.fixture
def folder(tiny_base, tmp_path):
    """A plain adapter."""
    peft_model(tiny_base).save_pretrained(tmp_path / "adapter")
    return tmp_path / "adapter"


SETTINGS = [
    pytest.param({}, id="plain"),
    pytest.param({"r": 1, "lora_alpha": 9, "target_modules": ["c_attn"]}, id="attention"),
    pytest.param({"r": 5, "use_rslora": True, "target_modules": ["c_fc", "attn.c_proj"]}, id="rslora"),
    pytest.param({"bias": "lora_only", "modules_to_save": ["ln_f", "score"]}, id="biases"),
    pytest.param({"modules_to_save": ["classifier"], "lora_dropout": 0.5}, id="dropout"),
    pytest.param({"fan_in_fan_out": False, "target_modules": "all-linear"}, id="PEFT mends fan_in_fan_out"),
    pytest.param({"target_modules": ["h.0.attn.c_attn"], "layers_to_transform": []}, id="one layer"),
    pytest.param({"task": None, "modules_to_save": ["score"]}, id="no task"),
]


@pytest.mark.parametrize("settings", SETTINGS)
@torch.no_grad()
def test_its_logits_are_pefts(store, asked, tiny_base, trainings, tmp_path, settings):
    """On every split but train, for several targets, ranks, scales and trained modules."""
    theirs = peft_model(tiny_base, **settings)
    theirs.save_pretrained(tmp_path / "adapter")
    run = adopt(asked(tmp_path / "adapter"), store).run
    tokenizer = tokenizer_at(tiny_base)

    for split in ("in_domain_dev", "out_of_domain_dev"):
        texts = trainings.corpus.split(split).texts
        expected = [theirs(torch.tensor([tokenizer.encode(text).ids])).logits[0].tolist() for text in texts]
        given = torch.tensor(predictions_of(run, split).logits)
        torch.testing.assert_close(given, torch.tensor(expected), rtol=0.0, atol=1e-4)


def test_what_identifies_it(store, asked, folder):
    """Its files' digests stand in the spec, and its bytes in the run; no path does, nor train."""
    run = adopt(asked(folder), store).run

    assert document(run.spec.adapter) == {"config": hash_file(folder / CONFIG), "weights": hash_file(folder / WEIGHTS)}
    assert all((run.path / name).read_bytes() == (folder / name).read_bytes() for name in (CONFIG, WEIGHTS))
    assert str(folder) not in (run.path / "spec.json").read_text()
    assert sorted(run.spec.data) == ["in_domain_dev", "out_of_domain_dev"]
    assert (run.spec.command, run.best_epoch, history_of(run)) == ("adopt", 0, [])
    check_results(run)


def test_it_is_adopted_once(store, asked, folder, tmp_path):
    """The same adapter from another folder is a hit; another one is another run."""
    first = adopt(asked(folder), store)
    again = adopt(asked(shutil.copytree(folder, tmp_path / "copy")), store)
    weights = load_file(folder / WEIGHTS)
    save_file({name: 2 * tensor for name, tensor in weights.items()}, folder / WEIGHTS, {"format": "pt"})
    other = adopt(asked(folder), store)

    assert (first.cached, again.cached, other.cached) == (False, True, False)
    assert first.run.key == again.run.key != other.run.key
    assert isinstance(adopt(asked(folder, dry_run=True), store), DryRun)


def test_it_is_measured_again(store, asked, folder):
    """`--force` gives the same bytes."""
    adopt(asked(folder), store)
    agreement = adopt(asked(folder, force=True), store).agreement
    assert set(agreement.values()) == {"same"}


def test_it_is_a_teacher_an_arm_and_an_export(trainings, asked, folder, tmp_path):
    """It is used as a run that was trained here, and everything in the store stays sound."""
    run = adopt(asked(folder, name="theirs"), trainings.store).run
    student = trainings.distilled(teacher="theirs")
    exported(trainings, run, "transformers", tmp_path / "out")

    assert student.spec.parents == {"teacher": run.key}
    assert len(compare(["theirs", str(student.path)], "in_domain_dev", trainings.store).pairs) == 1
    assert resolve_one(trainings.store, "theirs").key == run.key
    assert len(listing(trainings.store).runs) == 2
    assert verify(trainings.store, [], deep=True, aside=False).faults == []


def test_a_file_that_changes_meanwhile(store, asked, folder, monkeypatch):
    """Is an error: the key says other bytes."""
    from colacli.workflows import adopt as module

    def and_change(request, store, on_event):
        plan = plan_adopt(request, store, on_event)
        config = json.loads((folder / CONFIG).read_text())
        (folder / CONFIG).write_text(json.dumps(config | {"peft_version": "another"}))
        return plan

    monkeypatch.setattr(module, "plan_adopt", and_change)
    with pytest.raises(IntegrityError, match="has changed just now"):
        adopt(asked(folder), store)
    assert store.run_keys() == []


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ({"task": "CAUSAL_LM"}, "task_type is 'CAUSAL_LM'"),
        ({"labels": 3}, "the adapter is for 3 labels, not two"),
        ({"labels": 1}, "the adapter is for 1 labels, not two"),
        ({"use_dora": True}, "only plain LoRA is supported, not use_dora"),
        ({"rank_pattern": {"c_attn": 2}}, "only plain LoRA is supported, not rank_pattern"),
        ({"alpha_pattern": {"c_attn": 2}}, "only plain LoRA is supported, not alpha_pattern"),
        ({"layers_to_transform": 0}, "only plain LoRA is supported, not layers_to_transform"),
        ({"layers_to_transform": [0], "layers_pattern": "h"}, "not layers_pattern, layers_to_transform"),
        ({"exclude_modules": ["mlp.c_proj"]}, "only plain LoRA is supported, not exclude_modules"),
        ({"target_modules": r".*\.c_(attn|fc)"}, r"target_modules is a regular expression, '\.\*"),
        ({"target_modules": ["wte", "c_attn"]}, "target_modules: no projection is called 'wte'"),
        ({"lora_alpha": 0}, r"Expected `float` > 0\.0 - at `\$\.lora_alpha`"),
        ({"init_lora_weights": "pissa"}, "'pissa' - at `\\$.init_lora_weights`"),
        ({"task": None}, r"has no score\.weight: it is no sequence classifier's adapter"),
    ],
)
def test_what_is_refused(store, asked, tiny_base, tmp_path, made, problem):
    """By its true name, before anything is made."""
    peft_model(tiny_base, **made).save_pretrained(tmp_path / "adapter")
    with pytest.raises(ModelError, match=problem):
        adopt(asked(tmp_path / "adapter"), store)
    assert store.run_keys() == []
    assert store.attempts() == []


def test_without_a_head(store, asked, folder):
    """An adapter whose weights have no classification head, whatever its config says."""
    weights = load_file(folder / WEIGHTS)
    save_file({name: one for name, one in weights.items() if "score" not in name}, folder / WEIGHTS, {"format": "pt"})
    with pytest.raises(ModelError, match=r"has no score\.weight: it is no sequence classifier's adapter"):
        adopt(asked(folder), store)


def test_weights_in_both_forms(store, asked, folder):
    """The safetensors are read, as PEFT does; of a pickle beside them no byte is."""
    (folder / "adapter_model.bin").write_bytes(b"no pickle")
    assert adopt(asked(folder), store).run.spec.adapter.weights == hash_file(folder / WEIGHTS)


def test_of_another_base(store, asked, folder, tmp_path):
    """The shapes tell."""
    wide = tmp_path / "wide"
    wide.mkdir()
    GPT2LMHeadModel(their_config(n_embd=48, vocab_size=write_tokenizer(wide))).save_pretrained(wide)
    with pytest.raises(ModelError, match=r"adapter_model\.safetensors: .* has shape"):
        adopt(AdoptRequest(adapter=folder, base=BaseChoice(base=wide), data=asked(folder).data), store)


def test_what_is_no_adapter(store, asked, folder, tmp_path):
    """No folder, an empty one, and pickled weights."""
    (tmp_path / "empty").mkdir()
    (folder / WEIGHTS).rename(folder / "adapter_model.bin")
    expected = {"absent": "is not a folder", "empty": "adapter_config.json is missing", "adapter": "is a pickle"}
    for name, problem in expected.items():
        with pytest.raises(ColacliError, match=problem):
            adopt(asked(tmp_path / name), store)


def test_a_corpus_of_train_alone(store, asked, folder, tiny_corpus, tmp_path):
    """Says nothing of an adapter that may have been trained on it."""
    (tmp_path / "corpus").mkdir()
    shutil.copy(tiny_corpus / "in_domain_train.tsv", tmp_path / "corpus")
    with pytest.raises(DataError, match="has no split but train to measure on"):
        adopt(asked(folder, data=tmp_path / "corpus"), store)


@pytest.mark.parametrize(("answers", "notes"), [([0, 1, 0, 0], 1), ([1, 0, 1, 0], 0)])
def test_reversed_labels_are_pointed_out(store, answers, notes):
    """Where the MCC is negative on every split, a note asks which label is which."""
    told = []
    note_reversed(commit_run(store, predictions=answering(answers)), told.append)
    assert len(told) == notes
