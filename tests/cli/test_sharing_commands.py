"""`runs export`, `import`, `push` and `pull` from the command line, and the remotes in the settings."""

import json

import pytest

from colacli.cli.main import run
from colacli.store.refs import names
from colacli.store.store import Store
from factories.runs import commit_family, contents, flip_byte


@pytest.fixture
def family(tmp_path, store, monkeypatch):
    """A teacher and a student in the store, and an empty working folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return commit_family(store)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Let the commands that follow work on another store."""

    def move():
        monkeypatch.setenv("COLACLI_HOME", str(tmp_path / "other"))
        return Store(tmp_path / "other")

    return move


def runs_of(family, teacher, student):
    """The document's runs, with these outcomes."""
    return [
        {"key": family[0].key, "outcome": teacher, "asked": False},
        {"key": family[1].key, "outcome": student, "asked": True},
    ]


def test_a_file_goes_from_store_to_store(store, family, ask, elsewhere):
    """Both documents name the file and every run."""
    assert ask("runs", "export", family[1].key, "-o", "runs.tar") == (
        0,
        {"schema": "colacli.runs.export/1", "path": "runs.tar", "runs": runs_of(family, "exported", "exported")},
    )
    other = elsewhere()
    assert ask("runs", "import", "runs.tar", "--name", "theirs") == (
        0,
        {
            "schema": "colacli.runs.import/1",
            "path": "runs.tar",
            "name": "theirs",
            "runs": runs_of(family, "added", "added"),
        },
    )
    assert contents(other) == contents(store)


def test_a_remote_by_name_and_by_url(tmp_path, store, family, ask, elsewhere):
    """A name in `[remotes]` and the URL it stands for are the same place."""
    url = (tmp_path / "remote").as_uri()
    (tmp_path / "here" / "colacli.toml").write_text(f'[remotes]\nbox = "{url}"\n')
    assert ask("config", "trust")[0] == 0
    pushed = ask("runs", "push", "box", family[1].key)
    other = elsewhere()

    assert pushed == (
        0,
        {"schema": "colacli.runs.push/1", "remote": url, "runs": runs_of(family, "sent", "sent")},
    )
    assert ask("runs", "pull", url, family[1].key[:6]) == (
        0,
        {"schema": "colacli.runs.pull/1", "remote": url, "name": None, "runs": runs_of(family, "added", "added")},
    )
    assert contents(other) == contents(store)


def test_people_read_a_line_a_run(family, capsys):
    """What became of each, and which of them came along."""
    assert run(["runs", "export", family[1].key, "-o", "runs.tar"]) == 0

    assert capsys.readouterr().out == (f"{family[0].key}  exported (an ancestor)\n{family[1].key}  exported\n")


def test_a_damaged_run_is_an_integrity_error(family, ask):
    """Exit status 4, as wherever stored bytes are not what they were."""
    flip_byte(family[1].path / "metrics.json")
    status, document = ask("runs", "export", family[1].key, "-o", "runs.tar")

    assert (status, document["code"]) == (4, "integrity")


def test_an_unknown_remote_names_the_known(tmp_path, family, ask):
    """The hint lists what the settings have, those of --config too."""
    (tmp_path / "here" / "colacli.toml").write_text('[remotes]\nbox = "memory://a"\n')
    (tmp_path / "here" / "more.toml").write_text('[remotes.shelf]\nurl = "memory://b"\n')
    status, document = ask("runs", "push", "bx", "abcd", "--config", "more.toml")

    assert (status, document["code"]) == (2, "usage")
    assert "box, shelf" in document["hint"]


def test_without_remotes_the_hint_says_so(family, ask):
    """And how a URL looks."""
    status, document = ask("runs", "pull", "box", "abcd")

    assert (status, document["code"]) == (2, "usage")
    assert "file:///" in document["hint"]


