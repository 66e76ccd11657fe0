"""Write the bundled corpus: `python -m examples.sample_grammar FILE`, in the project's folder."""

from __future__ import annotations

import sys
from pathlib import Path

from examples.sample_grammar.corpus import make_corpus

HEADER = "split\tsource\tlabel\tmark\tsentence"


def table() -> str:
    """All sentences, a line each, below a header."""
    rows = [
        f"{split.name}\t{one.source}\t{one.label}\t{one.mark}\t{one.text}"
        for split in make_corpus().splits.values()
        for one in split.sentences
    ]
    return "\n".join([HEADER, *rows]) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(table(), encoding="utf-8", newline="\n")
