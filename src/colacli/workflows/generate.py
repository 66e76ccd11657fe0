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

    from colacli.models.inference import Decoder
    from colacli.models.sampling import Sampling, continuation

    sampling = Sampling(request.temperature, request.top_k, request.top_p)
    decoder = Decoder(model, sampling.likeliest)
    samples = []
    for number in range(request.num_samples):
        seed, longest = request.seed + number, request.max_new_tokens
        tokens = continuation(decoder, prompt, longest, sampling, seed, stop)
        samples.append(_sample(tokens, number, tokenizer, on_event))
    return samples


def _precision(precision: Precision, device: str) -> Precision:
    """What computes: a token at a time a CPU is faster in fp32, for whose products with one row it has the kernels."""
    return "fp32" if precision == "auto" and device == "cpu" else resolve_precision(precision, device)


def _load(base: Base, run: Run | None, precision: Precision, device: str) -> tuple[LanguageModel, Tokenizer]:
    import torch

    from colacli.models.adapters import load_adapted_language_model
    from colacli.models.tokenizer import load_tokenizer
    from colacli.models.weights import load_language_model, to_precision

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


def _sample(tokens: Iterable[int], number: int, tokenizer: Tokenizer, on_event: OnEvent) -> Sample:
    """A text of these tokens, told piece by piece as they come."""
    from colacli.models.tokenizer import decode_ids

    ids: list[int] = []
    text = shown = ""
    for token in tokens:
        ids.append(token)
        text = decode_ids(tokenizer, ids)
        # A character of several bytes may be cut between tokens; it is shown once it is complete.
        if not text.endswith("\N{REPLACEMENT CHARACTER}"):
            on_event(Piece(number, text[len(shown) :]))
            shown = text
    if text != shown:
        on_event(Piece(number, text[len(shown) :]))
    return Sample(text, len(ids))
