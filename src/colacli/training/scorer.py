"""A base model as a scorer of sentences: its language model, its tokenizer, and the log-probabilities of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from tokenizers import Tokenizer

from colacli.config import Precision
from colacli.errors import ModelError
from colacli.events import OnEvent, Work
from colacli.kernels.packing import Tokens
from colacli.models.base import Base
from colacli.models.config import read_generation_config
from colacli.models.gpt2 import LanguageModel
from colacli.models.scoring import Scores, TokenScorer
from colacli.models.tensors import check_outputs
from colacli.models.tokenizer import drop_template, load_tokenizer
from colacli.models.tokenizer_files import END_OF_TEXT
from colacli.models.tokens import Sentences, check_ids, tokenise, tokenised_split
from colacli.models.weights import load_language_model, to_precision
from colacli.store.canonical import sha256
from colacli.store.store import Store
from colacli.training.fit import make_deterministic

SCORING_BATCH = 256
"""Sentences at a time: 128 take 1.1 times as long, 512 as long."""


@dataclass(frozen=True)
class Scorer:
    """A language model, ready to score sentences."""

    model: TokenScorer
    tokenizer: Tokenizer
    """Without a template: a start token is put before sentences here, once, and no end token is scored."""
    tokenizer_digest: str
    start: int | None
    """The document-start token; None where the model has none."""
    longest: int
    """The model's positions."""
    vocabulary: int
    device: str

    def on_split(
        self,
        sentences: Sentences,
        store: Store,
        on_event: OnEvent,
        work: Work,
        *,
        bos: bool = True,
        batch_size: int = SCORING_BATCH,
    ) -> Scores:
        """Log-probabilities of the tokens of sentences, in order; their ids are cached.

        Args:
            sentences: a split, or anything like one.
            store: whose cache is used.
            on_event: told of the progress.
            work: names it in progress events.
            bos: put the document-start token before each sentence, and score the first token after it. Without it
                the first token of each is given, and not scored.
            batch_size: sentences at a time.

        Raises:
            DataError: a sentence is too long.
            ModelError: there is no document-start token, or no embedding for a token.
            IntegrityError: a log-probability is not finite.
        """
        longest = self.longest - bos
        tokens = tokenised_split(store, sentences, self.tokenizer, self.tokenizer_digest, longest, on_event)
        return self.scores(tokens, on_event, work, bos=bos, batch_size=batch_size)

    def on_texts(
        self, texts: Sequence[str], where: str, on_event: OnEvent, work: Work, *, bos: bool = True, first: int = 1
    ) -> Scores:
        """The same of texts that are not cached; messages name `where`, and count from `first`."""
        tokens = tokenise(texts, self.tokenizer, self.longest - bos, lambda index: f"{where}, sentence {first + index}")
        return self.scores(tokens, on_event, work, bos=bos)

    def scores(
        self, tokens: Tokens, on_event: OnEvent, work: Work, *, bos: bool = True, batch_size: int = SCORING_BATCH
    ) -> Scores:
        """The same of tokens."""
        if bos and self.start is None:
            raise ModelError("the base model has no document-start token", "score without it: --no-bos")
        check_ids(tokens.ids, self.vocabulary, self.tokenizer)
        given = tokens.after(self.start) if bos and self.start is not None else tokens
        counts = given.lengths - 1
        firsts = counts.cumsum(0) - counts  # (sentences,) index of each sentence's first score
        scores, done = torch.empty(int(counts.sum())), 0
        for rows in given.by_prefix(batch_size):
            part = self.model(given.batch(rows))
            within = torch.arange(len(part)) - (counts[rows].cumsum(0) - counts[rows]).repeat_interleave(counts[rows])
            scores[firsts[rows].repeat_interleave(counts[rows]) + within] = part
            done += len(rows)
            on_event(replace(work, done=done))
        check_outputs(scores)
        return Scores(scores, counts)


def load_scorer(base: Base, precision: Precision, device: str) -> Scorer:
    """The language model of a base.

    Args:
        base: the untuned model.
        precision: resolved, of the body; the head computes in fp32.
        device: a torch device's name.

    Raises:
        ModelError: weights or tokenizer can't be used.
    """
    make_deterministic(0)
    model = load_for_inference(base, precision)
    tokenizer = load_base_tokenizer(base)
    return Scorer(
        model=TokenScorer(model.to(device)),
        tokenizer=tokenizer.tokenizer,
        tokenizer_digest=tokenizer.digest,
        start=tokenizer.start,
        longest=base.config.n_positions,
        vocabulary=base.config.vocab_size,
        device=device,
    )


def load_for_inference(base: Base, precision: Precision) -> LanguageModel:
    """A base's language model with nothing to train; its body in this precision."""
    model = load_language_model(base).eval()
    model.requires_grad_(requires_grad=False)
    to_precision(model, torch.bfloat16 if precision == "bf16" else torch.float32)
    return model


@dataclass(frozen=True)
class BaseTokenizer:
    """A base's tokenizer, which puts no token before or after a text."""

    tokenizer: Tokenizer
    digest: str
    start: int | None
    """The document-start token; None where the model has none."""


def load_base_tokenizer(base: Base) -> BaseTokenizer:
    """The tokenizer of a base, without its template.

    Raises:
        ModelError: it can't be used.
    """
    tokenizer = load_tokenizer(base.tokenizer, base.folder)
    digest = base.digests.tokenizer
    if drop_template(tokenizer):
        digest = sha256(f"{digest} without its template".encode())
    start = read_generation_config(base.folder).bos_token_id
    start = tokenizer.token_to_id(END_OF_TEXT) if start is None else start
    return BaseTokenizer(tokenizer, digest, start if start is not None and start < base.config.vocab_size else None)
