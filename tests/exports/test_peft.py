"""An adapter that is exported for PEFT loads there with its base, without colacli."""

import json
import shutil

import pytest
import torch

from colacli.errors import UsageError
from colacli.training.requests import BaseChoice
from factories.exporting import dev, elsewhere, exported

LOGITS = """
import json
folder, texts = map(json.loads, sys.argv[1:])
import torch
from peft import AutoPeftModelForSequenceClassification
from transformers import AutoTokenizer
model = AutoPeftModelForSequenceClassification.from_pretrained(folder, num_labels=2).eval()
tokenizer = AutoTokenizer.from_pretrained(model.peft_config["default"].base_model_name_or_path)
with torch.no_grad():
    print(json.dumps([model(**tokenizer(text, return_tensors="pt")).logits[0].tolist() for text in texts]))
"""


@pytest.mark.slow
def test_peft_gives_the_runs_logits(trainings, tmp_path):
    """`AutoPeftModelForSequenceClassification` finds the base by the name in the folder."""
    run = trainings.teacher()
    exported(trainings, run, "peft", tmp_path / "out")
    texts, logits = dev(trainings, run)

    given = elsewhere(LOGITS, str(tmp_path / "out"), texts[:8])
    torch.testing.assert_close(torch.tensor(given), torch.tensor(logits[:8]), rtol=0.0, atol=1e-4)


def named(folder):
    """The base that an exported adapter names."""
    return json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"]


def test_the_base_is_named_by_its_folder(trainings, tiny_base, tmp_path):
    """The one that the run was made on, or where it is now."""
    run = trainings.teacher()
    moved = shutil.copytree(tiny_base, tmp_path / "moved")
    exported(trainings, run, "peft", tmp_path / "a")
    exported(trainings, run, "peft", tmp_path / "b", base=moved)

    assert [named(tmp_path / "a"), named(tmp_path / "b")] == [str(tiny_base), str(moved)]


@pytest.mark.usefixtures("cache")
def test_a_base_from_the_hub_is_named_by_its_repository(trainings, tmp_path):
    """So it is found on every machine."""
    trainings.base = BaseChoice(variant="gpt2")
    exported(trainings, trainings.teacher(), "peft", tmp_path / "out")

    assert named(tmp_path / "out") == "openai-community/gpt2"


def test_a_student_is_refused(trainings, tmp_path):
    """With the kind that fits it."""
    with pytest.raises(UsageError, match="is a student, which has no adapter"):
        exported(trainings, trainings.alone(), "peft", tmp_path / "out")
