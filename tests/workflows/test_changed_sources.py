"""A key stands for the bytes that were read: what is replaced while a command runs changes no number unnoticed."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from colacli.config import Lora
from colacli.errors import ColacliError, IntegrityError
from colacli.events import Counted, Work, ignore
from colacli.models.base import find_base, read_base
from colacli.models.tokenizer_files import TOKENIZER_JSON, tokenizer_digest
from colacli.models.weights import load_classifier
from colacli.store.canonical import with_checksum
from colacli.training.requests import BaseChoice, DataChoice
from colacli.workflows.evaluate import EvaluateOptions, evaluate
from colacli.workflows.finetune import FinetuneRequest, finetune
from colacli.workflows.train_student import TrainStudentRequest, train_student
from factories.distillation import CPU, STUDENT, TRAINING

WEIGHTS = "model.safetensors"


@pytest.fixture
def base(tiny_base, tmp_path):
    """A copy of the tiny base model, to be replaced."""
    return shutil.copytree(tiny_base, tmp_path / "base")


def overwrite(folder):
    """Write another model of the same shape into the same file, as `cp` does."""
    tensors = {name: tensor + 1 for name, tensor in load_file(folder / WEIGHTS).items()}
    other = folder.parent / "other.safetensors"
    save_file(tensors, other, metadata={"format": "pt"})
    with (folder / WEIGHTS).open("r+b") as stream:
        stream.write(other.read_bytes())


def cut(folder):
    """Cut the file short, as `cp` does first."""
    with (folder / WEIGHTS).open("r+b") as stream:
        stream.truncate(100)


def request_of(verb, base, corpus):
    """A small training."""
    choice, data = BaseChoice(base=base), DataChoice(data=str(corpus))
    if verb is finetune:
        return FinetuneRequest(base=choice, data=data, lora=Lora(rank=1), training=TRAINING, execution=CPU)
    return TrainStudentRequest(base=choice, data=data, student=STUDENT, training=TRAINING, execution=CPU)


def at(kind, change, base):
    """An `on_event` that changes the base at the first event of a kind."""
    done = []

    def hear(event):
        if isinstance(event, kind) and not done:
            done.append(event)
            change(base)

    return hear


@pytest.mark.parametrize("change", [overwrite, cut])
@pytest.mark.parametrize("verb", [finetune, train_student])
def test_a_base_that_changes_before_it_is_loaded_is_refused(store, base, tiny_corpus, verb, change):
    """Between its digest and its loading: the file is named, and nothing is stored."""
    with pytest.raises(IntegrityError, match=WEIGHTS):
        verb(request_of(verb, base, tiny_corpus), store, at(Work, change, base))
    assert store.run_keys() == []


@pytest.mark.parametrize("change", [overwrite, cut])
@pytest.mark.parametrize("verb", [finetune, train_student])
def test_a_base_that_changes_while_it_is_trained_changes_nothing(store, base, tiny_base, tiny_corpus, verb, change):
    """What was loaded is in memory: the run has the bytes that it has without the change."""
    disturbed = verb(request_of(verb, base, tiny_corpus), store, at(Counted, change, base)).run
    forced = request_of(verb, tiny_base, tiny_corpus)
    again = verb(type(forced)(**{**vars(forced), "execution": type(CPU)(device="cpu", force=True)}), store)

    assert again.run.key == disturbed.key
    assert set(again.agreement.values()) == {"same"}


def test_a_forced_run_believes_no_remembered_digest(store, base, tiny_corpus, monkeypatch):
    """With --force the base is hashed anew, whatever the store remembers of it."""
    monkeypatch.setattr("colacli.store.file_digests._CLOCK_STEP", 0)
    true = find_base(store, None, base, ignore).digests
    (memory,) = (store.root / "cache" / "file-digests").iterdir()
    memory.write_text(json.dumps(with_checksum({**json.loads(memory.read_text()), "sha256": "0" * 64})))

    assert find_base(store, None, base, ignore).digests != true
    assert find_base(store, None, base, ignore, fresh=True).digests == true


def test_a_wrong_remembered_digest_is_found_when_weights_are_read(store, base, monkeypatch):
    """It gives an error, never a run under a key that is not its own."""
    monkeypatch.setattr("colacli.store.file_digests._CLOCK_STEP", 0)
    find_base(store, None, base, ignore)
    (memory,) = (store.root / "cache" / "file-digests").iterdir()
    memory.write_text(json.dumps(with_checksum({**json.loads(memory.read_text()), "sha256": "0" * 64})))

    with pytest.raises(IntegrityError, match="other bytes"):
        load_classifier(find_base(store, None, base, ignore))


def rewrite(run, name, content):
    """Give a stored run another file, with a manifest that lists it: what a forged import looks like."""
    (run.path / name).write_bytes(content)
    manifest = json.loads((run.path / "manifest.json").read_text())
    from hashlib import sha256

    manifest["files"][name] = {"sha256": sha256(content).hexdigest(), "size": len(content)}
    (run.path / "manifest.json").write_text(json.dumps(with_checksum(manifest)))


def test_a_student_with_another_tokenizer_leaves_the_base_s_tokens_alone(distillation, tiny_base):
    """Tokens are known by the tokenizer that made them: a later training reads its own."""
    student = distillation.alone()
    own = json.loads((student.path / TOKENIZER_JSON).read_text())
    first, second = [word for word in own["model"]["vocab"] if word.isalpha()][:2]
    ids = own["model"]["vocab"]
    ids[first], ids[second] = ids[second], ids[first]
    rewrite(student, TOKENIZER_JSON, json.dumps(own).encode())
    shutil.rmtree(distillation.store.root / "cache" / "tokens")
    evaluate(student.key, EvaluateOptions(data=distillation.data.data, split="train", device="cpu"), distillation.store)

    specs = [json.loads(path.read_text()) for path in distillation.store.root.glob("cache/tokens/*/spec.json")]
    forged = tokenizer_digest({TOKENIZER_JSON: (student.path / TOKENIZER_JSON).read_bytes()})
    assert [spec["tokenizer"] for spec in specs] == [forged]
    assert forged != read_base(tiny_base).digests.tokenizer


def test_a_forged_teacher_s_logits_are_not_the_genuine_one_s(distillation):
    """Logits are known by the weights that gave them, not by the key that the run claims."""
    path = distillation.first.path / "adapter_model.safetensors"
    genuine = path.read_bytes()
    tensors = load_file(path)
    save_file({name: -tensor for name, tensor in tensors.items()}, path)
    rewrite(distillation.first, path.name, path.read_bytes())
    distillation.distilled(seed=1)
    rewrite(distillation.first, path.name, genuine)
    distillation.distilled(seed=2)

    forged, true = (task.objective for task in distillation.tasks)
    logits, rows = torch.tensor([[0.5, -0.5]] * 4), torch.arange(4)
    assert not torch.equal(forged(logits, rows), true(logits, rows))


def test_a_forged_run_s_predictions_are_not_the_genuine_one_s(distillation, tmp_path):
    """The same of what a run answered on other sentences."""
    other = tmp_path / "other.tsv"
    other.write_text("x\t1\t\tThe sailor finds a lamp.\nx\t0\t*\tFinds a lamp the sailor.\n")
    options = EvaluateOptions(data=str(other), device="cpu")
    genuine = evaluate("teacher", options, distillation.store).metrics
    path = distillation.first.path / "adapter_model.safetensors"
    save_file({name: -tensor for name, tensor in load_file(path).items()}, path)
    rewrite(distillation.first, path.name, path.read_bytes())

    assert evaluate("teacher", options, distillation.store).metrics != genuine


def test_an_unreadable_base_is_named(store, base):
    """A folder in place of the weights is no crash."""
    (base / WEIGHTS).unlink()
    (base / WEIGHTS).mkdir()
    with pytest.raises(ColacliError, match=WEIGHTS):
        find_base(store, None, base, ignore)
