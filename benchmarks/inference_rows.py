"""Rows of models that are trained: evaluation, judging, minimal pairs, generation."""

from __future__ import annotations

from typing import Any

from benchmarks.row import Claim, Contender, Row, Settings, less, more, share

GPT2_PARAMETERS = 124_439_808
"""Of GPT-2, the tied embedding counted once."""


def evaluate(settings: Settings) -> Row:
    """The dev split, by a loaded model."""
    title = "Evaluation of the dev split, model loaded"
    return _judging(settings, "evaluate", title, "ours.evaluate", split=True, sentences=0)


def judge(settings: Settings) -> Row:
    """The command, from start to end."""
    title = "`judge` on 10,000 sentences, start to end"
    return _judging(settings, "judge", title, "ours.judge", split=False, sentences=1000)


def _judging(settings: Settings, name: str, title: str, piece: str, **how: Any) -> Row:
    peer, both, rate = "pipeline", ("fp32", "bf16"), "flops_per_second"
    limits = {one: f"its products, {one}" for one in both}
    return Row(
        name,
        title,
        {
            "seconds": "s",
            "start_seconds": "s of it to start",
            rate: "GFLOP/s",
            "sentences": "sentences measured",
            "batch_size": "best batch size",
            "peak_bytes": "GB",
        },
        (
            *(Contender(f"colacli {one}", piece, {"precision": one}) for one in both),
            Contender(peer, "peers.pipeline", {"bf16": False, **how}),
            Contender(f"{peer}, bf16", "peers.pipeline", {"bf16": True, **how}),
            *(
                Contender(limit, "limits.judging_rate", {"precision": one, "judged": not how["split"]})
                for one, limit in limits.items()
            ),
        ),
        (
            Claim(f"{name}, fp32", peer, less("seconds", "colacli fp32", peer), 5),
            Claim(f"{name}, colacli's default here", peer, less("seconds", f"colacli {settings.default}", peer), 5),
            Claim(f"{name}, bf16", f"{peer}, bf16", less("seconds", "colacli bf16", f"{peer}, bf16"), 5),
            *(
                Claim(
                    f"{name}, {one}, without its start: products of distinct prefixes over time",
                    "the rate of these products alone, measured beside it",
                    share(rate, f"colacli {one}", rate, limit),
                    85,
                    unit="%",
                )
                for one, limit in limits.items()
            ),
        ),
        teachers=True,
    )


def pairs(settings: Settings) -> Row:
    """Log-probabilities of sentences by the bundled model."""
    peer, how = "transformers", {"pairs": settings.pairs}
    return Row(
        "pairs",
        f"Log-probabilities of both sentences of {settings.pairs:,} minimal pairs by gpt2-mini, model loaded",
        {"seconds": "s", "sentences": "sentences measured", "batch_size": "best batch size", "peak_bytes": "GB"},
        (
            Contender("colacli fp32", "ours.score", {"precision": "fp32", **how}),
            Contender(peer, "peers.score", {"bf16": False, **how}),
        ),
        (Claim("minimal pairs, fp32", "a padded loop", less("seconds", "colacli fp32", peer), 5),),
        bases=(),
    )


def generate(settings: Settings) -> Row:
    """A text that is continued, and eight at once."""
    contenders: list[Contender] = []
    claims: list[Claim] = []
    rate, limit = "tokens_per_second", "memory read"
    for precision, bytes_each in (("fp32", 4), ("bf16", 2)):
        ours, peer, together = f"colacli {precision}", f"generate {precision}", f"colacli {precision}, 8 samples"
        contenders += [
            Contender(ours, "ours.generate", {"precision": precision, "tokens": settings.tokens}),
            Contender(peer, "peers.generate", {"bf16": precision == "bf16", "tokens": settings.tokens}),
            Contender(together, "ours.generate", {"precision": precision, "tokens": settings.tokens, "samples": 8}),
        ]
        weights = GPT2_PARAMETERS * bytes_each
        claims += [
            Claim(f"generation, {precision}", peer, more(rate, ours, peer), 2.5),
            Claim(
                f"generation, {precision}: weights read once a token",
                "the bandwidth of memory measured beside it",
                share(rate, ours, "bytes_per_second", limit, weights),
                unit="%",
            ),
            Claim(f"8 samples of one prompt, {precision}", "one sample", more(rate, together, ours), 5),
        ]
    contenders.append(Contender(limit, "limits.memory_bandwidth"))
    shown = {rate: "tokens/s", "bytes_per_second": "GB/s", "peak_bytes": "GB"}
    title = f"Generation of {settings.tokens} tokens"
    return Row("generate", title, shown, tuple(contenders), tuple(claims))
