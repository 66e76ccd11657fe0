"""A step of a recurrent student: colacli's `train-student` beside torch's own modules on packed sentences."""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.device import wait
from benchmarks.material import read_split
from benchmarks.our_training import Enough, clock_of
from benchmarks.row import Claim, Contender, Row, Settings, less
from colacli.config import Student, Training
from colacli.data.corpus import TRAIN
from colacli.models.base import BUNDLED
from colacli.store.store import Store
from colacli.training.requests import BaseChoice, DataChoice, Execution
from colacli.workflows.train_student import TrainStudentRequest, train_student

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from benchmarks.piece import Result
    from colacli.config import Cell
    from colacli.data.corpus import Split

BASE = BUNDLED["gpt2-mini"]
HIDDEN = 256
CELLS: tuple[Cell, ...] = ("rnn", "gru", "lstm")


def row(settings: Settings) -> Row:
    """Both directions and max pooling, in fp32; all cells."""
    steps, seconds = 4 * settings.steps, "seconds_per_step"
    sides = {"colacli": "student.ours", "torch": "student.torch_modules"}
    return Row(
        "student",
        f"A step of a student, bidirectional, {HIDDEN} wide, max pooling, batches of {Training().batch_size}",
        {seconds: "s a step", "peak_bytes": "GB"},
        tuple(
            Contender(f"{side} {cell}", piece, {"cell": cell, "steps": steps}, seeded=True)
            for cell in CELLS
            for side, piece in sides.items()
        ),
        tuple(
            Claim(
                f"a student's step, {cell}",
                f"torch's own, {cell}",
                less(seconds, f"colacli {cell}", f"torch {cell}"),
                1.5,
            )
            for cell in CELLS
        ),
        bases=(),
    )


def ours(material: Path, *, cell: Cell, steps: int, seed: int, device: str = "cpu") -> Result:
    """`train-student` as the command line calls it, in a new store, until the clock ends it."""
    training = Training(precision="fp32", clip=1.0, seed=seed)
    clock = clock_of(device, steps, -(-len(read_split(material, TRAIN)) // training.batch_size))
    request = TrainStudentRequest(
        base=BaseChoice(base=BASE),
        data=DataChoice(data=str(material / "data")),
        student=Student(cell=cell, hidden=HIDDEN, bidirectional=True, pooling="max"),
        training=training,
        execution=Execution(device=device),
    )
    with tempfile.TemporaryDirectory() as store, suppress(Enough):
        train_student(request, Store(Path(store)), clock)
    return {"seconds_per_step": clock.seconds_per_step}


def torch_modules(material: Path, *, cell: Cell, steps: int, seed: int, device: str = "cpu") -> Result:
    """The same student of torch's modules on packed sentences, in the loop of its documentation, with fused Adam.

    Tokens are made before; padding and packing a batch are part of the step, as they are of colacli's.
    """
    import torch
    import torch.nn.functional as F
    from torch import nn

    torch.manual_seed(seed)
    network = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell]
    embedding, dropout = nn.Embedding(8192, HIDDEN), nn.Dropout(0.1)
    rnn: Any = network(HIDDEN, HIDDEN, batch_first=True, bidirectional=True)
    head = nn.Linear(4 * HIDDEN, 2)
    modules = nn.ModuleList([embedding, rnn, head]).to(device)
    parameters = list(modules.parameters())
    optimizer = torch.optim.Adam(parameters, lr=1e-3, fused=True)
    times: list[float] = []
    for ids, labels in _batches(read_split(material, TRAIN), steps + 1, seed):
        lengths = torch.tensor([len(one) for one in ids])
        padded_ids = nn.utils.rnn.pad_sequence(ids, batch_first=True).to(device)
        inputs = dropout(embedding(padded_ids))  # (B, T, d)
        states, final = rnn(nn.utils.rnn.pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False))
        last = (final[0] if cell == "lstm" else final).transpose(0, 1).flatten(1)  # (B, 2h)
        padded, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True, padding_value=-torch.inf)
        loss = F.cross_entropy(head(dropout(torch.cat([last, padded.amax(dim=1)], dim=1))), labels.to(device))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if len(times) in (0, steps):
            wait(device)
        times.append(time.perf_counter())
    return {"seconds_per_step": (times[-1] - times[0]) / steps}


def _batches(train: Split, count: int, seed: int) -> Iterator[tuple[list[Tensor], Tensor]]:
    """Token ids of sentences, and labels, in colacli's random batches."""
    import torch

    from colacli.models.base import read_base
    from colacli.models.tokenizer import load_tokenizer
    from colacli.models.tokens import tokenise
    from colacli.training.state import shuffled_batches

    base = read_base(BASE)
    tokens = tokenise(train.texts, load_tokenizer(base.tokenizer, base.folder), 1024, train.location)
    sentences = torch.split(tokens.ids.long(), tokens.lengths.tolist())
    labels = torch.tensor(train.labels)
    generator = torch.Generator().manual_seed(seed)
    for rows in shuffled_batches(len(train), Training().batch_size, generator)[:count]:
        yield [sentences[row] for row in rows.tolist()], labels[rows]
