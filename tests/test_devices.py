"""A device that is asked for is there or refused; auto takes what is fast."""

from __future__ import annotations

import pytest
import torch

from colacli import devices
from colacli.devices import check_precision, cuda_count, fast_bf16, resolve_device, resolve_precision
from colacli.errors import UsageError


@pytest.fixture
def machine(monkeypatch):
    """Sets what the machine has: CUDA devices, an Apple GPU, the CPU's flags, the capability of its GPUs."""

    def has(cuda=0, mps=False, flags=(), capability=(8, 0)):
        monkeypatch.setattr(devices, "cuda_count", lambda: cuda)
        monkeypatch.setattr(devices, "has_mps", lambda: mps)
        monkeypatch.setattr(devices, "cpu_flags", lambda: set(flags))
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device: capability)

    has()
    return has


@pytest.mark.parametrize(
    "name", ["", "gpu", "CPU", "cpu:0", "cuda:", "cuda:x", "cuda:-1", "cuda:0 ", "cuda:1\n", "mps:0", "cuda:1000"]
)
def test_a_name_that_no_device_has_is_refused(machine, name):
    """What is no device's name is a usage error, even where there are devices of all kinds."""
    machine(cuda=8, mps=True)
    with pytest.raises(UsageError, match="--device"):
        resolve_device(name)


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps"])
def test_an_absent_device_is_refused(machine, name):
    """On a machine with a CPU alone the others are refused, and auto is named as the way out."""
    with pytest.raises(UsageError, match=name.partition(":")[0]) as caught:
        resolve_device(name)
    assert "--device auto" in caught.value.hint


def test_an_index_beyond_the_last_is_refused(machine):
    """Of two CUDA devices the third is refused; the message counts them."""
    machine(cuda=2)
    assert resolve_device("cuda:1") == "cuda:1"
    with pytest.raises(UsageError, match="finds 2 CUDA devices"):
        resolve_device("cuda:2")


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(1, False, "cuda"), (1, True, "cuda"), (0, True, "mps"), (0, False, "cpu")]
)
def test_auto_takes_the_fastest_device(machine, cuda, mps, expected):
    """CUDA goes before an Apple GPU, which goes before the CPU."""
    machine(cuda=cuda, mps=mps)
    assert resolve_device("auto") == expected


def test_the_cpu_is_always_there(machine):
    """The CPU can be chosen where there is something faster."""
    machine(cuda=1)
    assert resolve_device("cpu") == "cpu"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((), "fp32"),
        (("avx2", "avx512f"), "fp32"),
        (("avx512f", "avx512_bf16"), "bf16"),
        (("amx_bf16",), "bf16"),
        (("asimd", "bf16"), "bf16"),
    ],
)
def test_auto_on_a_cpu_goes_by_its_instructions(machine, flags, expected):
    """On a CPU auto is bf16 exactly where an instruction multiplies it."""
    machine(flags=flags)
    assert resolve_precision("auto", "cpu") == expected


@pytest.mark.parametrize(("capability", "expected"), [((7, 5), "fp32"), ((8, 0), "bf16"), ((9, 0), "bf16")])
def test_auto_on_cuda_goes_by_its_generation(machine, capability, expected):
    """On a GPU auto is bf16 from Ampere on, whatever the CPU can do."""
    machine(cuda=2, flags=("amx_bf16",), capability=capability)
    assert resolve_precision("auto", "cuda:1") == expected


def test_auto_on_an_apple_gpu_is_fp32(machine):
    """An Apple GPU computes fp32, whatever the CPU can do."""
    machine(mps=True, flags=("bf16",))
    assert resolve_precision("auto", "mps") == "fp32"


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_recurrent_student_stays_fp32(machine, device):
    """Where bf16 is fast for GPT-2, auto is still fp32 for a student."""
    machine(cuda=1, flags=("amx_bf16",))
    assert fast_bf16(device)
    assert resolve_precision("auto", device, recurrent=True) == "fp32"


@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("wanted", ["fp32", "bf16"])
def test_a_precision_that_is_asked_for_is_kept(machine, wanted, recurrent):
    """Only auto is resolved."""
    machine(cuda=1, flags=("amx_bf16",))
    assert resolve_precision(wanted, "cpu", recurrent=recurrent) == wanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("processor : 0\nflags\t\t: fpu avx2 amx_bf16\n\nprocessor : 1\nflags : other\n", {"fpu", "avx2", "amx_bf16"}),
        ("Features\t: fp asimd bf16\n", {"fp", "asimd", "bf16"}),
        ("model name : none\n", set()),
    ],
)
def test_flags_are_read_from_the_system(monkeypatch, text, expected):
    """The first CPU's instruction sets are read in the form of x86 and in that of arm64."""
    monkeypatch.setattr(devices.Path, "read_text", lambda _self: text)
    assert devices.cpu_flags() == expected


