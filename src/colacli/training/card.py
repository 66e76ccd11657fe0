"""The model card in a run's folder. It says what its key says and no more, so it has the same bytes every time."""

from __future__ import annotations

from collections.abc import Mapping

from colacli.metrics import Metrics
from colacli.parameters import ParameterCounts
from colacli.perplexity import NextTokenMetrics
from colacli.store.canonical import canonical
from colacli.store.spec import Spec

LIMITS = (
    "It judges as the authors of its training sentences did, most of them linguists writing about English syntax. "
    "It is not a grammar checker, and its judgement of a text's author would be worth nothing."
)


def model_card(
    spec: Spec, about: str, metrics: dict[str, Metrics], best_epoch: int, parameters: ParameterCounts
) -> str:
    """Markdown: `about` it, its numbers beside the majority's, its parameters, its limits, its spec."""
    rows = "\n".join(
        f"| {name} | {m.n} | {m.accuracy:.4f} | {m.mcc:.4f} | {m.f1:.4f} | {m.loss:.4f} | {m.majority_accuracy:.4f} |"
        for name, m in metrics.items()
    )
    trained = f"{parameters.trainable:,} of {parameters.total:,} parameters were trained"
    if spec.is_baseline:
        rest = " without a held-out tenth" if spec.training.validation == "holdout" else ""
        made = f"It was fitted on train{rest}. {trained}."
    elif spec.adapter is not None:
        made = f"It was trained elsewhere. {trained}."
    else:
        made = f"Epoch {best_epoch}, {_selection(spec)}. {trained}."
    if start := spec.student_base:
        made += f" It started from the weights of run {start}."
    return f"""# {spec.command} {spec.key[:12]}

{about}

| split | sentences | accuracy | MCC | F1 | loss | majority class |
|---|---|---|---|---|---|---|
{rows}

{made}

{LIMITS}

```json
{canonical(spec).decode()}```
"""


def language_model_card(
    spec: Spec,
    about: str,
    by_direction: Mapping[str, NextTokenMetrics],
    best_epoch: int,
    parameters: ParameterCounts,
) -> str:
    """The same of recurrent layers that were trained on a text."""
    rows = "\n".join(
        f"| {name} | {m.n} | {m.loss:.4f} | {m.perplexity:.6g} | {m.accuracy:.4f} |" for name, m in by_direction.items()
    )
    return f"""# {spec.command} {spec.key[:12]}

{about}

| direction | held-out tokens | loss | perplexity | accuracy |
|---|---|---|---|---|
{rows}

Epoch {best_epoch}. {parameters.trainable:,} of {parameters.total:,} parameters were trained, those of the output layer,
which is not stored, among them.

```json
{canonical(spec).decode()}```
"""


def _selection(spec: Spec) -> str:
    if spec.training.select == "last":
        return "the last one"
    return {
        "dev": "chosen on in_domain_dev, so its numbers there are optimistic",
        "holdout": "chosen on a tenth of train that was held out",
    }[spec.training.validation]
