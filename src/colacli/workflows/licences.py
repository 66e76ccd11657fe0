"""Licences of what runs were made from, as their publishers state them; docs/report.md has the sources."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from colacli.data.about import read_about
from colacli.data.repositories import published
from colacli.data.sample import SAMPLE
from colacli.errors import DataError
from colacli.models.base import BUNDLED, HUB
from colacli.store.run import Run
from colacli.store.store import Store

_OURS = "MIT, with colacli"
_GPT2 = "modified MIT: LICENSE of github.com/openai/gpt-2"
_OF_BASES = {
    **dict.fromkeys(HUB, _GPT2),
    "distilgpt2": "Apache 2.0: model card of distilbert/distilgpt2",
    **dict.fromkeys(BUNDLED, _OURS),
}


def licences(runs: Iterable[Run], store: Store, pairs: str | None = None) -> dict[str, str | None]:
    """Of each base model, corpus and set of pairs, by the name that runs have for it; None where it is not known."""
    found: dict[str, str | None] = {}
    for run in runs:
        if base := run.manifest.sources.get("base"):
            found[base] = _OF_BASES.get(base)
        if data := run.manifest.sources.get("data"):
            found[data] = _of_data(data, store)
    return found | ({pairs: _of_data(pairs, store)} if pairs else {})


def _of_data(name: str, store: Store) -> str | None:
    """What is kept with the corpus, or what is known of one that was published under this name."""
    if name == SAMPLE:
        return _OURS
    with suppress(DataError, OSError):
        about = read_about(store.data / name if "/" not in name else Path(name))
        if about is not None and about.licence:
            return about.licence
    return published()[name].about.licence if name in published() else None
