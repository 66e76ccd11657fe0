"""Rates of products are measured in turns, and remembered for a processor, a torch and a number of threads."""

import json
import subprocess
import sys
from itertools import count

import pytest

from colacli import devices
from colacli.cli.main import run
from colacli.training import rates
from colacli.training.rates import Processor, Rates, measure_rates, remembered_rates

HERE = Processor(name="Acme", flags="0" * 64, torch="2.13.0", threads="2")


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Where rates are remembered."""
    file = tmp_path / "cache" / "colacli" / "rates.json"
    monkeypatch.setattr(rates, "rates_file", lambda: file)
    return file


@pytest.fixture
def timed(monkeypatch):
    """A clock on which products take milliseconds by their names, in the order of the rates."""

    def takes(**milliseconds):
        monkeypatch.setattr(rates, "_products", lambda: {name: (lambda name=name: name) for name in milliseconds})
        monkeypatch.setattr(rates, "_seconds", lambda product: milliseconds[product()] / 1000)

    takes(fp32=2.0, bf16=1.0)
    return takes


def of(processor=HERE, *, fp32=100.0, bf16=200.0, packed_bf16=None):
    """Rates, without a measurement."""
    return Rates(processor=processor, measured="2026-01-01 00:00", fp32=fp32, bf16=bf16, packed_bf16=packed_bf16)


def test_this_machine_is_measured(path):
    """Every product there is has a rate."""
    found = measure_rates()

    assert min(found.fp32, found.bf16) > 0
    assert found.processor == rates.this_processor()


def test_what_is_measured_is_remembered(path, timed):
    """The rate is the product's operations over its time; nothing is measured again to read it."""
    assert remembered_rates() is None

    found = measure_rates()

    assert (found.fp32, found.bf16, found.packed_bf16) == (pytest.approx(150.99, abs=0.01), 2 * found.fp32, None)
    assert remembered_rates() == found


def test_the_least_of_each_products_times_counts(monkeypatch):
    """They have turns; the first turn only warms up."""
    times = {"fp32": iter([0.1, 9, 9, 9, 9, 9, 4.0]), "bf16": iter([0.1, 2.0, 9, 9, 9, 9, 9])}
    order = []
    monkeypatch.setattr(rates, "_seconds", lambda product: order.append(product) or next(times[product]))

    found = rates._measured({"fp32": "fp32", "bf16": "bf16"})

    assert found["bf16"] == 2 * found["fp32"]
    assert order[:4] == ["fp32", "bf16", "fp32", "bf16"]


@pytest.mark.parametrize(
    "change", [{"OMP_NUM_THREADS": "7"}, {"name": "Acme 9001"}, {"flags": {"amx_bf16", "new"}}, {"torch": "9.9"}]
)
def test_another_processor_torch_or_thread_count_is_measured_anew(path, timed, monkeypatch, change):
    """And what is remembered of the first stays."""
    first = measure_rates()
    with monkeypatch.context() as patch:
        for name, value in change.items():
            if name == "OMP_NUM_THREADS":
                patch.setenv(name, value)
            else:
                where = {"name": (rates, "cpu_name"), "flags": (rates, "cpu_flags")}
                where["torch"] = (rates.metadata, "version")
                patch.setattr(*where[name], lambda *_, value=value: value)
        assert remembered_rates() is None
        measure_rates()
        assert remembered_rates() is not None

    assert remembered_rates() == first


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"schema": "colacli.rates/2", "rates": []}',
        b'{"schema": "colacli.rates/1", "rates": [{"fp32": -1}]}',
        b'{"schema": "colacli.rates/1", "rates": [], "more": 1}',
        b"\xff\xfe",
    ],
)
def test_a_damaged_or_foreign_file_is_measured_again(path, timed, content):
    """It is nothing remembered, and is replaced."""
    path.parent.mkdir(parents=True)
    path.write_bytes(content)

    assert remembered_rates() is None
    found = measure_rates()
    assert remembered_rates() == found


def test_impossible_rates_are_not_believed(path, timed):
    """A rate is a positive number."""
    measure_rates()
    document = json.loads(path.read_text())
    document["rates"][0]["fp32"] = 0
    path.write_text(json.dumps(document))

    assert remembered_rates() is None


def test_few_are_remembered(path, timed, monkeypatch):
    """The latest: the file stays small on a machine whose threads vary."""
    numbers = count()
    monkeypatch.setattr(rates, "this_processor", lambda: Processor(**{**vars(HERE), "threads": str(next(numbers))}))
    for _ in range(rates._MOST + 3):
        measure_rates()

    kept = [one["processor"]["threads"] for one in json.loads(path.read_text())["rates"]]
    assert kept == [str(number) for number in range(3, rates._MOST + 3)]


def test_a_folder_that_can_not_be_written_is_no_error(tmp_path, timed, monkeypatch):
    """The rates are only measured again the next time; so they are where there is no folder at all."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(rates, "rates_file", lambda: tmp_path / "file" / "rates.json")
    assert measure_rates().bf16 > 0
    monkeypatch.setattr(rates, "rates_file", lambda: None)
    assert measure_rates().bf16 > 0
    assert remembered_rates() is None


def test_the_file_is_in_the_users_cache(monkeypatch, tmp_path):
    """As the platform has it, and absolute."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = rates.rates_file()

    assert path is not None
    assert path.is_absolute()
    assert path.name == "rates.json"


@pytest.mark.parametrize(
    ("flags", "bf16", "expected"),
    [
        ({"avx2"}, 199.0, False),
        ({"avx2"}, 200.0, True),
        ({"avx512_bf16"}, 76.0, False),
        ({"avx512_bf16"}, 75.0, True),
        ({"avx512_bf16"}, 500.0, False),
        (set(), 20.0, False),
    ],
)
def test_only_a_clear_ratio_contradicts_the_instructions(monkeypatch, flags, bf16, expected):
    """Twice as fast where none is known, three quarters where one is."""
    monkeypatch.setattr(devices, "cpu_flags", lambda: flags)

    assert of(bf16=bf16).contradicts_instructions is expected


def test_the_faster_product_of_each_counts():
    """Packed matrices are what most of a teacher's products take."""
    assert of(bf16=50.0, packed_bf16=300.0).bf16_to_fp32 == 3


def test_to_remember_takes_no_torch():
    """Reading what is remembered leaves torch out."""
    code = "import sys; from colacli.training.rates import remembered_rates as f; f(); sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_doctor_measures_when_asked(path, timed, store_home, capsys):
    """And shows it then and later."""
    assert run(["doctor", "--json"]) == 0
    assert not path.exists()
    capsys.readouterr()

    assert run(["doctor", "--measure", "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)["findings"]
    assert run(["doctor", "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["findings"] == measured
    assert "2.00 times as fast" in next(one["detail"] for one in measured if one["what"] == "bf16 on the cpu")


def test_doctor_shows_what_it_can_not_remember(timed, store_home, capsys, monkeypatch):
    """Where there is no cache folder, what was measured is told all the same."""
    monkeypatch.setattr(rates, "rates_file", lambda: None)

    assert run(["doctor", "--measure", "--json"]) == 0

    assert "2.00 times as fast" in capsys.readouterr().out
