"""What gpt2-mini's pretraining minimises, on rows of pairs, and the optimiser that does it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from factories.pretrain_scripts import importable

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def scripts() -> Iterator[Any]:
    """Imports one of the scripts."""
    with importable() as load:
        yield load


def test_muon_is_torchs(scripts: Any) -> None:
    """Three steps of matrices of three shapes, two of one of them, are those of `torch.optim.Muon`, to 1e-6."""
    generator = torch.Generator().manual_seed(0)
    shapes = ((16, 48), (16, 48), (16, 16), (64, 16))
    ours = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]
    theirs = [torch.nn.Parameter(one.detach().clone()) for one in ours]
    options = {"weight_decay": 0.05, "momentum": 0.95, "adjust_lr_fn": "match_rms_adamw"}
    optimisers = scripts("muon").Muon(ours, 2e-3), torch.optim.Muon(theirs, lr=2e-3, **options)
    for _ in range(3):
        for one, other in zip(ours, theirs, strict=True):
            one.grad = torch.randn(one.shape, generator=generator)
            other.grad = one.grad.clone()
        for optimiser in optimisers:
            optimiser.step()
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(ours, theirs, strict=True))


@pytest.fixture
def pairs(scripts: Any, tmp_path: Path) -> Any:
    """Two pairs: 5 6 7 8 and 5 9 7 8; 5 6 7 and 5 6 6 7."""
    ids = np.zeros((2, 2, 32), np.uint16)
    for number, rows in enumerate((([5, 6, 7, 8], [5, 9, 7, 8]), ([5, 6, 7], [5, 6, 6, 7]))):
        for kind, row in enumerate(rows):
            ids[kind, number, : len(row)] = row
    lengths, first = np.array([[4, 3], [4, 4]], np.uint8), np.array([1, 2], np.uint8)
    kinds = np.zeros(2, np.uint8)
    file = tmp_path / "pairs.npz"
    np.savez(file, ids=ids, lengths=lengths, first_wrong=first, kinds=kinds, names=np.array(["rule"]))
    return scripts("pairs").Pairs(file, 16, "cpu")


def test_rows_of_pairs(pairs: Any) -> None:
    """A pair as it is, and one after the end-of-text token: what is read, predicted, judged, and where."""
    rows = pairs.at(torch.tensor([0, 1]), torch.tensor([0, 1]))
    ids, wrong, within, last, scored = (
        getattr(rows, name).view(2, 2, 16)[..., :6].int().tolist()
        for name in ("ids", "wrong", "within", "last", "scored")
    )
    assert ids == [[[5, 6, 7, 8, 0, 0], [0, 5, 6, 7, 0, 0]], [[5, 9, 7, 8, 0, 0], [0, 5, 6, 6, 7, 0]]]
    assert wrong == [[[0] * 6, [0] * 6], [[0, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]]]
    assert within == [[[1, 1, 1, 1, 0, 0], [0, 1, 1, 1, 0, 0]], [[1, 1, 1, 1, 0, 0], [0, 1, 1, 1, 1, 0]]]
    assert last == [[[0, 0, 0, 1, 0, 0], [0, 0, 0, 1, 0, 0]], [[0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0]]]
    assert scored == [[[1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0]], [[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0]]]
    assert torch.equal(rows.targets.view(4, 16)[:, :-1], rows.ids.view(4, 16)[:, 1:])


def test_margins_are_of_whole_sentences(scripts: Any, pairs: Any) -> None:
    """Log P(good) - log P(bad) sums the tokens that are predicted, those after the end alone left out."""
    rows = pairs.at(torch.tensor([0, 1]), torch.tensor([0, 1]))
    scores = torch.arange(64.0)
    expected = [(0 + 1 + 2) - (32 + 33 + 34), (16 + 17 + 18) - (48 + 49 + 50 + 51)]
    assert scripts("objective").margins(rows, scores).tolist() == expected


def test_a_token_is_replaced_by_what_the_model_draws(scripts: Any, pairs: Any) -> None:
    """One token that is neither the first nor the last is another one, and the pair says where and by whom."""

    class Certain:
        def next_logits(self, ids: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
            logits = torch.full((len(ids), 10), -1e9)
            logits[:, 3] = 1.0
            return logits

    scripts("pairs").REPLACED = 1.0
    pairs.replace_some(Certain(), torch.zeros(10, dtype=torch.bool), torch.Generator().manual_seed(0))
    for number, length in enumerate((4, 3)):
        place = int(pairs.first[number])
        assert 1 <= place <= length - 2
        changed = pairs.ids[0, number].clone()
        changed[place] = 3
        assert torch.equal(pairs.ids[1, number], changed)
    assert pairs.names[int(pairs.kinds[0])] == "model"
