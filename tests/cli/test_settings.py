"""Where settings come from: flag, environment, --config FILE, colacli.toml, the user's own file, default."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from colacli.cli.main import run
from colacli.store.store import Store
from factories.runs import commit_run, flip_byte, make_spec

OWN = "the user's own"
EPOCHS = {
    "flag": 2,
    "environment": 3,
    "--config": 4,
    "colacli.toml": 6,
    OWN: 7,
    "default": 5,
}


@pytest.fixture
def here(tmp_path, store_home, monkeypatch):
    """An empty working folder, and an empty store."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def spec_of(here, tiny_base, tiny_corpus, capsys):
    """The spec that a training command would have, given further words."""

    def ask(command, *words):
        argv = [command, "--base", str(tiny_base), "--data", str(tiny_corpus), *words, "--dry-run", "--json"]
        assert run(argv) == 0, capsys.readouterr().out
        return json.loads(capsys.readouterr().out)["spec"]

    return ask


@pytest.mark.parametrize("first", range(len(EPOCHS)), ids=list(EPOCHS))
def test_the_order_of_sources(here, tmp_path, spec_of, monkeypatch, first):
    """Of the sources that speak, the one furthest forward is heard."""
    speaking = list(EPOCHS)[first:]
    other = here / "other.toml"
    other.write_text(f"[train-student]\nepochs = {EPOCHS['--config']}\n")
    words = []
    if "flag" in speaking:
        words += ["--epochs", str(EPOCHS["flag"])]
    if "environment" in speaking:
        monkeypatch.setenv("COLACLI_TRAIN_STUDENT_EPOCHS", str(EPOCHS["environment"]))
    if "--config" in speaking:
        words += ["--config", str(other)]
    if "colacli.toml" in speaking:
        (here / "colacli.toml").write_text(f"[train-student]\nepochs = {EPOCHS['colacli.toml']}\n")
    if OWN in speaking:
        (tmp_path / "configuration").mkdir()
        own = f"[train-student]\nepochs = {EPOCHS[OWN]}\n"
        (tmp_path / "configuration" / "config.toml").write_text(own)

    assert spec_of("train-student", *words)["training"]["epochs"] == EPOCHS[speaking[0]]


def test_what_a_config_leaves_open_the_local_file_says(here, spec_of):
    """--config comes before colacli.toml, option by option; it does not silence it."""
    (here / "colacli.toml").write_text("[train-student]\nepochs = 6\nseed = 7\n")
    (here / "other.toml").write_text("[train-student]\nepochs = 4\n")

    training = spec_of("train-student", "--config", "other.toml")["training"]

    assert (training["epochs"], training["seed"]) == (4, 7)


@pytest.mark.parametrize("key", ["batch-size", "batch_size"])
def test_a_key_is_written_with_either_dash(here, spec_of, key):
    """The option's name, with dashes or underscores."""
    (here / "colacli.toml").write_text(f"[train-student]\n{key} = 3\n")

    assert spec_of("train-student")["training"]["batch_size"] == 3


def test_a_table_is_its_command_s_alone(here, spec_of):
    """What one command is told, another is not."""
    (here / "colacli.toml").write_text("[finetune]\nepochs = 9\n")

    assert spec_of("train-student")["training"]["epochs"] == EPOCHS["default"]


@pytest.mark.parametrize("value", ['["c_attn", "c_fc"]', '"c_attn,c_fc"', '" c_attn , c_fc "'])
def test_targets_may_be_a_list(here, spec_of, value):
    """A list of words is what commas are on the command line."""
    (here / "colacli.toml").write_text(f"[finetune]\ntargets = {value}\n")

    assert spec_of("finetune")["lora"]["targets"] == ["c_attn", "c_fc"]


def test_an_empty_list_is_none(here, spec_of):
    """No module is unfrozen where the list is empty."""
    (here / "colacli.toml").write_text("[finetune]\nunfreeze = []\n")

    assert spec_of("finetune")["lora"]["unfreeze"] == []