def test_a_system_without_flags_has_none(monkeypatch):
    """Where the system doesn't tell, no instruction set is assumed."""

    def missing(_self):
        raise FileNotFoundError

    monkeypatch.setattr(devices.Path, "read_text", missing)
    assert devices.cpu_flags() == set()


@pytest.fixture
def drivers(monkeypatch, tmp_path):
    """Where a driver would be, and a torch that finds two devices."""
    monkeypatch.setattr(devices, "GPU_DRIVERS", (str(tmp_path / "nvidia*"), str(tmp_path / "dxg")))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    return tmp_path


def test_without_a_driver_torch_is_not_asked(drivers):
    """There is no CUDA device where no driver is, whatever torch was built for."""
    assert cuda_count() == 0


@pytest.mark.parametrize("name", ["nvidiactl", "nvidia0", "dxg"])
def test_with_a_driver_torch_counts(drivers, name):
    """A driver's device file is enough to ask torch."""
    (drivers / name).touch()

    assert cuda_count() == 2


@pytest.mark.parametrize(("device", "flags"), [("cpu", ("avx512f",)), ("cpu", ()), ("cuda:0", ("amx_bf16",))])
def test_emulated_bf16_is_refused(machine, monkeypatch, device, flags):
    """The message says how much slower it was measured to be, the hint how to have it all the same."""
    machine(cuda=1, flags=flags, capability=(7, 5))
    monkeypatch.setattr(devices, "_bf16_to_fp32", lambda _device: 41.26)
    with pytest.raises(UsageError, match=r"41\.3 times as long as in fp32") as caught:
        check_precision("bf16", device, force=False)
    assert "--force-precision" in caught.value.hint


def test_the_ratio_is_measured():
    """A small product in both precisions gives a ratio."""
    assert devices._bf16_to_fp32("cpu") > 0


def test_bf16_that_is_fast_without_a_known_instruction_is_taken(machine, monkeypatch):
    """Where the system tells no instructions, what was measured allows what is asked for; auto stays as it is."""
    machine()
    monkeypatch.setattr(devices, "_bf16_to_fp32", lambda _device: 0.5)

    assert check_precision("bf16", "cpu", force=False) is None
    assert not devices.emulates_bf16("cpu")
    assert resolve_precision("auto", "cpu") == "fp32"


def test_the_name_is_the_systems(monkeypatch):
    """Or what Python knows of the processor."""
    monkeypatch.setattr(devices.Path, "read_text", lambda _self: "model name\t: Acme 9000\n")
    assert devices.cpu_name() == "Acme 9000"
    monkeypatch.setattr(devices.Path, "read_text", lambda _self: "Features : bf16\n")
    monkeypatch.setattr(devices.platform, "processor", lambda: "")
    monkeypatch.setattr(devices.platform, "machine", lambda: "aarch64")
    assert devices.cpu_name() == "aarch64"


@pytest.mark.parametrize(
    ("precision", "device", "flags", "force"),
    [
        ("fp32", "cpu", (), False),
        ("bf16", "cpu", (), True),
        ("bf16", "cpu", ("avx512_bf16",), False),
        ("bf16", "mps", (), False),
    ],
)
def test_what_is_not_slow_or_is_forced_is_taken(machine, precision, device, flags, force):
    """fp32 everywhere, bf16 where it is fast or not known to be slow, and whatever is forced; nothing is measured."""
    machine(mps=True, flags=flags)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(devices, "_bf16_to_fp32")
        assert check_precision(precision, device, force=force) is None


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("AVX2", "fp32"), ("avx512_core_vnni", "fp32"), ("AVX512_CORE_BF16", "bf16"), ("ALL", "bf16"), ("", "bf16")],
)
def test_onednn_may_be_kept_from_bf16(monkeypatch, limit, expected):
    """By its environment variable, in any case of letters; torch would emulate bf16 then."""
    monkeypatch.setattr(devices, "cpu_field", lambda _: "avx2 avx512f avx512_bf16")
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    assert resolve_precision("auto", "cpu") == expected
