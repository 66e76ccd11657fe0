"""A run, a name or a derivation that is odd or can't be read is one fault: nothing else is hidden by it."""

import io
import json
import sys

import pytest

from colacli.cli.main import run
from colacli.store.canonical import key_of
from colacli.store.store import Store
from factories.faults import BROKEN, DENIED
from factories.odd_stores import ODD, forge, unreadable
from factories.runs import answering, commit_run, make_spec

COMMANDS = {
    "list": ("runs list", 0),
    "show": ("runs show odd", 4),
    "show good": ("runs show good", 0),
    "verify": ("runs verify", 4),
    "verify deep": ("runs verify --deep", 4),
    "du": ("runs du", 0),
    "gc": ("runs gc --older-than 0", 0),
    "doctor": ("doctor", 0),
    "eval": ("eval odd", 4),
    "eval good": ("eval good", 0),
    "compare": ("compare good odd", 4),
    "compare good": ("compare good other", 0),
    "judge": ("judge odd Yes.", 4),
    "generate": ("generate --run odd --prompt x", (2, 4)),  # of a whole spec it sees first that it is a student's
    "export": ("runs export odd -o out.tar", 4),
    "push": ("runs push memory://odd odd", 4),
    "name": ("runs name also {key}", 0),
    "rm": ("runs rm {key}", 0),
}


def refuse(constant):
    """JSON has no such number."""
    raise ValueError(constant)


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store with two sound runs, in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLACLI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b""), encoding="utf-8"))
    made = Store(tmp_path / "home")
    commit_run(made, name="good")
    commit_run(made, make_spec(1), name="other", predictions=answering([0, 1, 1, 1]))
    return made


def tried(capsys, argv):
    """Exit status and document of a command, which must be JSON."""
    capsys.readouterr()
    status = run([*argv.split(), "--json"])
    out = capsys.readouterr().out
    document = json.loads(out, parse_constant=refuse)
    assert "should not happen" not in out, (argv, out)
    return status, document


def wrong(statuses):
    """Those that are not the contract's."""
    expected = {name: status if isinstance(status, tuple) else (status,) for name, (_, status) in COMMANDS.items()}
    return {name: status for name, status in statuses.items() if status not in expected[name]}


@pytest.mark.parametrize("what", ODD)
def test_an_odd_run_is_one_damaged_run(store, capsys, what):
    """It is listed as damaged with the reason, every command on it says so, and all others are shown."""
    folder = ODD[what](commit_run(store, make_spec(9), name="odd"))

    status, listed = tried(capsys, "runs list")
    found = {name: tried(capsys, COMMANDS[name][0])[0] for name in ("show", "eval", "compare", "verify")}

    assert status == 0
    assert wrong(found) == {}
    assert [one["names"] for one in listed["runs"]] == [["good"], ["other"]]
    assert [one["key"] for one in listed["damaged"]] == [folder.name]
    assert listed["damaged"][0]["message"]


@pytest.mark.slow
@pytest.mark.parametrize("what", ODD)
def test_every_command_knows_an_odd_run(store, capsys, what):
    """Its status is the contract's, and what is sound is shown; in the end the run is removed."""
    folder = ODD[what](commit_run(store, make_spec(9), name="odd"))
    found = {name: tried(capsys, argv.format(key=folder.name)) for name, (argv, _) in COMMANDS.items()}

    assert wrong({name: status for name, (status, _) in found.items()}) == {}
    assert folder.name in {fault["key"] for fault in found["verify"][1]["faults"]}
    assert folder.name not in store.run_keys()


@pytest.mark.parametrize("error", [DENIED, BROKEN], ids=["EACCES", "EIO"])
@pytest.mark.parametrize("part", ["", "manifest.json", "spec.json", "metrics.json", "history.jsonl"])
def test_a_run_that_can_t_be_read_hides_no_other(store, capsys, part, error):
    """The same where permissions or the disk are in the way of all of it, or of one file."""
    folder = commit_run(store, make_spec(9), name="odd").path
    with unreadable(folder / part, error):
        _, listed = tried(capsys, "runs list")
        found = {name: tried(capsys, argv)[0] for name, (argv, _) in COMMANDS.items() if name not in ("name", "rm")}
        gone = tried(capsys, "runs rm other")

    assert [one["key"] for one in listed["damaged"]] == [folder.name]
    assert wrong(found) == {}
    assert gone[0] == 0


