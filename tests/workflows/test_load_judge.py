"""A run is a judge, if every byte of it that the judge is made of is as it was written."""

import pytest
import torch

from colacli.config import Lora
from colacli.errors import IntegrityError
from colacli.events import ignore
from colacli.models.adapters import ADAPTER_CONFIG, ADAPTER_WEIGHTS, save_adapter
from colacli.models.base import find_base
from colacli.models.lora import add_lora
from colacli.models.weights import load_classifier
from colacli.store.manifest import Result
from colacli.store.run import RUNS, Run
from colacli.workflows.generate import GenerateRequest, generate
from colacli.workflows.load_judge import load_judge
from making import base_at
from store_making import LEDGER, fill, flip_byte, make_spec


@pytest.fixture
def teacher(store, tiny_base):
    """A teacher's run on the tiny base, its adapter untrained."""
    base = find_base(store, None, tiny_base, ignore)
    torch.manual_seed(0)
    model = load_classifier(base_at(tiny_base))
    add_lora(model, Lora(), 0.0)
    spec = make_spec(command="finetune", base=base.digests, student=None, lora=Lora())
    with store.draft(spec) as draft:
        fill(draft)
        save_adapter(draft.path, model, Lora(), dropout=0.0, base=base.public_name)
        sources = {"base": str(tiny_base)}
        path = store.commit(RUNS, draft, seconds=0.0, sources=sources, result=Result(best_epoch=1, parameters=LEDGER))
    return Run(path)


def test_a_teacher_is_loaded(store, teacher):
    """Whole, it judges."""
    assert load_judge(teacher, store, None, "cpu", ignore).longest == 64


@pytest.mark.parametrize("name", [ADAPTER_CONFIG, ADAPTER_WEIGHTS])
def test_a_flipped_byte_of_a_teacher_is_seen(store, teacher, name):
    """Neither judging nor writing nor teaching goes on with it; the file is named."""
    flip_byte(teacher.path / name)

    with pytest.raises(IntegrityError, match=f"{name} has other bytes"):
        load_judge(teacher, store, None, "cpu", ignore)
    with pytest.raises(IntegrityError, match=f"{name} has other bytes"):
        generate(GenerateRequest(prompt="The", run=teacher.key, max_new_tokens=1, device="cpu"), store)
