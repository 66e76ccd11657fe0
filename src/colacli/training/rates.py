"""How fast this processor multiplies matrices in each precision: measured in milliseconds, and remembered.

Nothing that a key depends on is chosen by it: docs/devices.md says why.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from colacli.devices import cpu_flags, cpu_name, fast_bf16
from colacli.store.canonical import canonical, sha256
from colacli.store.files import make_folder, write_atomically
from colacli.store.reading import Key, convert, read_json

CLEARLY_FASTER, CLEARLY_SLOWER = 2.0, 0.75
"""Rates of bf16, as multiples of fp32's, that contradict what the processor's instructions say."""
_ROWS, _WIDTH = 256, 768  # a product of GPT-2's width
_TURNS = 6
_MOST = 32
_Short = Annotated[str, Meta(max_length=300)]
_Rate = Annotated[float, Meta(gt=0, le=1e9)]


@dataclass(frozen=True, kw_only=True)
class Processor:
    """What the rates depend on."""

    name: _Short
    flags: Key
    """Digest of its instruction sets."""
    torch: _Short
    threads: _Short
    """`OMP_NUM_THREADS`, or `default`."""


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Products of matrices in GFLOP/s: torch's own, and with a matrix in oneDNN's order."""

    processor: Processor
    measured: _Short
    """When, in UTC."""
    fp32: _Rate
    bf16: _Rate
    packed_fp32: _Rate | None = None
    """None where torch has no such product."""
    packed_bf16: _Rate | None = None

    @property
    def bf16_to_fp32(self) -> float:
        """How many times as fast bf16 is, by the faster product of each."""
        return max(self.bf16, self.packed_bf16 or 0) / max(self.fp32, self.packed_fp32 or 0)

    @property
    def contradicts_instructions(self) -> bool:
        """Whether bf16 is clearly faster where no instruction for it is known, or clearly slower where one is."""
        ratio = self.bf16_to_fp32
        return ratio <= CLEARLY_SLOWER if fast_bf16("cpu") else ratio >= CLEARLY_FASTER


@dataclass(frozen=True, kw_only=True)
class _Remembered:
    schema: Literal["colacli.rates/1"]
    rates: Annotated[tuple[Rates, ...], Meta(max_length=_MOST)]


def this_processor() -> Processor:
    """The processor, torch and threads of this process; torch is not imported."""
    return Processor(
        name=cpu_name()[:300],
        flags=sha256(" ".join(sorted(cpu_flags())).encode()),
        torch=metadata.version("torch"),
        threads=os.environ.get("OMP_NUM_THREADS", "default")[:300],
    )


def rates_file() -> Path | None:
    """Where rates are remembered; None where the user has no cache folder."""
    import platformdirs

    folder = platformdirs.user_cache_path("colacli", appauthor=False)
    return folder / "rates.json" if folder.is_absolute() else None  # without a home folder it is relative


def remembered_rates() -> Rates | None:
    """What was measured of this processor with this torch and as many threads; None where nothing was."""
    here = this_processor()
    return next((rates for rates in _read(rates_file()) if rates.processor == here), None)


def measure_rates() -> Rates:
    """Measure the rates, and remember them where that is possible. It takes less than a second, and torch."""
    rates = Rates(
        processor=this_processor(), measured=datetime.now(UTC).strftime("%Y-%m-%d %H:%M"), **_measured(_products())
    )
    path = rates_file()
    if path is not None:
        others = [other for other in _read(path) if other.processor != rates.processor]
        kept = _Remembered(schema="colacli.rates/1", rates=(*others[1 - _MOST :], rates))
        with suppress(OSError):  # without permission to write, they are only measured again
            make_folder(path.parent)
            write_atomically(path, canonical(kept))
    return rates


def _read(path: Path | None) -> tuple[Rates, ...]:
    """All that is remembered: nothing where there is no such file, or it is damaged or another program's."""
    with suppress(OSError, ValueError):
        return convert(read_json(path), _Remembered).rates if path else ()
    return ()


def _products() -> dict[str, Callable[[], object]]:
    """A product in each precision, by the rates' names."""
    import torch

    from colacli.kernels.linear import PackedLinear
    from colacli.kernels.torch_ops import has_onednn

    products: dict[str, Callable[[], object]] = {}
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        x, weight = torch.ones(_ROWS, _WIDTH, dtype=dtype), torch.ones(_WIDTH, _WIDTH, dtype=dtype)
        products[name] = partial(torch.mm, x, weight)
        if has_onednn(dtype, x.device):
            products[f"packed_{name}"] = partial(PackedLinear(weight, None), x)
    return products


def _measured(products: dict[str, Callable[[], object]]) -> dict[str, Any]:
    """GFLOP/s of each product, by the least of its times: they have turns, so that what else runs here slows all."""
    best = dict.fromkeys(products, math.inf)
    for turn in range(1 + _TURNS):
        for name, product in products.items():
            seconds = _seconds(product)
            if turn:  # the first warms up
                best[name] = min(best[name], seconds)
    flops = 2 * _ROWS * _WIDTH * _WIDTH
    return {name: flops / seconds / 1e9 for name, seconds in best.items()}


def _seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
