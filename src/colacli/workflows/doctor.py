"""What is here, what is missing, and how to get it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from typing import Literal

from colacli import __version__
from colacli.devices import cuda_count, fast_bf16, has_mps, resolve_device, resolve_precision
from colacli.errors import ColacliError, UnavailableError
from colacli.models.base import BUNDLED, HUB, cached_folder
from colacli.results import scan_runs
from colacli.store.files import bytes_in
from colacli.store.store import Store
from colacli.training.rates import Rates, remembered_rates
from colacli.workflows.data import listing

State = Literal["ok", "missing", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: State
    detail: str
    hint: str = ""
    """How to get what is missing."""


def diagnose(open_store: Callable[[], Store], rates: Rates | None = None) -> list[Finding]:
    """Everything worth knowing before, or after, something doesn't work; a store that can't be opened too.

    Args:
        open_store: opens it.
        rates: the processor's, if they were measured just now; else what is remembered of them is told.
    """
    try:
        store = open_store()
        stored = [*_store(store), *_corpora(store)]
    except ColacliError as error:
        stored = [Finding("store", "missing", error.message, error.hint)]
    measured = rates_finding(rates or remembered_rates())
    return [*_software(), *_devices(), kernels_finding(), measured, *_models(), *stored]


def _software() -> list[Finding]:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("torch", "transformers", "tokenizers"))
    plots = Finding("plots", "missing", "plotext is not installed; curves are tables", "pip install 'plotext>=6,<7'")
    if find_spec("plotext") is not None:
        plots = Finding("plots", "ok", f"plotext {metadata.version('plotext')}")
    return [Finding("colacli", "info", f"{__version__}, Python {sys.version.split()[0]}, {versions}"), plots]


def _devices() -> list[Finding]:
    device = resolve_device("auto")
    bf16 = "fast bf16" if fast_bf16("cpu") else "no fast bf16"
    count = cuda_count()
    return [
        Finding("cpu", "info", f"{os.cpu_count()} logical CPUs, {bf16}"),
        Finding("cuda", "info", f"{count} devices" if count else "none that torch can use"),
        Finding("mps", "info", "there" if has_mps() else "none that torch can use"),
        Finding("auto", "ok", f"device {device}, precision {resolve_precision('auto', device)}"),
    ]


def kernels_finding() -> Finding:
    """Whether there are C kernels for the CPU; compiles them."""
    from colacli.kernels.compiled.build import VARIABLE, CompileError, build

    try:
        return Finding("C kernels", "ok", f"compiled by {build().compiler}")
    except CompileError as error:
        hint = (
            f"install gcc, or name one with {VARIABLE}" if sys.platform == "linux" else ""
        )  # elsewhere there are none
        return Finding("C kernels", "info", f"{error}; torch's operators take their place", hint)


def rates_finding(rates: Rates | None) -> Finding:
    """How fast the processor multiplies, when that was measured, and whether its instructions say so too."""
    what, again = "bf16 on the cpu", "`colacli doctor --measure` measures it"
    if rates is None:
        return Finding(what, "info", "not measured with this torch and so many threads", again)
    products = f"{_rate(rates.bf16, rates.packed_bf16)} against {_rate(rates.fp32, rates.packed_fp32)}"
    detail = f"{rates.bf16_to_fp32:.2f} times as fast as fp32, {products}; measured {rates.measured} UTC"
    again += " again"
    if not rates.contradicts_instructions:
        return Finding(what, "ok", detail, again)
    known, other = ("has", "fp32") if fast_bf16("cpu") else ("has no known", "bf16")
    detail += f". The processor {known} instructions for bf16, and auto goes by these alone"
    return Finding(what, "info", detail, f"give --precision {other}; {again}")


def _rate(plain: float, packed: float | None) -> str:
    return f"{plain:,.0f} GFLOP/s" + ("" if packed is None else f" ({packed:,.0f} packed)")


def _store(store: Store) -> list[Finding]:
    runs, damaged = scan_runs(store)
    existing = next(path for path in (store.root, *store.root.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 1e9
    where = f"{store.root}: {len(runs)} runs, {bytes_in(store.root) / 1e6:.1f} MB, {free:.1f} GB free on its disk"
    findings = [Finding("store", "ok", where)]
    if not os.access(existing, os.W_OK):
        hint = "set COLACLI_HOME to a folder of yours"
        findings = [Finding("store", "missing", f"{where}; it can't be written to", hint)]
    if damaged:
        keys = ", ".join(key[:12] for key in damaged)
        findings.append(Finding("damaged runs", "missing", keys, "`colacli runs verify`"))
    return findings


def _models() -> list[Finding]:
    from huggingface_hub.constants import HF_HUB_CACHE

    findings = [Finding("Hugging Face cache", "info", HF_HUB_CACHE)]
    findings += [Finding(f"model {variant}", "ok", "bundled") for variant in BUNDLED]
    for variant, repository in HUB.items():
        try:
            cached_folder(variant)
            findings.append(Finding(f"model {variant}", "ok", repository))
        except UnavailableError as error:
            findings.append(Finding(f"model {variant}", "missing", error.message, error.hint))
    return findings


def _corpora(store: Store) -> list[Finding]:
    findings = []
    for corpus in listing(store):
        sizes = ", ".join(f"{split} {count:,}" for split, count in corpus.sizes.items())
        state: State = "missing" if corpus.problem else "ok"
        detail = corpus.problem or f"{corpus.path or 'bundled'}: {sizes}"
        findings.append(Finding(f"corpus {corpus.name}", state, detail))
    return findings
