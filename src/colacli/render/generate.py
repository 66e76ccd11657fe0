"""What `generate` shows: text as it is generated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

from colacli.render.console import Show, printable

if TYPE_CHECKING:
    from colacli.events import Piece
    from colacli.workflows.generate import Sample


class TextStream:
    """Writes pieces of text at once: the prompt before each sample, an empty line between two."""

    def __init__(self, stream: TextIO, prompt: str) -> None:
        self._stream = stream
        self._prompt = printable(prompt)
        self._sample = -1

    def __call__(self, piece: Piece) -> None:
        """Write one piece."""
        if piece.sample != self._sample:
            self._start(piece.sample)
        self._stream.write(printable(piece.text))
        self._stream.flush()

    def finish(self, samples: int) -> None:
        """End the last line; write the prompt of samples that have no tokens."""
        while self._sample < samples - 1:
            self._start(self._sample + 1)
        self._stream.write("\n")

    def _start(self, sample: int) -> None:
        self._stream.write(("\n\n" if self._sample >= 0 else "") + self._prompt)
        self._sample = sample


def show_samples(prompt: str, samples: Sequence[Sample], stream: TextStream, show: Show) -> None:
    """The document; a person has seen all of it but the last line's end."""
    document = {"prompt": prompt, "samples": [asdict(sample) for sample in samples]}
    show("generate", document, lambda _console: stream.finish(len(samples)))
