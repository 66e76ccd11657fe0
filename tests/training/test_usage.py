"""Peak memory of the process, and energy from counters that start again: a folder as Linux has them."""

import mmap
import time
from pathlib import Path

import pytest

from colacli.config import Student
from colacli.training import usage as module
from colacli.training.usage import ENERGY, ENERGY_OF, MEMORY, NO_COUNTER, RESUMED, Counter, Usage, measured

RANGE = 262_143_328_850


@pytest.fixture
def powercap(tmp_path, monkeypatch):
    """Counters of a machine with one processor; `set` gives zones by name other values."""
    zones = {"package-0": "0", "core": "0:0", "dram": "0:1", "psys": "1"}
    for name, number in zones.items():
        zone = tmp_path / f"intel-rapl:{number}"
        zone.mkdir()
        (zone / "name").write_text(f"{name}\n")
        (zone / "max_energy_range_uj").write_text(f"{RANGE}\n")
    (tmp_path / "intel-rapl").mkdir()

    def write(**values):
        for name, value in values.items():
            (tmp_path / f"intel-rapl:{zones[name.replace('_', '-')]}" / "energy_uj").write_text(f"{value}\n")

    write(package_0=RANGE - 1_000_000, core=5, dram=7_000_000, psys=9)
    monkeypatch.setattr(module, "POWERCAP", tmp_path)
    return write


def test_energy_over_the_wrap_around(powercap):
    """Of the packages and their memory, neither twice; a counter that starts again goes on."""
    with measured("cpu", resumed=False) as usage:
        powercap(package_0=2_000_000, core=RANGE - 1, dram=7_500_000, psys=RANGE - 1)
        usage.update()
        powercap(package_0=3_000_000, dram=8_000_000)
        facts = usage.facts()

    assert (facts[ENERGY], facts[ENERGY_OF]) == ("5.000", "package-0, dram")


def test_several_wrap_arounds_are_seen(powercap, monkeypatch):
    """A thread reads the counters meanwhile, however long the run is."""
    monkeypatch.setattr(module, "_INTERVAL", 0.001)
    readings = iter([0, 60, 20, 80, 10, *[10] * 10**6])
    with measured("cpu", resumed=False) as usage:
        usage.counters = [Counter("one", lambda: next(readings), range=100)]
        while usage.counters[0].used < 210:
            time.sleep(0.001)
    assert usage.counters[0].used == 60 + 60 + 60 + 30


@pytest.mark.parametrize("broken", ["absent", "unreadable", "odd"])
def test_where_energy_is_not_measured(broken, powercap, tmp_path, monkeypatch):
    """No counters, or those of the superuser alone, or no number: nothing is said but that."""
    if broken == "absent":
        monkeypatch.setattr(module, "POWERCAP", tmp_path / "none")
    elif broken == "unreadable":
        (tmp_path / "intel-rapl:0" / "energy_uj").unlink()
        (tmp_path / "intel-rapl:0" / "energy_uj").mkdir()  # also the superuser gets an OSError
    else:
        powercap(dram="?")
    facts = Usage("cpu", resumed=False).facts()

    assert ENERGY not in facts
    assert facts[ENERGY_OF] == NO_COUNTER


def test_a_counter_that_breaks(powercap, tmp_path):
    """Takes the others with it: half of the energy would be a wrong number."""
    usage = Usage("cpu", resumed=False)
    (tmp_path / "intel-rapl:0:1" / "energy_uj").unlink()
    assert ENERGY not in usage.facts()


def test_a_resumed_run(powercap):
    """Has used more than is seen here."""
    assert Usage("cpu", resumed=True).facts().items() >= {ENERGY_OF: RESUMED}.items()


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux begins a peak anew")
def test_peak_memory_is_of_the_run():
    """What was held and let go before does not count; what was held meanwhile does."""
    touch(200_000_000)
    before = Usage("cpu", resumed=False)
    low = int(before.facts()[MEMORY])
    touch(100_000_000)
    high = int(before.facts()[MEMORY])

    assert 90_000_000 < high - low < 150_000_000


def touch(size):
    """Hold so many bytes for a moment."""
    with mmap.mmap(-1, size) as memory:
        for page in range(0, size, mmap.PAGESIZE):
            memory[page] = 1


def test_a_run_has_it(trainings, powercap):
    """Peak memory and energy stand in the manifest of every run; no key and no other file depends on them."""
    first = trainings.alone(Student(hidden=4))
    environment = first.manifest.environment

    assert int(environment[MEMORY]) > 1_000_000
    assert (float(environment[ENERGY]), environment[ENERGY_OF]) == (0.0, "package-0, dram")
    assert MEMORY not in (first.path / "spec.json").read_text()
    assert all(MEMORY.encode() not in (first.path / name).read_bytes() for name in first.manifest.files)
