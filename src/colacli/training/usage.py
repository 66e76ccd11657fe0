"""What a run used of its machine: peak memory, and energy where the machine measures it. No torch on a CPU."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
"""Where Linux has the energy counters of processors (RAPL)."""
_PROCESS = Path("/proc/self")
_INTERVAL = 30.0
"""Seconds between two readings: a counter of 262 kJ starts again after four minutes at 1 kW."""
_RESET_PEAK = "5"
"""What proc(5) says to write into clear_refs."""

# Keys in a manifest's environment.
MEMORY, DEVICE_MEMORY = "peak_memory_bytes", "peak_device_memory_bytes"
ENERGY, ENERGY_OF = "energy_joules", "energy_of"
NO_COUNTER = "no counter that can be read"
RESUMED = "the run was resumed"


@dataclass
class Counter:
    """A counter of energy in microjoules, which grows, and starts again at 0 after its range."""

    name: str
    read: Callable[[], int]
    range: int | None = None
    """None where it never starts again."""
    used: int = 0
    _last: int = field(init=False)

    def __post_init__(self) -> None:
        """Start at what it shows now."""
        self._last = self.read()

    def update(self) -> None:
        """Add what it has grown by since the last time."""
        now = self.read()
        grown = now - self._last
        self.used += grown if grown >= 0 or self.range is None else grown + self.range
        self._last = now


class Usage:
    """What has been used since it was made.

    Args:
        device: of the training.
        resumed: whether a part of the run is not seen here.
    """

    def __init__(self, device: str, *, resumed: bool) -> None:
        self._device, self._resumed = device, resumed
        self.counters = [] if resumed else [*_processors(POWERCAP), *_graphics(device)]
        self._lock = threading.Lock()
        with suppress(OSError):
            (_PROCESS / "clear_refs").write_text(_RESET_PEAK)
        if device.startswith("cuda"):
            import torch

            torch.cuda.init()  # type: ignore[no-untyped-call]
            torch.cuda.reset_peak_memory_stats(device)

    def update(self) -> None:
        """Read the counters; one that fails is left out, and then nothing is said of energy."""
        with self._lock:
            try:
                for counter in self.counters:
                    counter.update()
            except (OSError, ValueError):
                self.counters = []

    def facts(self) -> dict[str, str]:
        """Bytes and joules, as a manifest's environment has them."""
        self.update()
        facts = {ENERGY_OF: RESUMED if self._resumed else NO_COUNTER}
        if self.counters:
            joules = sum(counter.used for counter in self.counters) / 1e6
            facts = {ENERGY: f"{joules:.3f}", ENERGY_OF: ", ".join(counter.name for counter in self.counters)}
        if (peak := _peak_memory()) is not None:
            facts[MEMORY] = str(peak)
        if self._device.startswith("cuda"):
            import torch

            facts[DEVICE_MEMORY] = str(torch.cuda.max_memory_allocated(self._device))
        return facts


@contextmanager
def measured(device: str, *, resumed: bool) -> Iterator[Usage]:
    """Measure while the block runs, in a thread where there are counters."""
    usage, stopped = Usage(device, resumed=resumed), threading.Event()

    def watch() -> None:
        while not stopped.wait(_INTERVAL):
            usage.update()

    thread = threading.Thread(target=watch, daemon=True) if usage.counters else None
    if thread is not None:
        thread.start()
    try:
        yield usage
    finally:
        stopped.set()
        if thread is not None:
            thread.join()


def _peak_memory() -> int | None:
    """Bytes of memory that this process held at most, where the system tells."""
    with suppress(OSError, StopIteration, ValueError, IndexError):  # getrusage has a parent's peak too, in Linux
        lines = (_PROCESS / "status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])
    with suppress(ImportError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else 1024 * peak
    return None


def _processors(folder: Path) -> list[Counter]:
    """Packages, and memory, which they don't include; not psys, which includes both. None where one can't be read."""
    try:
        zones = {zone: (zone / "name").read_text().strip() for zone in sorted(folder.glob("intel-rapl:*"))}
        return [
            Counter(name, _file(zone / "energy_uj"), _file(zone / "max_energy_range_uj")())
            for zone, name in zones.items()
            if name.startswith("package-") or name == "dram"
        ]
    except (OSError, ValueError):
        return []


def _file(path: Path) -> Callable[[], int]:
    return lambda: int(path.read_text())


def _graphics(device: str) -> list[Counter]:
    """The graphics card that is trained on, by NVIDIA's management library; none where that does not tell."""
    if not device.startswith("cuda"):
        return []
    import torch

    properties = torch.cuda.get_device_properties(device)
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
        handle, energy = ctypes.c_void_p(), ctypes.c_ulonglong()
        _check(library.nvmlInit_v2())
        _check(library.nvmlDeviceGetHandleByUUID(f"GPU-{properties.uuid}".encode(), ctypes.byref(handle)))

        def read() -> int:
            _check(library.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(energy)))
            return 1000 * energy.value  # it counts in millijoules

        return [Counter(properties.name, read)]
    except (OSError, AttributeError):
        return []


def _check(status: int) -> None:
    if status:
        raise OSError(f"NVML status {status}")
