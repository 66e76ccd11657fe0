"""An untuned language model's probabilities of sentences, as features to fit on and to predict from."""

from __future__ import annotations

from dataclasses import dataclass

from tokenizers import Tokenizer
from torch import Tensor

from colacli.data.corpus import TRAIN
from colacli.errors import ModelError
from colacli.events import OnEvent, Work
from colacli.models.base import Base
from colacli.models.lm_features import FeatureModel, token_counts
from colacli.models.tokenizer import load_tokenizer
from colacli.models.tokenizer_files import END_OF_TEXT
from colacli.models.tokens import check_ids, tokenised_split
from colacli.models.weights import load_language_model
from colacli.store.store import Store
from colacli.training.baselines import LmPlan
from colacli.training.fit import EVALUATION_BATCH, make_deterministic, predict


@dataclass(frozen=True)
class LmFeatures:
    """All that a regression is fitted on."""

    by_split: dict[str, Tensor]
    """(sentences, 4) each."""
    start: int
    """Id of the token that sentences are read after."""
    counts: Tensor
    """(V,) of the tokens of train."""


def lm_features(plan: LmPlan, store: Store, on_event: OnEvent) -> LmFeatures:
    """The features of every split of a plan.

    Raises:
        ModelError: the base has no start token, or its tokenizer has more tokens than the model.
        DataError: a sentence has no token, or too many.
    """
    make_deterministic(plan.spec.training.seed)
    base = plan.base
    tokenizer = load_tokenizer(base.tokenizer, base.folder)
    start, longest = start_token(base, plan.spec.start_token, tokenizer), base.config.n_positions
    tokens = {
        name: tokenised_split(store, split, tokenizer, base.digests.tokenizer, longest, on_event)
        for name, split in plan.sentences.splits.items()
    }
    for split in tokens.values():
        check_ids(split.ids, base.config.vocab_size, tokenizer)
    counts = token_counts(tokens[TRAIN], base.config.vocab_size)
    model = load_feature_model(base, start, counts, plan.device)
    features = {
        name: predict(model, split, plan.device, EVALUATION_BATCH, on_event, Work(f"scoring {name}", 0, len(split)))
        for name, split in tokens.items()
    }
    return LmFeatures(features, start, counts)


def load_feature_model(base: Base, start: int, counts: Tensor, device: str) -> FeatureModel:
    """A base model in fp32, and what it says of sentences."""
    return FeatureModel(load_language_model(base).to(device).eval(), start, counts)


def start_token(base: Base, configured: int | None, tokenizer: Tokenizer) -> int:
    """The id of the token that a text begins after: the one of the base's settings, else its tokenizer's end of text.

    Raises:
        ModelError: there is none.
    """
    start = tokenizer.token_to_id(END_OF_TEXT) if configured is None else configured
    if start is None or start >= base.config.vocab_size:
        message = f"{base.folder} has no token to begin a text with: no bos_token_id, and no {END_OF_TEXT}"
        raise ModelError(message, "give a base model whose config.json has a bos_token_id")
    return start
