"""A teacher exported for `transformers` gives the run's logits there, without colacli."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from colacli.errors import IntegrityError, UsageError
from colacli.exports import transformers
from colacli.models.lora import LoraConv1D
from colacli.training.requests import BaseChoice
from factories.exporting import dev, elsewhere, exported, without_corpus

PIPELINE = """
import json
folder, texts = map(json.loads, sys.argv[1:])
from transformers import pipeline
judge = pipeline("text-classification", model=folder, top_k=None, function_to_apply="none", batch_size=4)
print(json.dumps([{one["label"]: one["score"] for one in scores} for scores in judge(texts)]))
"""


@torch.no_grad()
def logits_of(folder, texts):
    """What `AutoModelForSequenceClassification` makes of one padded batch."""
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return model(**tokenizer(texts, padding=True, return_tensors="pt")).logits.tolist()


def assert_close(given, expected):
    """Equal to 1e-4."""
    torch.testing.assert_close(torch.tensor(given), torch.tensor(expected), rtol=0.0, atol=1e-4)


def test_its_logits_are_the_runs(trainings, tmp_path):
    """`AutoModelForSequenceClassification`, on one padded batch of all dev sentences, gives what is stored."""
    run = trainings.teacher()
    result = exported(trainings, run, "transformers", tmp_path / "out")
    texts, logits = dev(trainings, run)

    assert_close(logits_of(tmp_path / "out", texts), logits)
    assert result.written[0].agreement.largest_difference <= 1e-4
    assert result.written[0].agreement.sentences == len(texts)


@pytest.mark.slow
def test_a_pipeline_says_what_is_acceptable(trainings, tmp_path):
    """`pipeline("text-classification")` without colacli names the labels, with the run's logits, in padded batches."""
    run = trainings.teacher()
    exported(trainings, run, "transformers", tmp_path / "out")
    texts, logits = dev(trainings, run)

    scores = elsewhere(PIPELINE, str(tmp_path / "out"), texts)
    assert_close([[one["unacceptable"], one["acceptable"]] for one in scores], logits)


def test_what_the_folder_has(trainings, tmp_path):
    """Labels, padding, problem, weights, tokenizer and card."""
    run = trainings.teacher()
    result = exported(trainings, run, "transformers", tmp_path / "out")
    config = json.loads((tmp_path / "out" / "config.json").read_text())

    assert config["architectures"] == ["GPT2ForSequenceClassification"]
    assert config["id2label"] == {"0": "unacceptable", "1": "acceptable"}
    assert config["problem_type"] == "single_label_classification"
    assert config["pad_token_id"] == 0
    assert "its adapter merged" in (tmp_path / "out" / "README.md").read_text()
    assert sorted(result.files) == [
        "README.md",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]


def another_tokenizer(base, added):
    """Give a base a `tokenizer.json` of words, whose added tokens are these."""
    for name in ("vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json"):
        (base / name).unlink(missing_ok=True)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: place for place, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(added)
    tokenizer.save(str(base / "tokenizer.json"))
    (base / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))


@pytest.mark.parametrize(
    ("added", "pad"), [(["[PAD]"], 256), (["<unk>", "</s>", "<pad>"], 258), (["<unk>", "</s>"], 257), ([], 256)]
)
def test_a_base_with_another_tokenizer(trainings, tiny_base, tmp_path, added, pad):
    """The token to pad with is the tokenizer's own, another special one, or one that is added."""
    base = shutil.copytree(tiny_base, tmp_path / "base")
    another_tokenizer(base, added)
    trainings.base = BaseChoice(base=base)
    run = trainings.teacher()
    exported(trainings, run, "transformers", tmp_path / "out")
    texts, logits = dev(trainings, run)

    assert json.loads((tmp_path / "out" / "config.json").read_text())["pad_token_id"] == pad
    assert_close(logits_of(tmp_path / "out", texts), logits)


@pytest.mark.parametrize(("added", "pad"), [(["<s>", "</s>", "<unk>"], 259), (["<s>", "</s>", "<pad>"], 258)])
def test_a_base_with_a_template(trainings, tiny_base, tmp_path, added, pad):
    """A sentence has the template's tokens here too, and none of them pads."""
    base = shutil.copytree(tiny_base, tmp_path / "base")
    another_tokenizer(base, added)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 256), ("</s>", 257)]
    )
    tokenizer.save(str(base / "tokenizer.json"))
    trainings.base = BaseChoice(base=base)
    run = trainings.teacher()
    exported(trainings, run, "transformers", tmp_path / "out")
    texts, logits = dev(trainings, run)

    assert json.loads((tmp_path / "out" / "config.json").read_text())["pad_token_id"] == pad
    assert_close(logits_of(tmp_path / "out", texts), logits)


def test_a_vocabulary_without_room_gets_a_row(trainings, tiny_base, tmp_path):
    """Where every id is a word's, the token to pad with is a new row of the embedding."""
    base = shutil.copytree(tiny_base, tmp_path / "base")
    another_tokenizer(base, [])
    weights = load_file(base / "model.safetensors")
    weights["transformer.wte.weight"] = weights["transformer.wte.weight"][:256].clone()
    save_file(weights, base / "model.safetensors", {"format": "pt"})
    config = json.loads((base / "config.json").read_text()) | {"vocab_size": 256}
    (base / "config.json").write_text(json.dumps(config))
    trainings.base = BaseChoice(base=base)
    run = trainings.teacher()
    exported(trainings, run, "transformers", tmp_path / "out")
    texts, logits = dev(trainings, run)

    assert json.loads((tmp_path / "out" / "config.json").read_text())["vocab_size"] == 257
    assert_close(logits_of(tmp_path / "out", texts), logits)


def test_bf16_is_exported_in_fp32(trainings, tmp_path):
    """The weights of a run in bf16 are compared with the same model in fp32."""
    run = trainings.teacher(precision="bf16")
    agreement = exported(trainings, run, "transformers", tmp_path / "out").written[0].agreement

    assert agreement.largest_difference <= 1e-4
    assert agreement.on.endswith(", computed again in fp32")


def test_without_its_corpus(trainings, tiny_corpus, tmp_path):
    """It is written, and says that it was compared with nothing."""
    run = without_corpus(trainings, tiny_corpus, tmp_path / "corpus", trainings.teacher)
    (written,) = exported(trainings, run, "transformers", tmp_path / "out").written

    assert written.agreement is None
    assert written.notes[0].startswith("its logits were not compared with the run's: the corpus it was made with")


def test_a_student_is_refused(trainings, tmp_path):
    """With the kind that fits it."""
    with pytest.raises(UsageError) as caught:
        exported(trainings, trainings.alone(), "transformers", tmp_path / "out")
    assert caught.value.hint == "give --to onnx, or --to page"
    assert not (tmp_path / "out").exists()


def test_an_export_that_does_not_agree(trainings, tmp_path, monkeypatch):
    """Is an error, and nothing is left of it."""
    run = trainings.teacher()
    monkeypatch.setattr(transformers, "merge_adapters", forget_adapters)
    with pytest.raises(IntegrityError, match="doesn't agree with it: a logit differs by"):
        exported(trainings, run, "transformers", tmp_path / "out")
    assert list(tmp_path.glob("*out*")) == []


def forget_adapters(model):
    """Take adapters out without adding them, and change a weight so that it matters."""
    for name, adapted in [*model.named_modules()]:
        if isinstance(adapted, LoraConv1D):
            model.set_submodule(name, adapted.base_layer)
    model.score.weight.data.add_(0.01)