@pytest.mark.parametrize("error", [DENIED, BROKEN], ids=["EACCES", "EIO"])
def test_a_name_that_can_t_be_read_hides_no_other(store, capsys, error):
    """`verify` reports it, `gc` takes no run, and a run with another name is removed."""
    folder = commit_run(store, make_spec(9), name="odd").path
    with unreadable(store.refs / "odd", error):
        listed = tried(capsys, "runs list")
        verified = tried(capsys, "runs verify")
        collected = tried(capsys, "runs gc --yes --older-than 0")
        used = tried(capsys, "eval odd")
        gone = tried(capsys, "runs rm other")

    assert [one["names"] for one in listed[1]["runs"]] == [["good"], ["other"], []]
    assert (verified[0], [fault["key"] for fault in verified[1]["faults"]]) == (4, ["odd"])
    assert (collected[0], used[0], gone[0]) == (0, 4, 0)
    assert folder.is_dir()


@pytest.mark.parametrize("error", [DENIED, BROKEN], ids=["EACCES", "EIO"])
@pytest.mark.parametrize("part", ["", "manifest.json"])
def test_a_derivation_that_can_t_be_read_hides_nothing(store, capsys, part, error):
    """It is one fault; runs are shown, and it is only derived again."""
    store.put_cached("tokens", {"split": "x"}, "file", b"x", seconds=0.0, device="cpu")
    path = store.folder("cache/tokens") / key_of({"split": "x"})
    with unreadable(path / part, error):
        found = {
            name: tried(capsys, argv)
            for name, (argv, _) in COMMANDS.items()
            if name in ("list", "verify", "du", "doctor", "gc")
        }
        absent = store.find_cached("tokens", {"split": "x"}, "file")

    assert {name: status for name, (status, _) in found.items()} == {
        "list": 0,
        "verify": 4,
        "du": 0,
        "doctor": 0,
        "gc": 0,
    }
    assert [fault["key"] for fault in found["verify"][1]["faults"]] == [path.name]
    assert absent is None


@pytest.mark.parametrize(
    "content", [b"", b"nonsense\n", b"\xff\xfe", b"0" * 11_000_000], ids=["empty", "words", "bytes", "long"]
)
def test_an_odd_name_is_one_fault(store, capsys, content):
    """Others are shown, and it is an error where it is used."""
    (store.refs / "odd").write_bytes(content)

    assert len(tried(capsys, "runs list")[1]["runs"]) == 2
    assert tried(capsys, "eval odd")[0] == 4
    assert tried(capsys, "runs verify")[0] == 4
    assert tried(capsys, "runs rm other")[0] == 0


ROWS = "index\tlabel\tlogit_0\tlogit_1\n"


@pytest.mark.parametrize(
    "content",
    ["", ROWS, ROWS + "0\t1\t0.5\n", ROWS + "0\t1\t1e308\t-1e308\n", ROWS + "0\t1\tnan\t0\n", ROWS + "0\t1\t0\t1\n"],
    ids=["empty", "no line", "a cell less", "beyond range", "nan", "fewer"],
)
def test_odd_predictions_are_damage(store, capsys, content):
    """What can be computed again is, by `verify --deep`; whoever reads them refuses what no model gives."""
    folder = forge(commit_run(store, make_spec(9), name="odd"), "predictions-in_domain_dev.tsv", content.encode())
    deep = tried(capsys, "runs verify --deep")
    others = [tried(capsys, argv)[0] for argv in ("eval odd", "compare good odd", "runs export odd -o out.tar")]

    assert (deep[0], [fault["key"] for fault in deep[1]["faults"]]) == (4, [folder.name])
    assert others[-1] == 4
    assert set(others) <= {0, 1, 4}