@pytest.mark.parametrize(("text", "meant"), [("1", True), ("true", True), ("0", False), ("false", False)])
def test_a_boolean_in_the_environment(spec_of, monkeypatch, text, meant):
    """It is a word there."""
    monkeypatch.setenv("COLACLI_TRAIN_STUDENT_FREEZE_EMBEDDINGS", text)

    assert spec_of("train-student")["student"]["freeze_embeddings"] is meant


@pytest.mark.parametrize("meant", [True, False])
def test_a_boolean_in_a_file(here, spec_of, meant):
    """It is TOML's own."""
    (here / "colacli.toml").write_text(f"[train-student]\nfreeze-embeddings = {str(meant).lower()}\n")

    assert spec_of("train-student")["student"]["freeze_embeddings"] is meant


def test_a_flag_can_say_no(here, spec_of):
    """--no-freeze-embeddings goes before a file that says yes."""
    (here / "colacli.toml").write_text("[train-student]\nfreeze-embeddings = true\n")

    assert spec_of("train-student", "--no-freeze-embeddings")["student"]["freeze_embeddings"] is False


def test_a_required_option_may_stand_in_a_file(here, capsys):
    """A teacher that the file names is looked for."""
    (here / "colacli.toml").write_text('[distil]\nteacher = "somebody"\n')

    assert run(["distil"]) == 3
    assert "somebody" in capsys.readouterr().err


def test_a_nested_table_is_a_command_in_a_group(here, store_home, capsys):
    """[runs.verify] is told to hash, so it finds a byte that sizes don't show."""
    flip_byte(commit_run(Store(store_home)).path / "model.safetensors")
    assert run(["runs", "verify"]) == 0

    (here / "colacli.toml").write_text("[runs.verify]\ndeep = true\n")

    assert run(["runs", "verify"]) == 4
    assert "other bytes" in capsys.readouterr().out


