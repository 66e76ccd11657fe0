"""The same work by those who do it today: the pipeline, a plain loop over transformers, `generate`.

Each as its own documentation has it, with the options that it recommends where speed matters.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from benchmarks.device import allow_tf32
from benchmarks.material import pair_texts, read_split
from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.models.base import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor
    from transformers import GPT2Tokenizer

    from benchmarks.piece import Result

PIPELINE_BATCHES = (1, 4, 16, 64)
"""Batch sizes of which the pipeline gets the best."""
GPU_BATCHES = (64, 256)
"""The same on a GPU."""
SCORING_BATCHES = (1, 4, 16, 64)
"""The same of the loop that scores sentences."""


def pipeline(
    material: Path, *, bf16: bool, split: bool, sentences: int, loaded: bool = False, device: str = "cpu"
) -> Result:
    """Transformers' text-classification pipeline at its best batch size.

    Args:
        material: corpus and model.
        bf16: weights and arithmetic in bf16.
        split: measure the loaded model on the dev split; else estimate the whole of judging, loading included.
        sentences: that are judged to estimate by, where it is not the split.
        loaded: leave the loading out.
        device: where it computes.
    """
    started = time.perf_counter()
    import torch
    from transformers import GPT2ForSequenceClassification
    from transformers import pipeline as make_pipeline

    tokenizer = tokenizer_of(material)
    model = GPT2ForSequenceClassification.from_pretrained(
        material / "gpt2", pad_token_id=tokenizer.eos_token_id, dtype=torch.bfloat16 if bf16 else torch.float32
    )
    judge: Any = make_pipeline("text-classification", model=model, tokenizer=tokenizer, device=device)
    allow_tf32(device)
    loading = time.perf_counter() - started
    judged = (material / "data" / "judged.txt").read_text(encoding="utf-8").splitlines()
    texts = read_split(material, IN_DOMAIN_DEV).texts if split else judged[:: max(1, len(judged) // sentences)]
    trial = texts[:: max(1, len(texts) // (128 if device == "cpu" else 512))]
    _seconds(judge, trial[:8], 8)  # to warm up
    seconds = {size: _seconds(judge, trial, size) for size in (PIPELINE_BATCHES if device == "cpu" else GPU_BATCHES)}
    best = min(seconds, key=seconds.__getitem__)
    measured = _seconds(judge, texts, best)
    total = measured if split else (0 if loaded else loading) + measured * len(judged) / len(texts)
    return {"seconds": total, "batch_size": best, "sentences": len(texts)}


def _seconds(judge: Any, texts: Sequence[str], size: int) -> float:
    started = time.perf_counter()
    list(judge(list(texts), batch_size=size))
    return time.perf_counter() - started


def score(_material: Path, *, bf16: bool, pairs: int) -> Result:
    """A plain loop over transformers with padding, in the order of the pairs, at its best batch size."""
    import torch
    from transformers import AutoTokenizer, GPT2LMHeadModel

    folder, texts = BUNDLED["gpt2-mini"], pair_texts(pairs)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.pad_token = tokenizer.eos_token
    model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.bfloat16 if bf16 else torch.float32).eval()

    @torch.no_grad()
    def seconds(sentences: Sequence[str], size: int) -> float:
        started = time.perf_counter()
        for start in range(0, len(sentences), size):
            batch = [tokenizer.bos_token + text for text in sentences[start : start + size]]
            inputs = tokenizer(batch, return_tensors="pt", padding=True)
            logits = model(**inputs).logits[:, :-1].float().log_softmax(-1)
            tokens = logits.gather(2, inputs.input_ids[:, 1:, None])[:, :, 0]
            (tokens * inputs.attention_mask[:, 1:]).sum(1).tolist()
        return time.perf_counter() - started

    trial = texts[:: max(1, len(texts) // 256)]
    seconds(trial[:8], 8)  # to warm up
    best = min(SCORING_BATCHES, key=lambda size: seconds(trial, size))
    return {"seconds": seconds(texts, best), "batch_size": best, "sentences": len(texts)}


def generate(
    material: Path, *, bf16: bool, tokens: int, samples: int = 1, static: bool = False, device: str = "cpu"
) -> Result:
    """Transformers' `generate` with its cache, from the first token to the last; tokens of all samples together.

    Args:
        material: the model.
        bf16: weights and arithmetic in bf16.
        tokens: of each sample.
        samples: of the one prompt.
        static: with a cache of fixed size, for which transformers compiles the model on a GPU.
        device: where it computes.
    """
    import torch
    from transformers import GPT2LMHeadModel

    from benchmarks.ours import PROMPT

    times: list[float] = []
    torch.manual_seed(0)
    tokenizer = tokenizer_of(material)
    dtype = torch.bfloat16 if bf16 else torch.float32
    model: Any = GPT2LMHeadModel.from_pretrained(material / "gpt2", dtype=dtype).eval().to(device)
    prompt = tokenizer(PROMPT, return_tensors="pt").to(device)
    allow_tf32(device)
    how: dict[str, Any] = {"cache_implementation": "static"} if static else {}
    how |= {"num_return_sequences": samples}

    def write(count: int) -> None:
        times.clear()
        with torch.no_grad():
            model.generate(
                **prompt, do_sample=True, top_k=50, max_new_tokens=count, min_new_tokens=count,
                pad_token_id=tokenizer.eos_token_id, streamer=_clock(times), **how,
            )  # fmt: skip

    write(tokens if static else 8)  # to warm up
    write(tokens)
    of_tokens = times[1:]  # the streamer is given the prompt first
    return {
        "tokens_per_second": samples * (len(of_tokens) - 1) / (of_tokens[-1] - of_tokens[0]),
        "tokens": samples * len(of_tokens),
    }


def _clock(times: list[float]) -> Any:
    """A streamer that notes when it is given tokens."""
    from transformers.generation.streamers import BaseStreamer

    class Clock(BaseStreamer):
        def put(self, _: Tensor) -> None:
            times.append(time.perf_counter())

        def end(self) -> None:
            pass

    return Clock()


def tokenizer_of(material: Path) -> GPT2Tokenizer:
    """The tokenizer of the model that was made, padding with its end of text."""
    from transformers import GPT2Tokenizer

    tokenizer: GPT2Tokenizer = GPT2Tokenizer.from_pretrained(material / "gpt2")
    tokenizer.pad_token = tokenizer.eos_token
    return tokenizer
