"""The bundled corpus `sample`: minimal pairs by phenomenon. `examples/sample_grammar/` made its file."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from colacli.data.corpus import SPLITS, Corpus, Sentence, Split
from colacli.errors import IntegrityError

SAMPLE = "sample"
SHA256 = "ccd25dc1327bf9abfdafc133193a296b2bfdd9bbb475df0aa817f320fcade213"
"""Of its file. Another digest is another corpus."""
_FILE = Path(__file__).parent.parent / "bundled" / "sample.tsv"


@cache
def sample_corpus() -> Corpus:
    """The bundled corpus.

    Raises:
        IntegrityError: its file is missing or damaged.
    """
    try:
        content = _FILE.read_bytes()
    except OSError as error:
        raise IntegrityError(f"the bundled corpus can't be read: {error}", "install colacli again") from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise IntegrityError(
            f"{_FILE} is damaged: its SHA-256 is not that of the bundled corpus", "install colacli again"
        )
    splits: dict[str, list[Sentence]] = {name: [] for name in SPLITS}
    for line in content.decode().splitlines()[1:]:
        split, source, label, mark, text = line.split("\t")
        splits[split].append(Sentence(text, int(label), source, mark))
    return Corpus(SAMPLE, {name: Split(name, tuple(sentences)) for name, sentences in splits.items()})
