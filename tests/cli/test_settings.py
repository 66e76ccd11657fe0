"""Where settings come from: flag, environment, --config FILE, colacli.toml, the user's own file, default."""

import json

import pytest

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
def spec_of(folder, tiny_base, tiny_corpus, capsys):
    """The spec that a training command would have, given further words."""

    def ask(command, *words):
        argv = [command, "--base", str(tiny_base), "--data", str(tiny_corpus), *words, "--dry-run", "--json"]
        assert run(argv) == 0, capsys.readouterr().out
        return json.loads(capsys.readouterr().out)["spec"]

    return ask


@pytest.mark.parametrize("first", range(len(EPOCHS)), ids=list(EPOCHS))
def test_the_order_of_sources(folder, tmp_path, spec_of, monkeypatch, first):
    """Of the sources that speak, the one furthest forward is heard."""
    speaking = list(EPOCHS)[first:]
    other = folder / "other.toml"
    other.write_text(f"[train-student]\nepochs = {EPOCHS['--config']}\n")
    words = []
    if "flag" in speaking:
        words += ["--epochs", str(EPOCHS["flag"])]
    if "environment" in speaking:
        monkeypatch.setenv("COLACLI_TRAIN_STUDENT_EPOCHS", str(EPOCHS["environment"]))
    if "--config" in speaking:
        words += ["--config", str(other)]
    if "colacli.toml" in speaking:
        (folder / "colacli.toml").write_text(f"[train-student]\nepochs = {EPOCHS['colacli.toml']}\n")
    if OWN in speaking:
        (tmp_path / "configuration").mkdir()
        own = f"[train-student]\nepochs = {EPOCHS[OWN]}\n"
        (tmp_path / "configuration" / "config.toml").write_text(own)

    assert spec_of("train-student", *words)["training"]["epochs"] == EPOCHS[speaking[0]]


def test_what_a_config_leaves_open_the_local_file_says(folder, spec_of):
    """--config comes before colacli.toml, option by option; it does not silence it."""
    (folder / "colacli.toml").write_text("[train-student]\nepochs = 6\nseed = 7\n")
    (folder / "other.toml").write_text("[train-student]\nepochs = 4\n")

    training = spec_of("train-student", "--config", "other.toml")["training"]

    assert (training["epochs"], training["seed"]) == (4, 7)


@pytest.mark.parametrize("key", ["batch-size", "batch_size"])
def test_a_key_is_written_with_either_dash(folder, spec_of, key):
    """The option's name, with dashes or underscores."""
    (folder / "colacli.toml").write_text(f"[train-student]\n{key} = 3\n")

    assert spec_of("train-student")["training"]["batch_size"] == 3


def test_a_table_is_its_command_s_alone(folder, spec_of):
    """What one command is told, another is not."""
    (folder / "colacli.toml").write_text("[finetune]\nepochs = 9\n")

    assert spec_of("train-student")["training"]["epochs"] == EPOCHS["default"]


@pytest.mark.parametrize("value", ['["c_attn", "c_fc"]', '"c_attn,c_fc"', '" c_attn , c_fc "'])
def test_targets_may_be_a_list(folder, spec_of, value):
    """A list of words is what commas are on the command line."""
    (folder / "colacli.toml").write_text(f"[finetune]\ntargets = {value}\n")

    assert spec_of("finetune")["lora"]["targets"] == ["c_attn", "c_fc"]


def test_an_empty_list_is_none(folder, spec_of):
    """No module is unfrozen where the list is empty."""
    (folder / "colacli.toml").write_text("[finetune]\nunfreeze = []\n")

    assert spec_of("finetune")["lora"]["unfreeze"] == []


@pytest.mark.parametrize(("text", "meant"), [("1", True), ("true", True), ("0", False), ("false", False)])
def test_a_boolean_in_the_environment(spec_of, monkeypatch, text, meant):
    """It is a word there."""
    monkeypatch.setenv("COLACLI_TRAIN_STUDENT_FREEZE_EMBEDDINGS", text)

    assert spec_of("train-student")["student"]["freeze_embeddings"] is meant


