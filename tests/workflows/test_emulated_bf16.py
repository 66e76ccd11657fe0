"""bf16 on a processor without it: refused before the work, taken when forced; what is stored is found and used."""

from dataclasses import replace

import pytest

from colacli import devices
from colacli.errors import UsageError
from colacli.events import Note
from colacli.workflows.distil import distil
from colacli.workflows.finetune import finetune
from colacli.workflows.generate import GenerateRequest, generate
from colacli.workflows.judge import JudgeOptions, judge
from colacli.workflows.train_student import train_student


@pytest.fixture
def in_bf16(distillation, request_of):
    """A verb's request for bf16."""

    def make(verb, **execution):
        request = request_of(verb, **execution)
        return replace(request, training=replace(request.training, epochs=1, precision="bf16"))

    return make


@pytest.fixture
def slow(monkeypatch):
    """Takes the processor's bf16 instructions away, and with them its speed."""

    def take_away():
        monkeypatch.setattr(devices, "cpu_flags", lambda: {"avx2"})
        monkeypatch.setattr(devices, "_bf16_to_fp32", lambda _device: 12.0)

    return take_away


@pytest.mark.parametrize("verb", [finetune, train_student, distil])
def test_every_training_refuses_it(distillation, in_bf16, slow, verb):
    """Nothing is left of the attempt, and --force-precision is the way out."""
    slow()
    with pytest.raises(UsageError, match="--precision bf16: cpu has no bf16") as caught:
        verb(in_bf16(verb), distillation.store)

    assert "--force-precision" in caught.value.hint
    assert distillation.store.attempts() == []


def test_generate_refuses_it(store, tiny_base, slow):
    """Unless it is forced."""
    slow()
    request = GenerateRequest(prompt="The", base=tiny_base, max_new_tokens=2, precision="bf16", device="cpu")
    with pytest.raises(UsageError, match="--precision bf16"):
        generate(request, store)

    assert len(generate(replace(request, force_precision=True), store)) == 1


def test_forced_it_is_the_same_run(distillation, in_bf16, slow):
    """The option is in no key; a run that is stored is a hit where bf16 is slow, and judging with it says so."""
    slow()
    made = train_student(in_bf16(train_student, force_precision=True), distillation.store)
    found = train_student(in_bf16(train_student), distillation.store)
    notes = []
    list(judge(made.run.key, ["It rains."], "here", JudgeOptions(device="cpu"), distillation.store, notes.append))

    assert (made.cached, found.cached, found.run.key) == (False, True, made.run.key)
    assert [note.text for note in notes if isinstance(note, Note) and "emulates" in note.text] != []