def test_json_may_be_asked_for_in_a_file(here, capsys):
    """[runs.list] knows json by the name of its option."""
    (here / "colacli.toml").write_text("[runs.list]\njson = true\n")

    assert run(["runs", "list"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "colacli.runs.list/1"


def test_json_may_be_asked_for_in_the_environment(here, monkeypatch, capsys):
    """COLACLI_RUNS_LIST_JSON is the variable of that option."""
    monkeypatch.setenv("COLACLI_RUNS_LIST_JSON", "1")

    assert run(["runs", "list"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "colacli.runs.list/1"


def test_a_split_in_the_environment(here, store_home, monkeypatch, capsys):
    """An option that is no field of a request has its variable too."""
    for seed in (0, 1):
        commit_run(Store(store_home), make_spec(seed), name=f"seed-{seed}")
    monkeypatch.setenv("COLACLI_COMPARE_SPLIT", "elsewhere")

    assert run(["compare", "seed-0", "seed-1"]) == 1
    assert "'elsewhere'" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["'many'", "2.5", "true", "[1, 2]", "{ a = 1 }"])
def test_a_value_of_the_wrong_type_is_refused(here, capsys, value):
    """A word, a fraction, a truth, a list or a table is no number of epochs."""
    (here / "colacli.toml").write_text(f"[train-student]\nepochs = {value}\n")

    assert run(["train-student"]) == 2
    assert "epochs" in capsys.readouterr().err


def test_a_bad_value_in_the_environment_is_refused(here, monkeypatch, capsys):
    """It is checked as a flag's is."""
    monkeypatch.setenv("COLACLI_TRAIN_STUDENT_EPOCHS", "many")

    assert run(["train-student"]) == 2
    assert "Invalid value for COLACLI_TRAIN_STUDENT_EPOCHS:" in capsys.readouterr().err


def test_a_limit_holds_in_a_file(here, capsys):
    """Limits are checked wherever a value came from, and the file and the key are named."""
    (here / "colacli.toml").write_text("[train-student]\nepochs = 0\n")

    assert run(["train-student"]) == 2
    assert "Error: epochs in [train-student] of colacli.toml must be at least 1, not 0" in capsys.readouterr().err


def test_a_limit_holds_in_the_environment(here, monkeypatch, capsys):
    """The variable is named, and the file that it overrides is not."""
    (here / "colacli.toml").write_text("[train-student]\nepochs = 3\n")
    monkeypatch.setenv("COLACLI_TRAIN_STUDENT_EPOCHS", "0")

    assert run(["train-student"]) == 2
    assert "Error: COLACLI_TRAIN_STUDENT_EPOCHS must be at least 1, not 0" in capsys.readouterr().err


def test_a_flag_is_blamed_for_itself(here, monkeypatch, capsys):
    """Whatever a variable says of the same option."""
    monkeypatch.setenv("COLACLI_TRAIN_STUDENT_EPOCHS", "3")

    assert run(["train-student", "--epochs", "0"]) == 2
    assert "Error: --epochs must be at least 1, not 0" in capsys.readouterr().err


def test_a_workflow_s_error_names_the_file_too(here, capsys):
    """What is found wrong later is blamed on the same place."""
    (here / "colacli.toml").write_text(
        "[data.list]\njson = true\n[finetune]\ndata = 'nowhere'\nvariant = 'gpt2-mini'\n"
    )

    assert run(["finetune"]) == 1
    assert "Error: data in [finetune] of colacli.toml: there is no corpus or file 'nowhere'" in capsys.readouterr().err


def test_an_empty_variable_is_an_empty_list(here, spec_of, monkeypatch):
    """COLACLI_FINETUNE_UNFREEZE= is --unfreeze '', and goes before a file."""
    (here / "colacli.toml").write_text('[finetune]\nunfreeze = "ln_f,wpe"\n')
    monkeypatch.setenv("COLACLI_FINETUNE_UNFREEZE", "")

    assert spec_of("finetune")["lora"]["unfreeze"] == []


def test_any_other_empty_variable_is_not_set(spec_of, monkeypatch):
    """No number is empty."""
    monkeypatch.setenv("COLACLI_FINETUNE_EPOCHS", "")

    assert spec_of("finetune")["training"]["epochs"] == EPOCHS["default"]


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("COLACLI_FINETUNE_EPOCH", "COLACLI_FINETUNE_EPOCHS"),
        ("COLACLI_FINETUN_EPOCHS", "COLACLI_FINETUNE_EPOCHS"),
        ("COLACLI_RUNS_LIST_JSN", "COLACLI_RUNS_LIST_JSON"),
        ("COLACLI_HOMES", "COLACLI_HOME"),
    ],
)
def test_a_mistyped_variable_is_refused(here, monkeypatch, capsys, variable, nearest):
    """Whatever the command, with the nearest name."""
    monkeypatch.setenv(variable, "3")

    assert run(["data", "list"]) == 2
    err = capsys.readouterr().err
    assert f"{variable} " in err
    assert f"did you mean {nearest}?" in err


@pytest.mark.parametrize(
    "variable", ["COLACLI_COLA_DIR", "COLACLI_FINETUNE_EPOCHS", "COLACLI_DISTIL_CONFIG", "COLACLI_OF_SOMETHING_ELSE"]
)
def test_other_variables_are_left_alone(here, monkeypatch, variable):
    """Those of other commands, those of none, and those that look like none of ours."""
    monkeypatch.setenv(variable, "3")

    assert run(["runs", "list"]) == 0


def test_a_byte_order_mark_is_no_part_of_a_file(here, spec_of):
    """Some editors write one."""
    (here / "colacli.toml").write_bytes(b"\xef\xbb\xbf[train-student]\nepochs = 9\n")

    assert spec_of("train-student")["training"]["epochs"] == 9


def test_a_tilde_is_the_user_s_folder(here, tiny_corpus, tiny_base, monkeypatch, capsys):
    """In a path, as a shell has it."""
    monkeypatch.setenv("HOME", str(tiny_corpus.parent))
    (here / "colacli.toml").write_text(f'[train-student]\ndata = "~/{tiny_corpus.name}"\n')

    assert run(["train-student", "--base", str(tiny_base), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cached"] is False


def test_help_is_given_whatever_the_file_says(here, capsys):
    """A broken colacli.toml doesn't keep anyone from reading the help."""
    (here / "colacli.toml").write_text("[finetune\n")

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
