"""Generation: sampling the next token by temperature, top-k and top-p, and continuing prompts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from colacli.kernels.attention import KeyValueCache
from colacli.kernels.packing import Continuation
from colacli.kernels.ranking import largest
from colacli.models.decoding import Decoder
from colacli.models.gpt2 import LanguageModel
from colacli.models.tensors import check_outputs


@dataclass(frozen=True)
class Sampling:
    """Options of the next token's distribution."""

    temperature: float
    """Divides the logits; 0 is greedy decoding."""
    top_k: int
    """Sample from the k likeliest tokens; 0 for all."""
    top_p: float
    """Sample from the likeliest tokens with this total probability (Holtzman et al. 2020); 1 for all."""

    @property
    def likeliest(self) -> int | None:
        """Number of the likeliest tokens that suffice; None for all."""
        return 1 if self.temperature == 0 else self.top_k or None


def sample_tokens(logits: Tensor, sampling: Sampling, generators: Sequence[torch.Generator]) -> Tensor:
    """Token ids (B,) from logits (B, vocabulary) on the CPU; of equal logits the first is the likeliest.

    Args:
        logits: none of them NaN.
        sampling: of each row.
        generators: one of each row, or one of all.
    """
    if sampling.temperature == 0:
        return logits.argmax(dim=1)
    ranked, ids = largest(logits, min(sampling.top_k or logits.shape[1], logits.shape[1]))
    # The largest is 0: a tiny temperature overflows to -inf only, if it is not itself 0 in fp32.
    ranked = (ranked - ranked[:, :1]) / max(sampling.temperature, torch.finfo(torch.float32).tiny)
    probabilities = ranked.softmax(dim=1)
    if sampling.top_p < 1:
        before = probabilities.cumsum(dim=1) - probabilities  # of all likelier tokens; 0 for the first
        probabilities = probabilities * (before < sampling.top_p)
    parts = probabilities.tensor_split(len(generators))
    drawn = [torch.multinomial(part, 1, generator=one) for part, one in zip(parts, generators, strict=True)]
    return ids.gather(1, torch.cat(drawn))[:, 0]


def continuation(
    model: Decoder,
    prompt: list[int],
    count: int,
    sampling: Sampling,
    seed: int,
    stop: Collection[int],
) -> Iterator[int]:
    """Generate the token ids that follow a prompt: the only one of `samples`."""
    for ((_, token),) in samples(model, prompt, count, sampling, [seed], stop):
        yield token


@torch.no_grad()
def samples(
    model: Decoder,
    prompt: list[int],
    count: int,
    sampling: Sampling,
    seeds: Sequence[int],
    stop: Collection[int],
) -> Iterator[list[tuple[int, int]]]:
    """Generate texts that follow one prompt together: it is read once, and each weight once a token of all of them.

    Args:
        model: on any device.
        prompt: token ids, at least one.
        count: most tokens to generate of a text; prompt and these must fit the model's positions.
        sampling: of each token.
        seeds: of the texts.
        stop: tokens that end a text and are not returned.

    Yields:
        The index and the next token of each text that has not ended, in the order of the texts.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    caches = [KeyValueCache(len(prompt) + count) for _ in range(model.layers)]
    unread, read = torch.tensor([prompt]), 0
    rows = [(text, 0) for text in range(len(seeds))]  # texts that have not ended, and which row of `unread` they end in
    for _ in range(count):
        following = model.next_logits(Continuation(unread, start=read), caches)
        logits = following.logits.cpu()  # (B, C)
        check_outputs(logits.amax(dim=1))  # others than the likeliest may be -inf
        read += unread.shape[1]
        of_texts = logits if len(rows) == len(logits) else logits[[row for _, row in rows]]
        sampled = following.tokens(sample_tokens(of_texts, sampling, [generators[text] for text, _ in rows])).tolist()
        drawn = [(text, row, token) for (text, row), token in zip(rows, sampled, strict=True) if token not in stop]
        if not drawn:
            return
        yield [(text, token) for text, _, token in drawn]
        if (kept := [row for _, row, _ in drawn]) != list(range(len(logits))):
            for cache in caches:
                cache.select(torch.tensor(kept))
        unread = torch.tensor([[token] for _, _, token in drawn])
        rows = [(text, row) for row, (text, _, _) in enumerate(drawn)]


@torch.no_grad()
def continuations(
    model: LanguageModel, prompts: Tensor, count: int, sampling: Sampling, generator: torch.Generator
) -> Tensor:
    """Tokens (B, count) that follow prompts (B, P) of equal length, without stop tokens.

    Args:
        model: on the CPU, in evaluation mode.
        prompts: token ids, at least one each.
        count: tokens to generate; prompt and these must fit the model's positions.
        sampling: of each.
        generator: of all texts.
    """
    width = prompts.shape[1]
    caches = [KeyValueCache(width + count) for _ in model.transformer.h]
    unread, read = prompts, 0
    generated: list[Tensor] = []
    for _ in range(count):
        logits = model.next_logits(Continuation(unread, start=read), caches)  # (B, vocabulary)
        check_outputs(logits.amax(dim=1))
        read += unread.shape[1]
        k = min(sampling.top_k or logits.shape[1], logits.shape[1])
        likeliest, ids = logits.topk(k)  # sorting all is most of the work
        generated.append(ids.gather(1, sample_tokens(likeliest, sampling, [generator])[:, None])[:, 0])
        unread = generated[-1][:, None]
    return torch.stack(generated, dim=1)
