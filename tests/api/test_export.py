"""Runs written as other programs read them, and reports of them."""

import json

import pytest

import colacli
from colacli.cli.main import run as command_line


def test_a_teacher_is_exported(made, tmp_path, capsys, monkeypatch):
    """The same files as the command's; the handle has its document."""
    export = made.teacher.export("peft", tmp_path / "one")
    monkeypatch.setenv("COLACLI_HOME", str(made.store.path))
    assert command_line(["export", "teacher", "--to", "peft", "-o", str(tmp_path / "two"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)

    assert (export.path / "adapter_model.safetensors").is_file()
    assert export.document["files"] == document["files"]
    assert export.document["runs"] == document["runs"]


def test_it_shows_itself(made, tmp_path):
    """Which run, where, and its files."""
    export = made.teacher.export("peft", str(tmp_path / "export"))

    assert repr(export) == f"{made.teacher.key[:12]} as peft is in {tmp_path / 'export'}"
    assert "adapter_config.json" in export._repr_html_()


def test_it_is_replaced_only_with_force(made, tmp_path):
    """As by the command."""
    made.teacher.export("peft", tmp_path / "export")
    with pytest.raises(colacli.UsageError, match="is there already") as caught:
        made.teacher.export("peft", tmp_path / "export")

    assert "force=" in caught.value.hint
    made.teacher.export("peft", tmp_path / "export", force=True)


@pytest.mark.parametrize(
    ("to", "options", "message"),
    [
        ("pefft", {}, "'pefft' is not one of"),
        ("peft", {"quantize": "int8"}, 'quantize= has no meaning with to="peft"'),
        ("peft", {"quantise": "int8"}, "export has no option 'quantise'"),
    ],
)
def test_what_can_not_be_exported_is_named(made, tmp_path, to, options, message):
    """Before anything is written."""
    with pytest.raises(colacli.UsageError, match=message):
        made.teacher.export(to, tmp_path / "export", **options)

    assert not (tmp_path / "export").exists()


def test_curves_of_several_go_into_one_folder(made, tmp_path):
    """All runs of the name."""
    pytest.importorskip("tensorboard")
    export = made.nokd.export("tensorboard", tmp_path / "curves")

    assert [run["key"] for run in export.document["runs"]] == [run.key for run in made.nokd]


def test_several_runs_are_no_model(made, tmp_path):
    """And no runs are nothing."""
    with pytest.raises(colacli.UnknownReferenceError, match="stands for 2 runs"):
        made.nokd.export("peft", tmp_path / "export")
    with pytest.raises(colacli.UsageError, match="no run to export"):
        made.nokd[:0].export("tensorboard", tmp_path / "export")


def test_a_report_is_written(made, tmp_path):
    """Of handles and names, under its title; a second time only with force."""
    pytest.importorskip("jinja2")
    pytest.importorskip("matplotlib")
    path = tmp_path / "report.html"

    assert made.store.report(made.kd, "nokd", output=path, title="Both students") == path
    assert "Both students" in path.read_text(encoding="utf-8")
    with pytest.raises(colacli.UsageError, match="is there already"):
        made.store.report(made.kd, output=path)
    made.store.report(made.kd[0], output=str(path), force=True, mistakes=0)


def test_a_report_is_of_a_run(made, tmp_path):
    """Of none there is none."""
    pytest.importorskip("jinja2")
    pytest.importorskip("matplotlib")
    with pytest.raises(colacli.UsageError, match="there is no run to report on"):
        made.store.report(output=tmp_path / "report.html")
