"""doctor: what is here, what is missing and how to get it, whatever state things are in."""

import shutil

import pytest

from colacli import devices
from colacli.models.base import BUNDLED, HUB, VARIANTS
from colacli.store.store import Store
from colacli.training.rates import Processor, Rates
from colacli.workflows import doctor
from colacli.workflows.data import bring_in
from colacli.workflows.doctor import diagnose, rates_finding
from factories.runs import commit_run, make_spec


def findings(store):
    """By what was looked at."""
    return {one.what: one for one in diagnose(lambda: store)}


def test_a_new_machine_is_diagnosed(store):
    """Software, devices, store, every variant and CoLA are looked at."""
    found = findings(store)
    expected = {"colacli", "plots", "C kernels", "cpu", "cuda", "mps", "auto", "store", "corpus cola"}

    assert expected | {f"model {variant}" for variant in VARIANTS} <= set(found)


def test_a_diagnosis_makes_nothing(store):
    """Looking at a store that isn't there leaves it so."""
    diagnose(lambda: store)

    assert not store.root.exists()


def test_what_is_missing_comes_with_a_way_to_get_it(store):
    """Models that are not in the cache say how they come; so does CoLA."""
    found = findings(store)

    assert {found[f"model {variant}"].state for variant in HUB} == {"missing"}
    assert {found[f"model {variant}"].state for variant in BUNDLED} == {"ok"}
    assert all("--base" in found[f"model {variant}"].hint for variant in HUB)
    assert found["corpus cola"].state == "missing"
    assert "data fetch cola" in found["corpus cola"].detail + found["corpus cola"].hint


def test_a_cached_model_is_found(store, store_home, tiny_base):
    """A variant that is whole in the Hugging Face cache is ok."""
    folder = store_home.parent / "hugging-face" / "hub" / "models--openai-community--gpt2"
    shutil.copytree(tiny_base, folder / "snapshots" / "abc")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc")

    assert findings(store)["model gpt2"].state == "ok"


def test_an_imported_corpus_is_found(store, tiny_corpus):
    """With its place and its sizes."""
    bring_in(store, tiny_corpus, "tiny")
    found = findings(store)["corpus tiny"]

    assert found.state == "ok"
    assert str(store.data / "tiny") in found.detail
    assert "train 60" in found.detail


def test_a_broken_corpus_is_told(store, tiny_corpus):
    """What can't be read is missing, and why is said; the rest is looked at all the same."""
    bring_in(store, tiny_corpus, "tiny")
    (store.data / "tiny" / "in_domain_dev.tsv").write_text("x\t7\t\tYes.\n")
    found = findings(store)["corpus tiny"]

    assert found.state == "missing"
    assert "in_domain_dev.tsv, line 1" in found.detail


def test_runs_are_counted(store):
    """The store says how many runs it has."""
    for seed in (0, 1):
        commit_run(store, make_spec(seed))

    assert "2 runs" in findings(store)["store"].detail


def test_damaged_runs_are_told(store):
    """Their digits, and how to look into it."""
    run = commit_run(store)
    (run.path / "manifest.json").write_text("{")
    found = findings(store)["damaged runs"]

    assert found.state == "missing"
    assert run.key[:12] in found.detail
    assert "runs verify" in found.hint


def test_a_store_that_can_not_be_written_is_told(store, monkeypatch):
    """And where else it may be put."""
    monkeypatch.setattr(doctor.os, "access", lambda *_: False)
    found = findings(store)["store"]

    assert found.state == "missing"
    assert "COLACLI_HOME" in found.hint


def test_without_plotext_the_plots_are_missing(store, monkeypatch):
    """How to get them is said."""
    monkeypatch.setattr(doctor, "find_spec", lambda _: None)
    found = findings(store)["plots"]

    assert found.state == "missing"
    assert "pip install" in found.hint


def test_a_cola_folder_that_is_gone_is_told(store, monkeypatch, tmp_path):
    """An environment variable that names nothing is a finding, not a failure."""
    monkeypatch.setenv("COLACLI_COLA_DIR", str(tmp_path / "gone"))
    found = findings(store)["corpus cola"]

    assert found.state == "missing"
    assert "COLACLI_COLA_DIR" in found.detail


def test_a_full_look_needs_no_space(store, monkeypatch):
    """Free space is the disk's that holds the store, or would."""
    usage = shutil.disk_usage(store.root.parent)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage if path.exists() else pytest.fail("no disk"))

    assert f"{usage.free / 1e9:.1f} GB free" in findings(store)["store"].detail


def test_a_store_that_can_not_be_opened_is_told(tmp_path):
    """What is wrong with the store is a finding among the others, not the end of the look."""
    (tmp_path / "store.json").write_text('{"format": 99}')
    found = {one.what: one for one in diagnose(lambda: Store(tmp_path))}

    assert (found["store"].state, "format 99" in found["store"].detail) == ("missing", True)
    assert "cpu" in found


@pytest.mark.parametrize(
    ("flags", "bf16", "words"),
    [
        ({"amx_bf16"}, 200.0, "2.00 times as fast as fp32, 200 GFLOP/s against 100 GFLOP/s; measured 2026-01-01 00:00"),
        ({"amx_bf16"}, 50.0, "has instructions for bf16, and auto goes by these alone"),
        (set(), 300.0, "has no known instructions for bf16, and auto goes by these alone"),
    ],
)
def test_measured_rates_are_told(monkeypatch, flags, bf16, words):
    """When they were measured and how to measure again; a contradiction to the instructions says what to give."""
    monkeypatch.setattr(devices, "cpu_flags", lambda: flags)
    processor = Processor(name="Acme", flags="0" * 64, torch="2.13.0", threads="2")

    found = rates_finding(Rates(processor=processor, measured="2026-01-01 00:00", fp32=100.0, bf16=bf16))

    assert words in found.detail
    assert "`colacli doctor --measure`" in found.hint
    if "auto" in words:
        assert f"--precision {'fp32' if flags else 'bf16'}" in found.hint


def test_rates_that_were_not_measured_are_told(store, monkeypatch):
    """A diagnosis measures nothing by itself."""
    monkeypatch.setattr(doctor, "remembered_rates", lambda: None)

    found = findings(store)["bf16 on the cpu"]

    assert (found.state, found.detail.startswith("not measured")) == ("info", True)
    assert "--measure" in found.hint


def test_the_c_kernels_are_compiled_or_it_says_why_not(monkeypatch):
    """With a compiler it is named; without one, torch's operators and the way to get one are."""
    monkeypatch.setenv("COLACLI_CC", "")
    finding = doctor.kernels_finding()
    assert (finding.state, finding.detail) == ("info", "COLACLI_CC is empty; torch's operators take their place")
    assert "gcc" in finding.hint
    monkeypatch.delenv("COLACLI_CC")
    if shutil.which("gcc"):
        assert doctor.kernels_finding().state == "ok"
