"""An untuned language model as a judge: its scores of sentences as features, to fit on and to predict from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from colacli.data.corpus import TRAIN
from colacli.errors import ModelError
from colacli.events import OnEvent, Work
from colacli.kernels.packing import Tokens
from colacli.models.inference import OutputKind
from colacli.models.lm_features import LmRegression, sentence_features, token_counts
from colacli.models.logistic import two_logits
from colacli.models.tokens import Sentences, tokenise, tokenised_split
from colacli.store.store import Store
from colacli.training.baselines import LmPlan
from colacli.training.fit import EVALUATION_BATCH
from colacli.training.scorer import Scorer, load_scorer


@dataclass(frozen=True)
class LmFeatures:
    """All that a regression is fitted on."""

    by_split: dict[str, Tensor]
    """(sentences, 4) in fp64 each."""
    start: int
    """Id of the token that sentences are read after."""
    counts: Tensor
    """(V,) of the tokens of train."""


def lm_features(plan: LmPlan, store: Store, on_event: OnEvent) -> LmFeatures:
    """The features of every split of a plan.

    Raises:
        ModelError: the base has no document-start token, or its tokenizer has more tokens than the model.
        DataError: a sentence has no token, or too many.
    """
    scorer = load_scorer(plan.base, "fp32", plan.device)
    if scorer.start is None:
        message = f"{plan.base.folder} has no document-start token to read sentences after"
        raise ModelError(message, "give a base model with a bos_token_id in its config.json")
    tokens = {name: _tokens(scorer, split, store, on_event) for name, split in plan.sentences.splits.items()}
    counts = token_counts(tokens[TRAIN], scorer.vocabulary)
    features = {}
    for name, split in tokens.items():
        scores = scorer.scores(split, on_event, Work(f"scoring {name}", 0, len(split)))
        features[name] = sentence_features(scores, split, counts)
    return LmFeatures(features, scorer.start, counts)


@dataclass(frozen=True)
class LmPredictor:
    """A language model and the regression on what it says of sentences."""

    scorer: Scorer
    regression: LmRegression
    counts: Tensor
    """(V,) of the tokens of train."""

    @property
    def device(self) -> str:
        """Where the language model computes."""
        return self.scorer.device

    def on_split(
        self,
        sentences: Sentences,
        store: Store,
        on_event: OnEvent,
        work: Work,
        *,
        kind: OutputKind = "logits",
        batch_size: int = EVALUATION_BATCH,
    ) -> Tensor:
        """Logits (sentences, 2) in fp64; tokens are cached."""
        assert kind == "logits", "a baseline is no teacher"
        return self._logits(_tokens(self.scorer, sentences, store, on_event), on_event, work, batch_size)

    def on_texts(self, texts: Sequence[str], where: str, on_event: OnEvent, work: Work, first: int = 1) -> Tensor:
        """Logits (texts, 2) in fp64; messages name `where`, and count from `first`."""
        longest = _longest(self.scorer)
        tokens = tokenise(texts, self.scorer.tokenizer, longest, lambda index: f"{where}, sentence {first + index}")
        return self._logits(tokens, on_event, work, EVALUATION_BATCH)

    def _logits(self, tokens: Tokens, on_event: OnEvent, work: Work, batch_size: int) -> Tensor:
        scores = self.scorer.scores(tokens, on_event, work, batch_size=batch_size)
        return two_logits(self.regression.log_odds(sentence_features(scores, tokens, self.counts)))


def _tokens(scorer: Scorer, sentences: Sentences, store: Store, on_event: OnEvent) -> Tokens:
    longest = _longest(scorer)
    return tokenised_split(store, sentences, scorer.tokenizer, scorer.tokenizer_digest, longest, on_event)


def _longest(scorer: Scorer) -> int:
    """Most tokens of a sentence: one position is the start token's."""
    return scorer.longest - 1
