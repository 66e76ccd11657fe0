"""What settings are refused, and how: by the variable or the file that they came from, whatever is in it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from colacli.cli.main import run


@pytest.mark.parametrize("value", ["'many'", "2.5", "true", "[1, 2]", "{ a = 1 }"])
def test_a_value_of_the_wrong_type_is_refused(folder, capsys, value):
    """A word, a fraction, a truth, a list or a table is no number of epochs."""
    (folder / "colacli.toml").write_text(f"[train-student]\nepochs = {value}\n")

    assert run(["train-student"]) == 2
    assert "epochs" in capsys.readouterr().err


def test_a_bad_value_in_the_environment_is_refused(folder, monkeypatch, capsys):
    """It is checked as a flag's is."""
    monkeypatch.setenv("COLACLI_TRAIN_STUDENT_EPOCHS", "many")

    assert run(["train-student"]) == 2
    assert "Invalid value for COLACLI_TRAIN_STUDENT_EPOCHS:" in capsys.readouterr().err


def test_a_limit_holds_in_a_file(folder, capsys):
    """Limits are checked wherever a value came from, and the file and the key are named."""
    (folder / "colacli.toml").write_text("[train-student]\nepochs = 0\n")

    assert run(["train-student"]) == 2
    assert "Error: epochs in [train-student] of colacli.toml must be at least 1, not 0" in capsys.readouterr().err


def test_a_limit_holds_in_the_environment(folder, monkeypatch, capsys):
    """The variable is named, and the file that it overrides is not."""
    (folder / "colacli.toml").write_text("[train-student]\nepochs = 3\n")
    monkeypatch.setenv("COLACLI_TRAIN_STUDENT_EPOCHS", "0")

    assert run(["train-student"]) == 2
    assert "Error: COLACLI_TRAIN_STUDENT_EPOCHS must be at least 1, not 0" in capsys.readouterr().err


def test_a_flag_is_blamed_for_itself(folder, monkeypatch, capsys):
    """Whatever a variable says of the same option."""
    monkeypatch.setenv("COLACLI_TRAIN_STUDENT_EPOCHS", "3")

    assert run(["train-student", "--epochs", "0"]) == 2
    assert "Error: --epochs must be at least 1, not 0" in capsys.readouterr().err


def test_a_workflow_s_error_names_the_file_too(folder, capsys):
    """What is found wrong later is blamed on the same place."""
    (folder / "colacli.toml").write_text(
        "[data.list]\njson = true\n[finetune]\ndata = 'nowhere'\nvariant = 'gpt2-mini'\n"
    )

    assert run(["finetune"]) == 1
    assert "Error: data in [finetune] of colacli.toml: there is no corpus or file 'nowhere'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("COLACLI_FINETUNE_EPOCH", "COLACLI_FINETUNE_EPOCHS"),
        ("COLACLI_FINETUN_EPOCHS", "COLACLI_FINETUNE_EPOCHS"),
        ("COLACLI_RUNS_LIST_JSN", "COLACLI_RUNS_LIST_JSON"),
        ("COLACLI_HOMES", "COLACLI_HOME"),
    ],
)
def test_a_mistyped_variable_is_refused(folder, monkeypatch, capsys, variable, nearest):
    """Whatever the command, with the nearest name."""
    monkeypatch.setenv(variable, "3")

    assert run(["data", "list"]) == 2
    err = capsys.readouterr().err
    assert f"{variable} " in err
    assert f"did you mean {nearest}?" in err


@pytest.mark.parametrize(
    "variable", ["COLACLI_COLA_DIR", "COLACLI_FINETUNE_EPOCHS", "COLACLI_DISTIL_CONFIG", "COLACLI_OF_SOMETHING_ELSE"]
)
def test_other_variables_are_left_alone(folder, monkeypatch, variable):
    """Those of other commands, those of none, and those that look like none of ours."""
    monkeypatch.setenv(variable, "3")

    assert run(["runs", "list"]) == 0


def test_help_is_given_whatever_the_file_says(folder, capsys):
    """A broken colacli.toml doesn't keep anyone from reading the help."""
    (folder / "colacli.toml").write_text("[finetune\n")

    assert run(["finetune", "--help"]) == 0
    assert "Usage: colacli finetune" in capsys.readouterr().out


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file for settings, and a store that is nobody's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLACLI_HOME", str(tmp_path_factory.mktemp("settings") / "home"))
        yield tmp_path_factory.mktemp("settings") / "odd.toml"


def refused_or_taken(file, content):
    """What a command does that is given these settings: its usual work, or a usage error."""
    file.write_bytes(content)
    assert run(["runs", "gc", "--config", str(file), "--json"]) in (0, 2)


@settings(max_examples=60)
@given(st.binary(max_size=60) | st.text("[runs.gc]=older-than \n\"'#1{}\\x00\x1b", max_size=40).map(str.encode))
@example(b"a = " + b"[" * 100_000)
@example(b"\xff\xfe")
def test_any_bytes_are_settings_or_a_usage_error(file, content):
    """Whatever stands in the file, no other exception comes of it."""
    refused_or_taken(file, content)


VALUES = ["true", "1", "-1", "1.5", "nan", "inf", "1e400", "''", "'x'", "[]", "[[1]]", "{a=1}", "2020-01-01", "00:00"]


@settings(max_examples=60)
@given(st.sampled_from(["older-than", "older_than", "yes", "json", "debug", "help", "config"]), st.sampled_from(VALUES))
def test_any_value_is_a_setting_or_a_usage_error(file, option, value):
    """Whatever type of TOML's it has."""
    refused_or_taken(file, f"[runs.gc]\n{option} = {value}\n".encode())
