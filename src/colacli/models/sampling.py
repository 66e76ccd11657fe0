"""Choosing the next token: temperature, top-k, top-p. A pure function of logits and a generator."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from colacli.kernels.attention import KeyValueCache
from colacli.kernels.packing import Continuation
from colacli.kernels.row_linear import kth_largest_bound
from colacli.models.gpt2 import LanguageModel
from colacli.models.inference import Decoder
from colacli.models.tensors import check_outputs


@dataclass(frozen=True)
class Sampling:
    """How a next token is drawn."""

    temperature: float
    """Logits are divided by it; 0 takes the likeliest token."""
    top_k: int
    """Only the k likeliest; 0 for all."""
    top_p: float
    """Only the likeliest whose probabilities reach p together (Holtzman et al. 2020); 1 for all."""

    @property
    def likeliest(self) -> int | None:
        """How many of the likeliest are all that is looked at; None for all there are."""
        return 1 if self.temperature == 0 else self.top_k or None


def choose(logits: Tensor, how: Sampling, generator: torch.Generator) -> int:
    """The next token's id from logits (vocabulary,) on the CPU."""
    return int(choose_each(logits[None], how, generator))


def choose_each(logits: Tensor, how: Sampling, generator: torch.Generator) -> Tensor:
    """The next token's id (B,) for each of several texts, from logits (B, vocabulary) on the CPU."""
    if how.temperature == 0:
        return logits.argmax(dim=1)
    k = how.top_k or logits.shape[1]
    ranked, ids = (torch.stack(parts) for parts in zip(*(_likeliest(row, k) for row in logits), strict=True))
    # The largest is 0: a tiny temperature overflows to -inf only, if it is not itself 0 in fp32.
    ranked = (ranked - ranked[:, :1]) / max(how.temperature, torch.finfo(torch.float32).tiny)
    probabilities = ranked.softmax(dim=1)
    if how.top_p < 1:
        before = probabilities.cumsum(dim=1) - probabilities  # of all likelier tokens; the first is always kept
        probabilities = probabilities * (before < how.top_p)
    return ids.gather(1, torch.multinomial(probabilities, 1, generator=generator))[:, 0]


def _likeliest(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k largest of (vocabulary,) logits and their ids, of equals the first first. Sorts no more than need be."""
    ids = (logits >= kth_largest_bound(logits, k)).nonzero()[:, 0]
    ranked, order = logits[ids].sort(descending=True, stable=True)
    return ranked[:k], ids[order[:k]]


@torch.no_grad()
def continuation(
    model: Decoder,
    prompt: list[int],
    count: int,
    how: Sampling,
    seed: int,
    stop: Collection[int],
    device: str,
) -> Iterator[int]:
    """Token ids that follow a prompt, one at a time.

    Args:
        model: on `device`.
        prompt: token ids, at least one.
        count: most tokens to give; prompt and these must fit the model's positions.
        how: how each is drawn.
        seed: of this text alone.
        stop: tokens that end the text, not given themselves.
        device: a torch device's name.
    """
    generator = torch.Generator().manual_seed(seed)
    caches = [KeyValueCache(len(prompt) + count) for _ in range(model.layers)]
    unread, read = prompt, 0
    for _ in range(count):
        tokens = Continuation(torch.tensor([unread], device=device), start=read)
        read += len(unread)
        logits = model.next_logits(tokens, caches)  # (1, vocabulary)
        check_outputs(logits.amax(dim=1))  # those that are not looked at may be -inf
        token = choose(logits[0].cpu(), how, generator)
        if token in stop:
            return
        yield token
        unread = [token]


@torch.no_grad()
def continuations(
    model: LanguageModel, prompts: Tensor, count: int, how: Sampling, generator: torch.Generator
) -> Tensor:
    """Tokens (B, count) that follow prompts (B, P) of equal length, all at once and none of them ending early.

    Args:
        model: on the CPU, in evaluation mode.
        prompts: token ids, at least one each.
        count: tokens to give; prompt and these must fit the model's positions.
        how: how each is drawn.
        generator: of all of them.
    """
    width = prompts.shape[1]
    caches = [KeyValueCache(width + count) for _ in model.transformer.h]
    unread, read = prompts, 0
    added: list[Tensor] = []
    for _ in range(count):
        logits = model.next_logits(Continuation(unread, start=read), caches)  # (B, vocabulary)
        check_outputs(logits.amax(dim=1))
        read += unread.shape[1]
        likeliest, ids = logits.topk(
            min(how.top_k or logits.shape[1], logits.shape[1])
        )  # sorting all is most of the work
        added.append(ids.gather(1, choose_each(likeliest, how, generator)[:, None])[:, 0])
        unread = added[-1][:, None]
    return torch.stack(added, dim=1)
