"""What `generate` shows: text as it comes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

from colacli.render.console import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.events import Piece
    from colacli.render.console import Show
    from colacli.workflows.generate import Sample


class TextStream:
    """Writes pieces of text at once: the prompt before each sample, an empty line between two."""

    def __init__(self, stream: TextIO, prompt: str) -> None:
        self._stream = stream
        self._prompt = prompt
        self._sample = -1

    def __call__(self, piece: Piece) -> None:
        """Write one piece."""
        if piece.sample != self._sample:
            self._begin(piece.sample)
        self._stream.write(printable(piece.text))
        self._stream.flush()

    def finish(self, samples: int) -> None:
        """End the last line; samples without a single token are begun all the same."""
        while self._sample < samples - 1:
            self._begin(self._sample + 1)
        self._stream.write("\n")

    def _begin(self, sample: int) -> None:
        self._stream.write(("\n\n" if self._sample >= 0 else "") + printable(self._prompt))
        self._sample = sample


def show_samples(prompt: str, samples: Sequence[Sample], stream: TextStream, show: Show) -> None:
    """The document; for people all has been written already but the end of the line."""
    document: dict[str, object] = {"prompt": prompt, "samples": [asdict(sample) for sample in samples]}
    show("generate", document, lambda _console: stream.finish(len(samples)))
