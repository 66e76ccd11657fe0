"""Continue a prompt with a base model, or with a tuned one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.config import REQUIRED, Checked, Precision, setting
from colacli.devices import check_precision, resolve_device, resolve_precision
from colacli.errors import UsageError, check_text
from colacli.events import OnEvent, Piece, ignore
from colacli.models.base import Base, base_of, find_base
from colacli.models.config import read_generation_config
from colacli.models.tokenizer_files import END_OF_TEXT
from colacli.store.refs import resolve_one
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.training.requests import DEVICE, FORCE_PRECISION, VARIANT

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from colacli.models.gpt2 import LanguageModel


_TOGETHER = 8
"""Most texts that are made at once, so that their caches and kept logits stay small."""


@dataclass(frozen=True, kw_only=True)
class GenerateRequest(Checked):
    """All that `generate` can be asked."""

    prompt: str = setting(REQUIRED, "Text to continue; '' begins a new one.")
    variant: str | None = VARIANT
    base: Path | None = setting(
        None, "Base model's folder; instead of --variant, or where the run's has moved.", shown_default="none"
    )
    run: str | None = setting(None, "Reference of a tuned teacher; instead of --variant.", shown_default="none")
    max_new_tokens: int = setting(50, "Most tokens to add.", minimum=1)
    temperature: float = setting(1.0, "Divides the logits; 0 takes the likeliest token.", minimum=0.0)
    top_k: int = setting(50, "Draw from the k likeliest tokens; 0 from all.", minimum=0)
    top_p: float = setting(
        1.0, "Draw from the likeliest tokens that reach this probability together.", above=0.0, maximum=1.0
    )
    seed: int = setting(0, "Of the first sample; the next has the next seed.", minimum=0, below=2**62)
    num_samples: int = setting(1, "Texts to make.", minimum=1)
    device: str = DEVICE
    precision: Precision = setting("auto", "Arithmetic; auto is bf16 on a GPU that has it, fp32 on a CPU.")
    force_precision: bool = FORCE_PRECISION


@dataclass(frozen=True)
class Sample:
    """One generated text."""

    text: str
    """The continuation, without the prompt."""
    tokens: int
    """How many were added."""


def generate(request: GenerateRequest, store: Store, on_event: OnEvent = ignore) -> list[Sample]:
    """Texts that continue the prompt; pieces are told to `on_event` as they come.

    Raises:
        UsageError: prompt and continuation don't fit the model, or the run is no language model.
        ColacliError: the model can't be had.
    """
    check_text(request.prompt, "--prompt")
    if request.run is not None and request.variant is not None:
        raise UsageError("--run and --variant are both given", "give one; a run knows its base model")
    device = resolve_device(request.device)
    precision = _precision(request.precision, device)
    check_precision(precision, device, force=request.force_precision)
    run = resolve_one(store, request.run) if request.run is not None else None
    if run is not None and run.spec.lora is None:
        what = "baseline" if run.spec.is_baseline else "student"
        raise UsageError(f"run {run.key[:12]} is a {what}, which judges but can't write", "name a teacher's run")
    if run is not None:
        base = base_of(store, run, request.base, on_event)
    else:
        base = find_base(store, request.variant, request.base, on_event)
    model, tokenizer = _load(base, run, precision, device)
    prompt, stop = _prompt_ids(request, base, tokenizer)

    from colacli.models.decoding import Decoder
    from colacli.models.sampling import Sampling, samples

    sampling = Sampling(request.temperature, request.top_k, request.top_p)
    decoder = Decoder(model, sampling.likeliest)
    made: list[Sample] = []
    while len(made) < request.num_samples:
        texts = [_Text(tokenizer, number) for number in range(len(made), request.num_samples)[:_TOGETHER]]
        seeds = [request.seed + text.number for text in texts]
        tokens = samples(decoder, prompt, request.max_new_tokens, sampling, seeds, stop)
        made += _written(texts, tokens, on_event)
    return made


def _precision(precision: Precision, device: str) -> Precision:
    """What computes: a token at a time a CPU is faster in fp32, for whose products with one row it has the kernels."""
    return "fp32" if precision == "auto" and device == "cpu" else resolve_precision(precision, device)


def _load(base: Base, run: Run | None, precision: Precision, device: str) -> tuple[LanguageModel, Tokenizer]:
    import torch

    from colacli.kernels.cuda_modes import set_cuda_modes
    from colacli.models.adapters import load_adapted_language_model
    from colacli.models.tokenizer import load_tokenizer
    from colacli.models.weights import load_language_model, to_precision

    set_cuda_modes()
    if run is None:
        model = load_language_model(base)
    else:
        from colacli.models.adapter_config import ADAPTER_CONFIG, ADAPTER_WEIGHTS

        adapter = run.verified_file(ADAPTER_CONFIG), run.verified_file(ADAPTER_WEIGHTS)
        model = load_adapted_language_model(base, *adapter)
    model.requires_grad_(requires_grad=False)
    to_precision(model, torch.bfloat16 if precision == "bf16" else torch.float32)
    return model.to(device).eval(), load_tokenizer(base.tokenizer, base.folder)


def _prompt_ids(request: GenerateRequest, base: Base, tokenizer: Tokenizer) -> tuple[list[int], frozenset[int]]:
    """The prompt's token ids, and the tokens that end a text."""
    import torch

    from colacli.models.tokenizer import encode_prompt
    from colacli.models.tokens import check_ids

    settings = read_generation_config(base.folder)
    ids = encode_prompt(tokenizer, request.prompt)
    if not ids:
        start = tokenizer.token_to_id(END_OF_TEXT) if settings.bos_token_id is None else settings.bos_token_id
        if start is None:
            raise UsageError("the model has no token to begin a text with", "give a --prompt")
        ids = [start]
    check_ids(torch.tensor(ids), base.config.vocab_size, tokenizer)
    longest = base.config.n_positions
    if len(ids) + request.max_new_tokens > longest:
        raise UsageError(
            f"the prompt's {len(ids)} tokens and --max-new-tokens {request.max_new_tokens} are more than "
            f"the model's {longest} positions",
            "shorten the prompt or lower --max-new-tokens",
        )
    return ids, settings.stop_ids


class _Text:
    """One text as it grows, and how much of it was told."""

    def __init__(self, tokenizer: Tokenizer, number: int) -> None:
        self.number = number
        self.ids: list[int] = []
        self.text = ""
        self._tokenizer = tokenizer

    def tell(self, on_event: OnEvent, *, is_over: bool) -> None:
        """What is new; a character of several bytes may be cut between tokens, and is told once it is complete."""
        from colacli.models.tokenizer import decode_ids

        text = decode_ids(self._tokenizer, self.ids)
        if text != self.text and (is_over or not text.endswith("\N{REPLACEMENT CHARACTER}")):
            on_event(Piece(self.number, text[len(self.text) :]))
            self.text = text


def _written(texts: list[_Text], steps: Iterable[list[tuple[int, int]]], on_event: OnEvent) -> list[Sample]:
    """Texts of these tokens, told in their order: of the first that has not ended each piece as it comes."""
    told = 0
    for step in steps:
        for index, token in step:
            texts[index].ids.append(token)
        first = step[0][0]
        for text in texts[told:first]:
            text.tell(on_event, is_over=True)
        texts[first].tell(on_event, is_over=False)
        told = first
    for text in texts[told:]:
        text.tell(on_event, is_over=True)
    return [Sample(text.text, len(text.ids)) for text in texts]
