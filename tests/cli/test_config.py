"""`colacli config` says what is set, and by whom."""

import json

import pytest

from colacli.cli.main import run


@pytest.fixture
def document(tmp_path, store_home, monkeypatch, capsys):
    """What `colacli config` says of three files and a variable; and the working folder."""
    here, own = tmp_path / "here", tmp_path / "configuration"
    here.mkdir()
    own.mkdir()
    monkeypatch.chdir(here)
    (own / "config.toml").write_text('[finetune]\nepochs = 1\nlr = 0.5\n[remotes]\nbox = "ssh://me:secret@host/x"\n')
    (here / "colacli.toml").write_text("[finetune]\nepochs = 2\nforce = true\n")
    (here / "more.toml").write_text("[finetune]\nepochs = 3\n[runs.verify]\ndeep = true\n")
    monkeypatch.setenv("COLACLI_DISTIL_TEACHER", "somebody")
    assert run(["config", "--changed", "--config", "more.toml", "--json"]) == 0
    return here, json.loads(capsys.readouterr().out)


def test_every_setting_has_its_source(document, tmp_path):
    """Only what applies, and what needs trust; no secret."""
    _, values = document
    own = str(tmp_path / "configuration" / "config.toml")
    expected = [
        ("finetune", "lr", "0.5", own, True),
        ("finetune", "epochs", "3", "more.toml", True),
        ("finetune", "force", "true", "colacli.toml", False),
        ("distil", "teacher", "somebody", "COLACLI_DISTIL_TEACHER", True),
        ("runs.verify", "deep", "true", "more.toml", True),
        ("remotes", "box", "ssh://host/x", own, True),
    ]

    assert values["schema"] == "colacli.config/1"
    assert sorted(expected) == sorted(tuple(one.values()) for one in values["settings"])


def test_every_file_has_its_level(document, tmp_path):
    """The one that goes before the others last."""
    here, values = document

    assert [tuple(one.values()) for one in values["files"]] == [
        (str(tmp_path / "configuration" / "config.toml"), "user", True),
        (str(here / "colacli.toml"), "folder", False),
        (str(here / "more.toml"), "--config", True),
    ]


def test_people_read_a_line_a_setting(document, capsys):
    """With where it comes from."""
    assert run(["config"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert "[distil] teacher\tsomebody\tCOLACLI_DISTIL_TEACHER" in lines
    assert "[finetune] force\ttrue\tcolacli.toml (not trusted)" in lines


def test_what_is_set_stands_before_the_defaults(document, capsys):
    """And its option's default stands with the other commands only, or not at all."""
    assert run(["config"]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    start = rows.index(["not set", "default", "also of"])

    assert rows[0] == ["setting", "value", "source"]
    assert ["[finetune] epochs", "2", "colacli.toml"] in rows[:start]
    assert ["[train-student] epochs", "5", "distil"] in rows[start:]
    assert ["[finetune] force", "false"] in [row[:2] for row in rows[start:]]  # the file is not trusted with it
    assert "[finetune] epochs" not in [row[0] for row in rows[start:]]


def test_a_default_of_several_commands_stands_once(folder, capsys):
    """With the others that have it; an option with another default elsewhere stands there too."""
    assert run(["config"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert lines[0] == "nothing is set: every option has its default"
    assert "[finetune] lr\t0.001\tpretrain-student, train-student, distil" in lines
    assert "[finetune] json\tfalse\tall others" in lines
    assert "[distil] base\twhere it was\teval, judge, export" in lines
    assert not [line for line in lines if line.startswith(("[train-student] lr", "[eval] json"))]


def test_only_what_is_set_is_shown_on_request(folder, capsys):
    """No row of an option, where nothing is."""
    assert run(["config", "--changed"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert lines[:2] == ["nothing is set: every option has its default", "place\tpath\tsource"]


def test_the_places_have_their_sources(folder, store_home, monkeypatch, capsys):
    """A variable, or the default; a store that can't be is no error here."""
    monkeypatch.delenv("COLACLI_COLA_DIR", raising=False)
    assert run(["config", "--changed", "--json"]) == 0
    places = {one.pop("name"): one for one in json.loads(capsys.readouterr().out)["places"]}

    assert places["store"] == {"path": str(store_home), "source": "COLACLI_HOME"}
    assert places["CoLA"] == {"path": str(store_home / "data" / "cola"), "source": "default"}
    assert places["settings"]["source"] == "COLACLI_CONFIG_DIR"

    (folder / "file").touch()
    monkeypatch.setenv("COLACLI_HOME", str(folder / "file"))
    assert run(["config", "--changed", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["places"][0]["path"] is None
