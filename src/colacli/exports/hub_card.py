"""What the hub reads of a model card: its metadata, with the run's results as `model-index`.

https://github.com/huggingface/hub-docs/blob/main/modelcard.md describes it. The hub's other form,
`.eval_results/*.yaml`, is for benchmarks that are registered under a data set's id with a task id; no run's splits are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from colacli.data.about import About
from colacli.data.repositories import published
from colacli.data.sample import SAMPLE
from colacli.exports.card import CARD
from colacli.models.base import HUB
from colacli.results import metrics_of
from colacli.store.run import Run

TASK = "text-classification"
_METRICS = {"accuracy": "accuracy", "mcc": "matthews_correlation", "f1": "f1"}
"""Field of our metrics -> its name on the hub."""
_DATASETS: dict[str, dict[str, Any]] = {"cola": {"dataset_type": "nyu-mll/glue", "dataset_config": "cola"}}
"""Of corpora that are on the hub too, with the same sentences."""
_LANGUAGES = {"English": "en", "Italian": "it", "Japanese": "ja", "Russian": "ru"}
_LICENCES = {
    "distilgpt2": "apache-2.0",
    **dict.fromkeys(("gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl", "gpt2-mini"), "mit"),
}
"""Of base models, by their own cards."""


def add_metadata(run: Run, folder: Path, library: str, relation: str | None, licence: str | None) -> list[str]:
    """Put it at the head of the card that is there.

    Args:
        run: what the folder is of.
        folder: of the export.
        library: what loads it.
        relation: of the model to its base, as the hub names it; None for a model of its own.
        licence: the hub's identifier; None for that of the base model, where it is known.

    Returns:
        Notes on what is left out.
    """
    corpus, base = run.manifest.sources.get("data", ""), run.manifest.sources.get("base", "")
    about = published()[corpus].about if corpus in published() else None
    values: dict[str, Any] = {
        "language": "en" if corpus == SAMPLE else _LANGUAGES.get((about and about.language) or ""),
        "license": licence or _LICENCES.get(base),
        "datasets": _DATASETS[corpus]["dataset_type"] if corpus in _DATASETS else None,
        "base_model": HUB.get(base) if relation else None,
    }
    if values["base_model"]:
        values["base_model_relation"] = relation
    card = ModelCardData(
        **values,
        library_name=library,
        pipeline_tag=TASK,
        tags=["colacli", "linguistic-acceptability", "lora" if relation else "recurrent-network"],
        metrics=list(_METRICS.values()),
        model_name=f"{run.spec.command} {run.key[:12]}",
        eval_results=list(_results(run, corpus)),
    )
    path = folder / CARD
    text = path.read_text(encoding="utf-8") + (_data_section(corpus, about) if about else "")
    path.write_text(f"---\n{card.to_yaml()}\n---\n\n{text}", encoding="utf-8")
    missing = {"license": "licence: --licence names one", "language": "language", "datasets": "data set on the hub"}
    if relation:
        missing["base_model"] = "base model on the hub"
    return [f"the card names no {what}" for name, what in missing.items() if not values[name]]


def _data_section(corpus: str, about: About) -> str:
    """Where the sentences are from, and under which licence they are."""
    return f"\n## Data\n\n{corpus}, {about.source}. Licence of the sentences: {about.licence}. {about.citation}.\n"


def _results(run: Run, corpus: str) -> Iterator[EvalResult]:
    """Every measure on every split. A corpus that is not published is named by digest, never by its folder."""
    for split, metrics in metrics_of(run).items():
        digest = run.spec.data.get(split, "")
        dataset = _DATASETS.get(corpus) or {"dataset_type": f"sha256:{digest}"}
        name = corpus if corpus in (*published(), SAMPLE) else "a corpus of one's own"
        for field, metric in _METRICS.items():
            yield EvalResult(
                task_type=TASK,
                dataset_name=f"{name}, {split}, {metrics.n} sentences",
                dataset_split=split,
                dataset_args={"sha256": digest},
                metric_type=metric,
                metric_value=getattr(metrics, field),
                **dataset,
            )
