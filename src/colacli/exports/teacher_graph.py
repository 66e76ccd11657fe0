"""A teacher as an ONNX graph, by PyTorch's own exporter from the class of `transformers`."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from colacli.exports.transformers import write_folder
from colacli.models.base import Base
from colacli.store.run import Run

_OPSET = 18
_EXAMPLE = (3, 7)
"""Sentences and tokens of the example that is traced; both are free in the graph."""
_LARGEST = 2**31 - 2**24
"""Bytes of weights that a file may have; more are put beside it."""


class _LastToken(nn.Module):
    """`input_ids` and `attention_mask` (B, T), padded on the right, to logits (B, 2): found by length, not by a token.

    Args:
        model: a `GPT2ForSequenceClassification`.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.transformer, self.score = model.transformer, model.score

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        outputs = self.transformer(input_ids=input_ids, attention_mask=attention_mask, use_cache=False)
        states = outputs.last_hidden_state  # (B, T, d)
        last = attention_mask.sum(dim=1) - 1
        return self.score(states[torch.arange(states.shape[0]), last])  # type: ignore[no-any-return]


def save_teacher(run: Run, base: Base, path: Path, about: dict[str, str]) -> None:
    """Write a teacher's graph, in fp32.

    Args:
        run: the teacher.
        base: its base model.
        path: the file.
        about: what the file says of itself.
    """
    from transformers import AutoModelForSequenceClassification

    with tempfile.TemporaryDirectory(prefix="colacli-onnx-") as folder, _quiet():
        write_folder(run, base, Path(folder))
        model: Any = AutoModelForSequenceClassification.from_pretrained(folder, attn_implementation="eager")
        ids = torch.zeros(_EXAMPLE, dtype=torch.int64)
        shape = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=base.config.n_positions)}
        program = torch.onnx.export(
            _LastToken(model).eval(),
            (ids, torch.ones_like(ids)),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_shapes=(shape, shape),
            opset_version=_OPSET,
            dynamo=True,
            verbose=False,
        )
        assert program is not None, "it is what the new exporter returns"
        program.model.metadata_props.update(about)
        size = sum(weight.nbytes for weight in model.parameters())
        program.save(path, external_data=size > _LARGEST)


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter's remarks on torch's own code are not for users."""
    from transformers.utils import logging as theirs

    theirs.disable_progress_bar()  # type: ignore[no-untyped-call]
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
