"""Every choice of targets, unfrozen modules and biases gives an adapter that PEFT loads, or is refused."""

from __future__ import annotations

import copy
import itertools
import random

import pytest
import torch
from peft import PeftModel
from transformers import GPT2ForSequenceClassification

from colacli.config import Lora
from colacli.errors import UsageError
from colacli.models.adapters import save_adapter
from colacli.models.lora import add_lora, check_for_peft, trained
from colacli.models.weights import load_classifier
from factories.tiny import base_at, padded, random_batch, randomise, their_config

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")

BATCH = random_batch([5, 1, 7])
PROJECTIONS = ("c_attn", "attn.c_proj", "c_fc", "mlp.c_proj")
TARGETS = [
    *(some for count in range(1, 5) for some in itertools.combinations(PROJECTIONS, count)),
    ("c_proj",),
    ("transformer.h.1.mlp.c_fc",),
    ("h.0.attn.c_attn", "mlp.c_proj"),
]
UNFREEZE = [
    *itertools.chain.from_iterable(
        itertools.combinations(("attn", "mlp", "h.0", "wte", "ln_1", "ln_f"), count) for count in range(3)
    ),
    *(
        (name,)
        for name in ("transformer", "h", "0", "1", "h.1", "ln_2", "score", "wpe", "c_attn", "c_proj", "attn.c_proj")
    ),
    *(
        (name,)
        for name in (
            "mlp.c_fc",
            "attn.c_proj",
            "h.1.attn",
            "transformer.h.0.mlp",
            "base_layer",
            "lora_A",
            "transformer.wte",
        )
    ),
    ("attn", "ln_1", "ln_2", "wte"),
    ("ln_f", "transformer.ln_f"),
]
GRID = list(itertools.product(TARGETS, UNFREEZE, ("none", "lora_only", "all")))
SAMPLE = random.Random(0).sample(GRID, 24)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A tiny base model's folder, and the classifier in it that PEFT will wrap."""
    folder = tmp_path_factory.mktemp("base")
    model = GPT2ForSequenceClassification(their_config(num_labels=2, n_embd=8, n_positions=16))
    randomise(model)
    model.save_pretrained(folder)
    return folder, GPT2ForSequenceClassification.from_pretrained(folder, attn_implementation="eager")


@torch.no_grad()
def loadable(base, folder, lora):
    """Whether a choice is taken; what comes of it then gives our logits in PEFT."""
    place, theirs = base
    ours = load_classifier(base_at(place)).eval()
    try:
        check_for_peft(ours, lora)
        add_lora(ours, lora, 0.0)
    except UsageError:
        return False
    randomise(torch.nn.ParameterList(trained(ours).values()), seed=1)
    folder.mkdir(exist_ok=True)
    save_adapter(folder, ours, lora, dropout=0.0, base=str(place))
    ids, mask = padded(BATCH)
    logits = PeftModel.from_pretrained(copy.deepcopy(theirs), folder).eval()(input_ids=ids, attention_mask=mask).logits
    torch.testing.assert_close(ours(BATCH), logits, rtol=0.0, atol=1e-4)
    return True


@pytest.mark.parametrize(("targets", "unfreeze", "bias"), SAMPLE)
def test_a_choice_is_loadable_or_refused(base, tmp_path, targets, unfreeze, bias):
    """Some of the grid, drawn at random."""
    loadable(base, tmp_path, Lora(targets=targets, unfreeze=unfreeze, bias=bias))


@pytest.mark.slow
def test_every_choice_is_loadable_or_refused(base, tmp_path):
    """The whole grid, of which more than a quarter is taken."""
    taken = [loadable(base, tmp_path / "one", Lora(targets=t, unfreeze=u, bias=b)) for t, u, b in GRID]
    assert sum(taken) > len(GRID) / 4
