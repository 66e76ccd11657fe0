"""A self-test of a device in some ten seconds, on the bundled model and corpus."""

from __future__ import annotations

import os
import platform
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from colacli import __version__
from colacli.data.corpus import TRAIN
from colacli.data.locate import find_corpus
from colacli.devices import fast_bf16, resolve_device
from colacli.events import Note, OnEvent, ignore
from colacli.models.base import find_base
from colacli.store.store import Store

if TYPE_CHECKING:
    from colacli.training.probing import Probe

_SENTENCES = 256
_BASE = "gpt2-mini"


@dataclass(frozen=True)
class ProbeResult:
    """A device, tried out, and what its numbers depend on. Nothing in it names a person or a folder."""

    device: str
    hardware: str
    """The processor's or the GPU's name."""
    software: dict[str, str]
    probes: list[Probe]
    peak_memory_bytes: int | None
    """On the device, or of the process where that is the CPU; None where nothing tells."""

    @property
    def passed(self) -> bool:
        """Whether every model passed."""
        return all(probe.passed for probe in self.probes)


def probe(device: str, on_event: OnEvent = ignore) -> ProbeResult:
    """Try out a device: a teacher and a student, their logits and gradients beside the CPU's, and two trainings.

    Raises:
        UsageError: the device is not available.
    """
    import torch

    from colacli.models.tokenizer import load_tokenizer
    from colacli.models.tokens import tokenise
    from colacli.training.probing import Prober
    from colacli.training.usage import DEVICE_MEMORY, MEMORY, Usage

    device = resolve_device(device)
    if device == "cpu":
        on_event(Note("no GPU is tried out: the CPU is compared with itself"))
    with tempfile.TemporaryDirectory(prefix="colacli-probe-") as folder:  # the user's store stays as it is
        store = Store(Path(folder))
        base = find_base(store, _BASE, None, on_event)
        sentences = find_corpus(store, "sample", on_event).split(TRAIN)
    tokenizer = load_tokenizer(base.tokenizer, base.folder)
    tokens = tokenise(sentences.texts[:_SENTENCES], tokenizer, base.config.n_positions, str)
    labels = torch.tensor(sentences.labels[:_SENTENCES])
    usage = Usage(device, resumed=True)  # energy is not asked for
    prober = Prober(base, tokens, labels, device)
    probes = [prober.teacher("fp32"), prober.student()]
    if fast_bf16(device) or device == "mps":
        probes.append(prober.teacher("bf16"))
    facts = usage.facts()
    memory = facts.get(DEVICE_MEMORY, facts.get(MEMORY))
    return ProbeResult(device, _hardware(device), _software(), probes, None if memory is None else int(memory))


def _hardware(device: str) -> str:
    import torch

    if device.startswith("cuda"):
        name = torch.cuda.get_device_name(device)
        return f"{name}, capability {'.'.join(map(str, torch.cuda.get_device_capability(device)))}"
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} logical CPUs"


def _software() -> dict[str, str]:
    import torch

    versions = {"colacli": __version__, "python": platform.python_version(), "torch": metadata.version("torch")}
    more = {"cuda": torch.version.cuda, "hip": torch.version.hip}
    system = f"{platform.system()} {platform.release()}"
    return {**versions, **{name: version for name, version in more.items() if version}, "system": system}
