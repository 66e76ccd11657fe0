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
    assert run(["config", "--config", "more.toml", "--json"]) == 0
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


def test_nothing_set_is_one_line(store_home, tmp_path, monkeypatch, capsys):
    """Not an empty table."""
    monkeypatch.chdir(tmp_path)

    assert run(["config"]) == 0
    assert capsys.readouterr().out == "everything has its default value; --defaults shows it\n"
