"""`export`, `adopt` and `runs verify --export`: their documents, what people see, and exit statuses."""

import json

import pytest

from colacli.cli.main import run
from factories.adapters import peft_model


def document(capsys):
    """What a command printed as JSON."""
    return json.loads(capsys.readouterr().out)


def test_the_document_of_an_export(here, capsys):
    """Its run, its files, and how it agrees."""
    assert run(["export", "student", "--to", "onnx", "-o", "out", "--quantize", "int8", "--json"]) == 0
    said = document(capsys)

    assert (said["schema"], said["kind"], said["path"]) == ("colacli.export/1", "onnx", "out")
    assert sorted(said["files"]) == ["README.md", "model.onnx", "tokenizer.json"]
    (one,) = said["runs"]
    assert set(one) == {"key", "content", "agreement", "changes", "notes"}
    assert set(one["agreement"]) == {"sentences", "on", "largest_difference"}
    assert set(one["changes"][0]) == {
        "split",
        "n",
        "accuracy_difference",
        "interval",
        "mcc_difference",
        "mcc_interval",
    }


def test_what_people_see_of_an_export(here, capsys):
    """Files, agreement, and where it is."""
    assert run(["export", "student", "--to", "onnx", "-o", "out"]) == 0
    out = capsys.readouterr().out

    assert "model.onnx\t" in out
    assert "largest difference of a logit\t" in out
    assert out.endswith(" as onnx is in out\n")


def test_verifying_an_export(here, capsys):
    """0 where it is sound, 4 where it is not."""
    assert run(["export", "student", "--to", "onnx", "-o", "out"]) == 0
    assert run(["runs", "verify", "--export", "out"]) == 0
    (here / "out" / "model.onnx").write_bytes(b"")
    capsys.readouterr()

    assert run(["runs", "verify", "--export", "out", "--json"]) == 4
    assert document(capsys)["faults"] == [
        {"kind": "export", "key": "out", "what": "out: model.onnx has other bytes than its record says"}
    ]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ("export student --to transformers -o out", 2, "is a student, which transformers has no class for"),
        ("export student --to nothing -o out", 2, "'nothing' is not one of"),
        ("export nobody --to onnx -o out", 3, "nobody"),
        ("export student --to onnx -o absent/out", 2, "absent/out can't be written"),
        ("export student --to onnx", 2, "--output is missing"),
        ("runs verify --export absent", 2, "is not an export"),
        ("adopt absent", 1, "absent is not a folder"),
    ],
)
def test_errors(here, capsys, words, status, message):
    """Each has its exit status, says what is wrong, and leaves nothing."""
    assert run([*words.split(), "--json"]) == status
    assert message in document(capsys)["message"]
    assert list(here.glob("*out*")) == []


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_the_document_of_an_adoption(here, tiny_base, tiny_corpus, capsys):
    """That of a training verb."""
    peft_model(tiny_base).save_pretrained(here / "adapter")
    words = ["adopt", "adapter", "--base", str(tiny_base), "--data", str(tiny_corpus), "--device", "cpu"]
    assert run([*words, "--name", "theirs", "--json"]) == 0
    said = document(capsys)
    assert (said["schema"], said["name"], said["cached"], said["best_epoch"]) == ("colacli.adopt/1", "theirs", False, 0)
    assert set(said["metrics"]) == {"in_domain_dev", "out_of_domain_dev"}

    assert run(words) == 0
    out = capsys.readouterr().out
    assert "already in the store" in out
    assert "selected epoch\ttrained elsewhere" in out
    assert run(["runs", "show", "theirs"]) == 0
    assert run(["compare", "theirs", "student", "--save", "figure.svg"]) == 0