@pytest.mark.parametrize(
    "table",
    [
        'remotes = "x"',
        "[remotes]\nbox = 1",
        '[remotes]\nbox = "folder"',
        "[remotes.box]\noptions = {}",
        '[remotes.box]\nurl = "memory://a"\ncolour = "red"',
        '[remotes.box]\nurl = "memory://a"\noptions = 1',
    ],
)
def test_what_is_no_remote_is_refused(tmp_path, family, ask, table):
    """The file and the remote are named, whatever the command."""
    (tmp_path / "here" / "colacli.toml").write_text(table + "\n")
    status, document = ask("runs", "list")

    assert (status, document["code"]) == (2, "usage")
    assert "colacli.toml: [remotes]" in document["message"]


def test_secrets_come_from_the_environment(tmp_path, family, ask, monkeypatch):
    """`$NAME` in an address or its options is the variable; one that is not set is named."""
    (tmp_path / "here" / "colacli.toml").write_text('[remotes]\nbox = "file://$SHELF/runs"\n')
    assert ask("config", "trust")[0] == 0
    monkeypatch.delenv("SHELF", raising=False)
    status, document = ask("runs", "push", "box", family[1].key)
    assert (status, document["code"]) == (2, "usage")
    assert "SHELF" in document["message"]

    monkeypatch.setenv("SHELF", tmp_path.as_posix())
    assert ask("runs", "push", "box", family[1].key)[0] == 0
    assert (tmp_path / "runs" / "runs" / family[1].key / "manifest.json").is_file()


def test_a_name_that_moves_is_told(family, capsys):
    """By `runs name` and by whatever takes `--name`, on standard error."""
    keys = [run.key for run in family]
    assert run(["runs", "name", "mine", keys[0]]) == 0
    assert "stood for" not in capsys.readouterr().err
    assert run(["runs", "name", "mine", keys[1]]) == 0
    assert f"'mine' stood for {keys[0][:12]}, and stands for {keys[1][:12]} now" in capsys.readouterr().err

    assert run(["runs", "export", keys[0], "-o", "runs.tar"]) == 0
    assert run(["runs", "import", "runs.tar", "--name", "mine"]) == 0
    assert f"'mine' stood for {keys[1][:12]}, and stands for {keys[0][:12]} now" in capsys.readouterr().err


def test_a_url_is_shown_without_its_secret(family, ask, capsys):
    """In the error of a person and in the document."""
    url = "webdavs://me:hun/ter2@host/x?sig=hunter3"
    status, document = ask("runs", "push", url, family[1].key)
    assert (status, "hun" in json.dumps(document)) == (2, False)

    assert run(["runs", "push", "me:hunter2@host", family[1].key]) == 2
    assert "hunter2" not in capsys.readouterr().err


def test_several_files_come_in_at_once(store, family, ask, elsewhere, tmp_path):
    """Named after the files; one that can't be used is told with its error, and the exit status is 1."""
    for name, made in zip(("alice", "bob"), family, strict=True):
        assert ask("runs", "export", made.key, "-o", f"{name}.tar")[0] == 0
    (tmp_path / "here" / "carol.tar").write_bytes(b"no archive")
    other = elsewhere()
    status, document = ask("runs", "import", "alice.tar", "bob.tar", "carol.tar", "--name-by-file")

    assert (status, document["schema"]) == (1, "colacli.runs.import/1")
    assert [(file["path"], file["name"]) for file in document["files"]] == [
        (f"{name}.tar", name) for name in ("alice", "bob", "carol")
    ]
    assert [file["error"] and file["error"]["code"] for file in document["files"]] == [None, None, "integrity"]
    assert names(other) == {"alice": [family[0].key], "bob": [family[1].key]}


def test_people_read_which_file_failed_and_why(store, family, elsewhere, tmp_path, capsys):
    """A line a file, then the failures."""
    assert run(["runs", "export", family[1].key, "-o", "bob.tar"]) == 0
    (tmp_path / "here" / "carol.tar").write_bytes(b"no archive")
    elsewhere()
    capsys.readouterr()

    assert run(["runs", "import", "bob.tar", "carol.tar"]) == 1
    out = capsys.readouterr().out
    assert f"bob.tar\t—\t{family[1].key[:12]}\t2 added" in out
    assert "1 of 2 files imported" in out
    assert "not imported: carol.tar: carol.tar is not a tar file" in out
