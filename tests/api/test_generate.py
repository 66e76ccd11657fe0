"""Text that a language model, or a teacher, continues a prompt with."""

import json

import pytest

import colacli
from colacli.cli.main import run as command_line
from colacli.events import Piece


def test_it_is_what_the_command_writes(made, tiny_base, capsys):
    """A row a text: the same texts by the same seeds."""
    texts = made.store.generate("the cat", base=tiny_base, num_samples=2, max_new_tokens=3, seed=4, device="cpu")
    words = ["generate", "--base", str(tiny_base), "--prompt", "the cat", "--num-samples", "2", "--max-new-tokens", "3"]
    assert command_line([*words, "--seed", "4", "--device", "cpu", "--json"]) == 0
    samples = json.loads(capsys.readouterr().out)["samples"]

    assert texts.to_dict("records") == samples
    assert len(samples) == 2


def test_a_teacher_writes(made):
    """Greedily the same text each time; pieces are told as they come."""
    pieces = []
    options = {"temperature": 0, "max_new_tokens": 4, "device": "cpu"}
    texts = made.store.generate("the cat", made.teacher, progress=pieces.append, **options)

    assert "".join(piece.text for piece in pieces if isinstance(piece, Piece)) == texts["text"][0]
    assert texts.equals(made.store.generate("the cat", "teacher", **options))


@pytest.mark.parametrize(
    ("prompt", "options", "message"),
    [
        (3, {}, "prompt=3 is not text"),
        ("a", {"temprature": 1}, "generate has no option 'temprature'"),
        ("a", {"max_new_tokens": 10**6}, "max_new_tokens=1000000 are more than"),
    ],
)
def test_what_can_not_be_is_named(made, tiny_base, prompt, options, message):
    """As it is written in Python."""
    with pytest.raises(colacli.UsageError, match=message):
        made.store.generate(prompt, base=tiny_base, **options)


def test_a_student_can_not_write(made):
    """It judges."""
    with pytest.raises(colacli.UsageError, match="can't write"):
        made.store.generate("a", made.kd[0])
