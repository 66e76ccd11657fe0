"""Training sentences that an epoch has several times beside a transfer set."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from colacli.distillation import Distillation
from colacli.errors import UsageError
from colacli.models.auxiliary_heads import Outputs, PrefixOutputs
from colacli.training.transfer import TransferChoice
from factories.distillation import recipes


def test_training_sentences_are_repeated_beside_the_set(distillation):
    """An epoch has each several times, with its label and the teacher's targets; the set stays, and is made once."""
    options = Distillation(hidden_weight=0.5, prefix_weight=0.5)
    once = distillation.distilled(recipes("words"), options)
    often = distillation.distilled(replace(recipes("words"), train_repeats=3), options)
    one, three = distillation.tasks
    (texts,) = distillation.transfer_sets()
    order = [*range(60)] * 3 + [*range(60, 60 + len(texts))]

    assert once.spec.transfer.train_repeats == 1
    assert often.spec.transfer.train_repeats == 3
    assert torch.equal(three.train.labels, one.train.labels[order])
    batch, of_one = three.train.tokens.batch(torch.arange(len(order))), one.train.tokens.batch(torch.tensor(order))
    assert torch.equal(batch.ids, of_one.ids)
    torch.manual_seed(0)
    width = one.state_width
    for row in (0, 60, 119, 150, 180, len(order) - 1):
        there, here = three.train.tokens.batch(torch.tensor([row])), one.train.tokens.batch(torch.tensor([order[row]]))
        logits, states, judged = torch.randn(1, 2), torch.randn(1, width), torch.randn(len(here.ids), 2)
        losses = [
            task.objective(Outputs(logits, states, PrefixOutputs(judged, read.indices)), torch.tensor([place]))
            for task, read, place in ((three, there, row), (one, here, order[row]))
        ]
        torch.testing.assert_close(*losses)


def test_training_sentences_are_repeated_beside_a_set_alone():
    """Without one an epoch has them alone, and there may be more epochs."""
    with pytest.raises(UsageError, match="--train-repeats: without --transfer"):
        TransferChoice(train_repeats=2)
