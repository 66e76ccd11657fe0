"""A teacher as a folder of `transformers`: the adapter merged into its base, a `GPT2ForSequenceClassification`."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

from colacli.errors import DataError, UsageError
from colacli.events import OnEvent
from colacli.exports.agreement import Judged, compare_logits, judged_sentences
from colacli.exports.card import write_card
from colacli.exports.kinds import LABELS, ExportOptions, Written, refuse_baseline
from colacli.exports.tokens import template_ids, tokenizer_json
from colacli.models.adapter_config import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from colacli.models.adapters import load_adapter, merge_adapters
from colacli.models.base import Base, base_of
from colacli.models.config import GPT2Config
from colacli.models.gpt2 import Classifier
from colacli.models.tensors import write_tensors
from colacli.models.tokenizer import load_tokenizer
from colacli.models.tokenizer_files import TOKENIZER_CONFIG, TOKENIZER_JSON
from colacli.models.weights import load_classifier
from colacli.store.run import Run
from colacli.store.store import Store

_ABOUT = """GPT-2 tuned with LoRA to judge whether an English sentence is acceptable, its adapter merged into its
weights: a `GPT2ForSequenceClassification` of `transformers`, with label 1 for acceptable sentences."""
_NEW_PADDING = "<|pad|>"
_EMBEDDING = "transformer.wte.weight"
_CHECKED = 128
"""Sentences of each split that are judged by the export, to compare."""
_BATCH = 32


def write(run: Run, store: Store, options: ExportOptions, path: Path, on_event: OnEvent) -> Written:
    """The model, its tokenizer and its card, in fp32.

    Raises:
        UsageError: the run is a student or a baseline.
        ModelError: the base model is gone, or has no token to pad with.
        IntegrityError: the folder's logits are not the run's.
    """
    refuse_baseline(run)
    if run.spec.lora is None:
        raise UsageError(
            f"run {run.key[:12]} is a student, which transformers has no class for", "give --to onnx, or --to page"
        )
    base = base_of(store, run, options.base, on_event)
    write_folder(run, base, path)
    write_card(run, path, _ABOUT)
    try:
        judged = judged_sentences(run, store, options.base, on_event, _CHECKED)
    except DataError as error:
        return Written(notes=(f"its logits were not compared with the run's: {error.message}",))
    return Written(compare_logits(run, judged, _judge(path, judged)))


def write_folder(run: Run, base: Base, path: Path) -> None:
    """The merged model and its tokenizer."""
    classifier = load_classifier(base)
    load_adapter(classifier, run.verified_file(ADAPTER_CONFIG), run.verified_file(ADAPTER_WEIGHTS))
    merge_adapters(classifier)
    write_model(path, classifier, base.config, write_tokenizer(path, base))


def write_model(path: Path, classifier: Classifier, config: GPT2Config, pad: int) -> None:
    """`config.json` and `model.safetensors`.

    Args:
        path: an existing folder.
        classifier: without adapters, in fp32.
        config: of its base.
        pad: id of the token that fills up shorter sentences.
    """
    from transformers import GPT2Config as TheirConfig

    weights = {name: weight.detach() for name, weight in classifier.state_dict().items()}
    weights[_EMBEDDING] = _with_row(weights[_EMBEDDING], pad)
    values: dict[str, Any] = {
        **asdict(config),
        "architectures": ["GPT2ForSequenceClassification"],
        "vocab_size": len(weights[_EMBEDDING]),
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": pad,
        "id2label": LABELS,
        "label2id": {name: label for label, name in LABELS.items()},
        "problem_type": "single_label_classification",
        "dtype": "float32",
    }
    TheirConfig(**values).save_pretrained(path)
    write_tensors(path / "model.safetensors", weights)


def write_tokenizer(path: Path, base: Base) -> int:
    """`tokenizer.json` and `tokenizer_config.json`; the id of the token to pad with."""
    tokenizer = load_tokenizer(base.tokenizer, base.folder)
    pad = _padding(tokenizer, template_ids(tokenizer))
    (path / TOKENIZER_JSON).write_bytes(tokenizer_json(tokenizer))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": pad,
        "padding_side": "right",
        "model_max_length": base.config.n_positions,
        "clean_up_tokenization_spaces": False,
        "model_input_names": ["input_ids", "attention_mask"],
    }
    (path / TOKENIZER_CONFIG).write_text(json.dumps(settings, indent=2) + "\n")
    return int(tokenizer.get_vocab()[pad])


def _padding(tokenizer: Tokenizer, used: Collection[int]) -> str:
    """A special token that no sentence ends with: one that is meant for it, else the first, else a new one."""
    added = sorted(tokenizer.get_added_tokens_decoder().items())
    special = [token.content for index, token in added if token.special and index not in used]
    named = [token for token in special if "pad" in token.lower()]
    others = [token for token in special if "unk" not in token.lower()]
    if chosen := [*named, *others]:
        return str(chosen[0])
    tokenizer.add_special_tokens([_NEW_PADDING])
    return _NEW_PADDING


def _with_row(embedding: Tensor, index: int) -> Tensor:
    """An embedding (V, d) with rows of zeros up to this index: of a token that is never read."""
    return torch.cat([embedding, embedding.new_zeros(max(0, index + 1 - len(embedding)), embedding.shape[1])])


def _judge(path: Path, judged: list[Judged]) -> list[Tensor]:
    """What `transformers` makes of the folder: logits (n, 2) of each split, in padded batches."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model: Any = AutoModelForSequenceClassification.from_pretrained(path, local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    logits = []
    with torch.inference_mode():
        for one in judged:
            batches = [one.texts[start : start + _BATCH] for start in range(0, len(one.texts), _BATCH)]
            inputs = [tokenizer(batch, padding=True, return_tensors="pt") for batch in batches]
            logits.append(torch.cat([model(**batch).logits for batch in inputs]))
    return logits
