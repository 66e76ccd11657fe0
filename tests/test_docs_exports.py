"""docs/exports.md: every command and every program in it runs as it stands there."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from colacli.cli.main import run
from factories.adapters import peft_model

PAGE = (Path(__file__).parents[1] / "docs" / "exports.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(bash|python)\n(.*?)```", PAGE, re.DOTALL)
_TRAINING = "--base base --data corpus --epochs 1 --precision fp32 --device cpu"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of transformers and PEFT, where users would see them too
def test_its_examples_run(trainings, tiny_base, tiny_corpus, tmp_path, monkeypatch):
    """In their order, in a folder with what they name."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(tiny_base, "base")
    shutil.copytree(tiny_corpus, "corpus")
    peft_model("base").save_pretrained("their-adapter")
    for command in (f"finetune {_TRAINING} --name teacher", f"train-student {_TRAINING} --hidden 8 --name student"):
        assert run(shlex.split(command)) == 0

    assert len(BLOCKS) > 5
    for language, block in BLOCKS:
        if language == "python":
            exec(compile(block, "docs/exports.md", "exec"), {})
            continue
        for line in block.splitlines():
            program, *words = shlex.split(line)
            assert (program, run(words)) == ("colacli", 0), line
