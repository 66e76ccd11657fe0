"""`runs verify --quarantine`, `runs gc` and `runs du`, as they are typed."""

import json
from contextlib import suppress

import pytest

from colacli.cli.main import run
from colacli.store.checkpoints import Progress
from factories.runs import commit_family, commit_run, cut, make_spec, tree


def answer(capsys, *argv):
    """A command's document, and its exit status."""
    status = run([*argv, "--json"])
    return status, json.loads(capsys.readouterr().out)


@pytest.fixture
def held(store):
    """A named run, and one that nothing holds."""
    return commit_run(store, name="best"), commit_run(store, make_spec(1))


def test_gc_only_says_what_it_would_do(store, held, capsys):
    """Run by run, and why one stays; nothing is changed."""
    named, lost = held
    before = tree(store.root)
    status, found = answer(capsys, "runs", "gc", "--older-than", "0")

    assert (status, found["schema"], found["done"]) == (0, "colacli.runs.gc/1", False)
    assert {one["key"]: (one["kept"], one["removed"]) for one in found["items"]} == {
        named.key: ("named best", False),
        lost.key: (None, False),
    }
    assert found["bytes"] == next(one["bytes"] for one in found["items"] if one["key"] == lost.key) > 0
    assert tree(store.root) == before


@pytest.mark.parametrize("yes", ["--yes", "--force"])
def test_gc_does_it_when_told_to(store, held, capsys, yes):
    """What it would have freed is gone, and said to be."""
    named, lost = held
    status, found = answer(capsys, "runs", "gc", "--older-than", "0", yes)

    assert (status, found["done"]) == (0, True)
    assert [one["key"] for one in found["items"] if one["removed"]] == [lost.key]
    assert store.run_keys() == [named.key]


def test_gc_spares_the_young(store, held, capsys):
    """Fourteen days are the age, where nothing else is said."""
    assert run(["runs", "gc", "--yes"]) == 0
    assert "0 of 2 freed" in capsys.readouterr().out
    assert len(store.run_keys()) == 2


def test_gc_tells_people_how_to_go_on(held, capsys):
    """A row a thing, and that nothing was done."""
    assert run(["runs", "gc", "--older-than", "0"]) == 0

    out = capsys.readouterr().out
    assert "stays: named best" in out
    assert "would be freed" in out
    assert "nothing was removed; --yes does it" in out


@pytest.mark.parametrize("days", ["-1", "many"])
def test_gc_wants_an_age(store_home, capsys, days):
    """Days, none or more."""
    assert run(["runs", "gc", "--older-than", days]) == 2
    assert "--older-than" in capsys.readouterr().err


def test_gc_keeps_all_runs_where_a_name_can_t_be_read(store, held, capsys):
    """It may stand for any of them: each stays, with the reason."""
    (store.refs / "best").write_bytes(b"\xff")
    status, found = answer(capsys, "runs", "gc", "--older-than", "0", "--yes")

    assert status == 0
    assert {one["kept"] for one in found["items"]} == {"the name best can't be read"}
    assert len(store.run_keys()) == 2


def test_du_says_where_the_bytes_are(store, held, capsys):
    """Every run with its names, every other part, and the whole."""
    status, found = answer(capsys, "runs", "du")

    assert (status, found["schema"]) == (0, "colacli.runs.du/1")
    assert sorted((one["key"], one["names"]) for one in found["runs"]) == sorted(
        zip((one.key for one in held), (["best"], []), strict=True)
    )
    assert {"work", "quarantine", "data", "other"} <= set(found["others"])
    assert found["total"] == sum(one["bytes"] for one in found["runs"]) + sum(found["others"].values())


def test_du_shows_people_a_table(held, capsys):
    """A line a part, the total last."""
    assert run(["runs", "du"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("\t") == ["kind", "key", "names", "size"]
    assert lines[-1].startswith("total")


def test_verify_moves_nothing_unless_told_to(store, held, capsys):
    """It says what is wrong, with status 4, and changes nothing."""
    cut(held[0].path / "metrics.json")
    before = tree(store.root)
    status, found = answer(capsys, "runs", "verify", "--deep")

    assert (status, len(found["faults"]), found["quarantined"]) == (4, 1, [])
    assert tree(store.root) == before


def test_verify_moves_what_is_damaged_when_told_to(store, held, capsys):
    """And says where to; the next look finds the name that lost its run."""
    cut(held[0].path / "metrics.json")
    status, found = answer(capsys, "runs", "verify", "--quarantine")
    (place,) = found["quarantined"]

    assert status == 4
    assert place.startswith(str(store.root / "quarantine" / held[0].key))
    assert store.run_keys() == [held[1].key]
    assert answer(capsys, "runs", "verify")[1]["faults"][0]["key"] == "best"


def interrupted(store, seed, command="dance"):
    """An unfinished run that another version began."""
    with suppress(InterruptedError), store.attempt(make_spec(seed), {"command": command}, None) as attempt:
        progress = Progress(epoch=1, epochs=1, step=1, seconds=0.0, environment={})
        attempt.checkpoints.add(lambda path: path.write_bytes(b"state"), progress)
        raise InterruptedError
    return make_spec(seed).key


def test_resume_of_several_reports_each(store, capsys):
    """One document, valid, with what each that can't go on says; the exit status is theirs."""
    keys = [interrupted(store, seed) for seed in (1, 2)]
    status, found = answer(capsys, "runs", "resume")

    assert (status, found["schema"], found["runs"]) == (4, "colacli.runs.resume/1", [])
    assert sorted(one["key"] for one in found["failed"]) == sorted(keys)
    assert {one["code"] for one in found["failed"]} == {"integrity"}
    assert run(["runs", "resume"]) == 4
    assert capsys.readouterr().out.count("was not resumed") == 2


def test_rm_with_force_shows_what_it_breaks(store, capsys):
    """The run that was needed, and by what."""
    teacher, student = commit_family(store)
    status, found = answer(capsys, "runs", "rm", teacher.key, "--force")

    assert (status, found["removed"]) == (0, [teacher.key])
    assert found["broken"] == {teacher.key: f"parent of {student.key[:12]}"}


def test_a_name_for_runs_of_different_data_is_noted(store, capsys):
    """It is given, with a word on standard error; for runs of the same data there is none."""
    same, other = commit_run(store, make_spec(1)), commit_run(store, make_spec(2, data={"train": "7" * 64}))
    commit_run(store)
    notes = []
    for keys in ([make_spec().key, same.key], [make_spec().key, other.key]):
        assert run(["runs", "name", "arm", *keys, "--json"]) == 0
        notes.append("different data" in capsys.readouterr().err)

    assert notes == [False, True]
