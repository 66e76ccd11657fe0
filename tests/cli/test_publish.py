"""`export --to hub --repo`: what reaches a hub on the loopback address, and what is asked, shown and refused before."""

import hashlib
import json
import re
import sys

import pytest
from huggingface_hub import ModelCard

from colacli.cli.main import run
from factories.hub import TOKEN, USER, serving
from factories.output import in_terminal, piped

REPOSITORY = f"{USER}/student"
SEND = ["export", "student", "--to", "hub", "--repo", REPOSITORY]
FILES = ["README.md", "colacli.json", "model.onnx", "tokenizer.json"]


@pytest.fixture
def hub():
    """A hub that nobody else knows, and its address."""
    with serving() as served:
        yield served


@pytest.fixture
def surroundings(hub, tmp_path):
    """Environment variables of somebody who is logged in there."""
    return {
        "HF_ENDPOINT": hub[1],
        "HF_TOKEN": TOKEN,
        "HF_HOME": str(tmp_path / "hugging-face"),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "NO_PROXY": "127.0.0.1",
    }


def error_of(done):
    """The document of a command that failed."""
    document = json.loads(done.stdout)
    assert document["schema"] == "colacli.error/1"
    return document


def test_what_arrives_is_the_export(home, hub, surroundings, tmp_path):
    """Every file with the digest that its record says, in one commit; and the token is nowhere."""
    done = piped(home, *SEND, "--yes", "--json", **surroundings)
    assert done.returncode == 0, done.stdout + done.stderr
    said, repository = json.loads(done.stdout), hub[0].repositories[REPOSITORY]

    assert sorted(repository["files"]) == FILES
    assert said["repository"] == {
        "name": REPOSITORY,
        "url": f"{hub[1]}/{REPOSITORY}",
        "private": False,
        "created": True,
        "commit": "a" * 40,
    }
    record = json.loads(repository["files"]["colacli.json"])
    assert record["files"] == said["files"]
    for name, one in record["files"].items():
        assert hashlib.sha256(repository["files"][name]).hexdigest() == one["sha256"]
    assert repository["commits"] == [f"train-student {said['runs'][0]['key'][:12]}"]
    data = ModelCard(repository["files"]["README.md"].decode()).data
    assert (data.library_name, data.pipeline_tag) == ("onnx", "text-classification")
    assert len(data.eval_results) == 6

    sent = [*repository["files"].values(), done.stdout, done.stderr]
    kept = [file.read_bytes() for place in (home, tmp_path) for file in place.rglob("*") if file.is_file()]
    assert not [1 for text in (*sent, *kept) if TOKEN.encode() in text]


@pytest.mark.slow
def test_a_private_repository(home, hub, surroundings):
    """It is made as one; one that is there keeps its own state and its other files."""
    hub[0].add(f"{USER}/old", private=True, notes=b"mine", **{"README.md": b"old"})
    assert piped(home, *SEND, "--yes", "--private", **surroundings).returncode == 0
    assert hub[0].repositories[REPOSITORY]["private"]

    done = piped(home, *SEND[:-1], f"{USER}/old", "--yes", "--json", **surroundings)
    assert done.returncode == 0, done.stdout
    said = json.loads(done.stdout)["repository"]
    assert (said["created"], said["private"]) == (False, True)
    assert hub[0].repositories[f"{USER}/old"]["files"]["notes"] == b"mine"
    assert hub[0].repositories[f"{USER}/old"]["files"]["README.md"] != b"old"


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's")
@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ("y\n", 0),
        ("yesterday\n", 1),
        pytest.param("\n", 1, marks=pytest.mark.slow),
        pytest.param("\x04", 1, marks=pytest.mark.slow),
    ],
)
def test_it_is_asked_and_only_yes_is_yes(home, hub, surroundings, typed, status):
    """What would be sent is shown on standard error first; another answer sends nothing and makes no repository."""
    done, out, err = in_terminal(home, *SEND, typed=typed, **surroundings)
    err = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", err)

    assert done == status
    for shown in (
        "model.onnx",
        "4: these and colacli.json",
        f"{hub[1]}/{REPOSITORY}",
        "everybody",
        f"Send this to {REPOSITORY}? [y/N]",
    ):
        assert shown in err
    assert (REPOSITORY in hub[0].repositories) == (status == 0)
    assert (f"sent to {hub[1]}/{REPOSITORY}" in out) == (status == 0)
    if status:
        assert f"nothing was sent to {REPOSITORY}" in err
        assert not [request for request in hub[0].requests if not request.startswith("GET ")]


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_nothing_is_sent_where_nobody_can_be_asked(home, hub, surroundings, more):
    """Without a terminal, or for a program, it needs --yes; the hub is not even asked."""
    done = piped(home, *SEND, *more, **surroundings)

    assert done.returncode == 2
    assert b"nothing was sent" in done.stdout + done.stderr
    assert hub[0].requests == []


@pytest.mark.parametrize(
    ("changed", "repository", "message", "hint"),
    [
        ({"HF_TOKEN": ""}, REPOSITORY, "there is no login", "hf auth login"),
        ({"HF_TOKEN": "hf_anothertoken"}, REPOSITORY, "does not accept the login", "hf auth login"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, REPOSITORY, "can't be reached", "network"),
        ({"HF_HUB_OFFLINE": "1"}, REPOSITORY, "HF_HUB_OFFLINE is set", "unset it"),
        ({}, "somebody/new", "may not write to somebody/new", "of your own"),
        pytest.param({}, "somebody/old", "may not write to somebody/old", "of your own", marks=pytest.mark.slow),
    ],
)
def test_what_the_hub_refuses(home, hub, surroundings, changed, repository, message, hint):
    """Is said with what to do, without the token, and nothing has changed there."""
    hub[0].add("somebody/old")
    done = piped(home, *SEND[:-1], repository, "--yes", "--json", **surroundings | changed)
    said = error_of(done)

    assert (done.returncode, said["code"]) == (1, "unavailable")
    assert message in said["message"]
    assert hint in said["hint"]
    assert b"hf_" not in done.stdout + done.stderr
    assert hub[0].repositories == {"somebody/old": {"private": False, "files": {}, "commits": []}}


def test_a_public_repository_does_not_become_private(home, hub, surroundings):
    """So nothing that was to be private is sent there."""
    hub[0].add(REPOSITORY)
    done = piped(home, *SEND, "--yes", "--private", "--json", **surroundings)

    assert (done.returncode, f"{REPOSITORY} is public" in error_of(done)["message"]) == (2, True)
    assert hub[0].repositories[REPOSITORY]["files"] == {}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "hub"], "--output is missing"),
        (["--to", "hub", "--private", "-o", "out"], "--private has no meaning without --repo"),
        (["--to", "onnx", "--repo", "ada/x"], "--repo has no meaning with --to onnx"),
        (["--to", "hub", "--repo", "ada/x", "-o", "out"], "--output and --repo are both given"),
        (["--to", "hub", "--repo", "ada"], "--repo ada names no user"),
        (["--to", "hub", "--repo", "ada/../x"], "is no repository's name"),
        (["--to", "onnx", "-o", "out", "--merged"], "--merged has no meaning with --to onnx"),
    ],
)
def test_what_the_command_line_can_not_say(here, capsys, words, message):
    """One place, a name that can be, and options of this kind alone."""
    assert run(["export", "student", *words, "--json"]) == 2
    assert message in json.loads(capsys.readouterr().out)["message"]
