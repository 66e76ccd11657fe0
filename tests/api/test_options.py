"""The options' types are what the requests say, and type checkers find mistakes by them."""

import subprocess
import sys
from pathlib import Path

import pytest

from colacli.api import options
from colacli.options import options_of
from colacli.workflows.verbs import VERBS

ROOT = Path(__file__).parents[2]
_PROGRAM = """\
import colacli
from colacli import Run, Runs

one: Run = colacli.finetune(variant="gpt2-mini", data="sample", epochs=3, lr=1e-3, targets=["c_attn"])
five: Runs = colacli.distil(one, cell="gru", seeds=5)
mean: float = float(five.metrics["accuracy"].mean())
colacli.compare(five, [one], "nokd").verdicts[0].upper()
pretrained: Run = colacli.pretrain_student("text.txt", hidden=64)
colacli.distil(one, student_base=pretrained)
texts: list[str] = colacli.generate("The cat", one, num_samples=2)["text"].tolist()
one.export("onnx", "model", quantize="int8").path.name.upper()
colacli.report(five, one, output="report.html", mistakes=3).read_text()
colacli.finetune(epoch=3)
colacli.finetune(epochs="3")
colacli.distil(one, cell="gur")
colacli.fintune()
one.export("onxn", "model")
colacli.generate("The cat", tempature=1.0)
"""


def test_the_module_is_what_its_generator_writes():
    """`make docs` was run."""
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate_options.py", "--check"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("verb", "kind"),
    [
        ("finetune", options.FinetuneOptions),
        ("train-student", options.TrainStudentOptions),
        ("distil", options.DistilOptions),
        ("pretrain-student", options.PretrainStudentOptions),
        ("adopt", options.AdoptOptions),
    ],
)
def test_it_has_every_option(verb, kind):
    """But those that are given in another way, or make no sense."""
    elsewhere = {"seeds", "dry_run", "teacher", "adapter", "text"}

    assert (
        kind.__annotations__.keys() - {"progress"}
        == {option.name for option in options_of(VERBS[verb].request)} - elsewhere
    )


@pytest.mark.slow
def test_a_type_checker_knows_them(tmp_path):
    """Mypy accepts what is right, and finds a misspelt option, a wrong type, a wrong choice, a wrong function."""
    pytest.importorskip("mypy")
    (tmp_path / "program.py").write_text(_PROGRAM)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "program.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}

    assert lines == {13, 14, 15, 16, 17, 18}, done.stdout