@pytest.mark.parametrize("meant", [True, False])
def test_a_boolean_in_a_file(folder, spec_of, meant):
    """It is TOML's own."""
    (folder / "colacli.toml").write_text(f"[train-student]\nfreeze-embeddings = {str(meant).lower()}\n")

    assert spec_of("train-student")["student"]["freeze_embeddings"] is meant


def test_a_flag_can_say_no(folder, spec_of):
    """--no-freeze-embeddings goes before a file that says yes."""
    (folder / "colacli.toml").write_text("[train-student]\nfreeze-embeddings = true\n")

    assert spec_of("train-student", "--no-freeze-embeddings")["student"]["freeze_embeddings"] is False


def test_a_required_option_may_stand_in_a_file(folder, capsys):
    """A teacher that the file names is looked for."""
    (folder / "colacli.toml").write_text('[distil]\nteacher = "somebody"\n')

    assert run(["distil"]) == 3
    assert "somebody" in capsys.readouterr().err


def test_a_nested_table_is_a_command_in_a_group(folder, store_home, capsys):
    """[runs.verify] is told to hash, so it finds a byte that sizes don't show."""
    flip_byte(commit_run(Store(store_home)).path / "model.safetensors")
    assert run(["runs", "verify"]) == 0

    (folder / "colacli.toml").write_text("[runs.verify]\ndeep = true\n")

    assert run(["runs", "verify"]) == 4
    assert "other bytes" in capsys.readouterr().out


def test_json_may_be_asked_for_in_a_file(folder, capsys):
    """[runs.list] knows json by the name of its option."""
    (folder / "colacli.toml").write_text("[runs.list]\njson = true\n")

    assert run(["runs", "list"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "colacli.runs.list/1"


def test_json_may_be_asked_for_in_the_environment(folder, monkeypatch, capsys):
    """COLACLI_RUNS_LIST_JSON is the variable of that option."""
    monkeypatch.setenv("COLACLI_RUNS_LIST_JSON", "1")

    assert run(["runs", "list"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "colacli.runs.list/1"


def test_a_split_in_the_environment(folder, store_home, monkeypatch, capsys):
    """An option that is no field of a request has its variable too."""
    for seed in (0, 1):
        commit_run(Store(store_home), make_spec(seed), name=f"seed-{seed}")
    monkeypatch.setenv("COLACLI_COMPARE_SPLIT", "elsewhere")

    assert run(["compare", "seed-0", "seed-1"]) == 1
    assert "'elsewhere'" in capsys.readouterr().err


def test_an_empty_variable_is_an_empty_list(folder, spec_of, monkeypatch):
    """COLACLI_FINETUNE_UNFREEZE= is --unfreeze '', and goes before a file."""
    (folder / "colacli.toml").write_text('[finetune]\nunfreeze = "ln_f,wpe"\n')
    monkeypatch.setenv("COLACLI_FINETUNE_UNFREEZE", "")

    assert spec_of("finetune")["lora"]["unfreeze"] == []


def test_any_other_empty_variable_is_not_set(spec_of, monkeypatch):
    """No number is empty."""
    monkeypatch.setenv("COLACLI_FINETUNE_EPOCHS", "")

    assert spec_of("finetune")["training"]["epochs"] == EPOCHS["default"]


def test_a_byte_order_mark_is_no_part_of_a_file(folder, spec_of):
    """Some editors write one."""
    (folder / "colacli.toml").write_bytes(b"\xef\xbb\xbf[train-student]\nepochs = 9\n")

    assert spec_of("train-student")["training"]["epochs"] == 9


def test_a_tilde_is_the_user_s_folder(folder, tiny_corpus, tiny_base, monkeypatch, capsys):
    """In a path, as a shell has it."""
    monkeypatch.setenv("HOME", str(tiny_corpus.parent))
    (folder / "colacli.toml").write_text(f'[train-student]\ndata = "~/{tiny_corpus.name}"\n')

    assert run(["train-student", "--base", str(tiny_base), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cached"] is False
