"""A run is computed once and found ever after; `--force` compares, and replaces only what is damaged."""

import json
from dataclasses import replace

import pytest

from colacli.errors import IntegrityError, UsageError
from colacli.events import Note
from colacli.kernels.compiled import library
from colacli.kernels.compiled.build import VARIABLE
from colacli.store.canonical import canonical
from colacli.store.faults import faults_of
from colacli.store.manifest import environment_of
from colacli.training.plan import DryRun
from factories.runs import PARAMETERS, commit_run, make_spec, tree
from factories.work import DAMAGES, Work, make, names_in


def test_a_new_run_is_computed_and_stored(store):
    """The work is done once, and the run says what it counted and where its inputs were."""
    work = Work()
    made = make(store, work)

    assert (work.calls, made.cached, made.agreement) == (1, False, {})
    assert faults_of(made.run.path, deep=True) == []
    assert (made.run.best_epoch, made.run.parameters) == (2, PARAMETERS)
    assert made.run.manifest.sources == {"base": "gpt2", "data": "cola"}
    assert made.run.manifest.environment.items() >= environment_of("cpu").items()


def test_the_second_time_is_a_hit(store):
    """What is stored is found, the work is never started, and not a byte changes."""
    first = make(store, Work())
    before = tree(store.root)
    work = Work()
    second = make(store, work)

    assert (work.calls, second.cached, second.run.key) == (0, True, first.run.key)
    assert tree(store.root) == before


def test_another_spec_is_another_run(store):
    """Each spec has its own run."""
    keys = {make(store, Work(), spec=make_spec(seed)).run.key for seed in (0, 1)}

    assert keys == set(store.run_keys())
    assert len(keys) == 2


def test_parents_stand_in_the_manifest(store):
    """A student's manifest says which teacher it had."""
    teacher = make(store, Work()).run.key
    made = make(store, Work(), spec=make_spec(1, command="distil", parents={"teacher": teacher}))

    assert made.run.manifest.parents == {"teacher": teacher}


def test_the_name_is_given(store):
    """A new run gets its name, and a hit gets another one beside it."""
    assert make(store, Work(), name="best").names == ["best"]
    assert make(store, Work(), name="again").names == ["again", "best"]


def test_a_name_that_can_not_be_given_is_refused_first(store):
    """Nothing is computed for a name that would fail at the end."""
    work = Work()
    with pytest.raises(UsageError):
        make(store, work, name="../x")

    assert work.calls == 0
    assert not store.root.exists()


def test_a_dry_run_touches_nothing(store):
    """What would be done is said: the key, the place, the parameters; nothing is made."""
    work = Work()
    planned = make(store, work, dry_run=True, name="best")

    assert planned == DryRun(planned.plan, store.root / "runs" / make_spec().key, None, [])
    assert planned.spec == make_spec()
    assert planned.parameters == PARAMETERS
    assert work.calls == 0
    assert not store.root.exists()


def test_a_dry_run_of_a_stored_run_is_a_hit(store):
    """The stored run and its names are shown, and the store stays as it is."""
    stored = make(store, Work(), name="best").run
    before = tree(store.root)
    planned = make(store, Work(), dry_run=True, force=True, name="other")

    assert (planned.run.path, planned.names) == (stored.path, ["best"])
    assert tree(store.root) == before


@pytest.mark.parametrize("failure", [RuntimeError("boom"), KeyboardInterrupt(), SystemExit(1), OSError(28, "full")])
def test_work_that_fails_leaves_nothing(store, failure):
    """No run, no name, and no folder of half the work; the failure is passed on."""
    with pytest.raises(type(failure)):
        make(store, Work(failure=failure), name="best")

    assert names_in(store.root / "runs") == names_in(store.root / "work") == names_in(store.root / "refs") == []


@pytest.mark.parametrize("damage", ["truncated", "missing", "no manifest", "broken manifest", "changed spec"])
def test_a_damaged_run_is_no_hit(store, damage):
    """A run that is not whole is not given out, and not computed again behind the user's back."""
    stored = make(store, Work()).run
    DAMAGES[damage](stored.path)
    before = tree(store.root)
    work = Work()

    with pytest.raises(IntegrityError) as caught:
        make(store, work)

    assert caught.value.status == 4
    assert work.calls == 0
    assert tree(store.root) == before


def test_of_two_writers_the_second_gives_out_the_firsts(store):
    """A run that another process stored meanwhile stays, and the second's bytes are compared with it."""

    def work(run):
        commit_run(store, weights=b"the other's")
        return Work()(run)

    made = make(store, work)

    assert (made.run.path / "model.safetensors").read_bytes() == b"the other's"
    assert made.agreement["model.safetensors"] == "differs"


def test_a_hit_made_here_needs_no_word(store):
    """The same machine and the same libraries are not worth a line."""
    events = []
    make(store, Work())
    make(store, Work(), events.append)

    assert events == []


@pytest.mark.parametrize("what", ["host", "device", "colacli", "torch"])
def test_a_hit_made_elsewhere_says_so(store, what):
    """A run of another machine, device or version is given out with a note that names the difference."""
    commit_run(store, environment={**environment_of("cpu"), what: "another"})
    events = []
    made = make(store, Work(), events.append)

    assert made.cached
    assert [event.text for event in events] == [f"stored run {made.run.key[:12]} was made elsewhere: {what} another"]


def test_the_stored_spec_is_the_plan_s(store):
    """spec.json holds the canonical bytes of what was asked for, and nothing of name or device."""
    made = make(store, Work(), name="best")
    content = (made.run.path / "spec.json").read_bytes()

    assert content == canonical(make_spec())
    assert not {"name", "device", "force", "dry_run"} & set(json.loads(content))


def test_a_run_can_not_be_renamed_into_another(store):
    """A hit is checked against the key it was asked by, not against the one its manifest gives."""
    stored = make(store, Work()).run
    other = replace(make_spec(), revision=2)
    stored.path.rename(stored.path.with_name(other.key))

    with pytest.raises(IntegrityError):
        make(store, Work(), spec=other)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_name_that_moves_to_another_run_is_told(store, seed):
    """A hit and a new run alike."""
    make(store, Work(), name="mine", spec=make_spec(0))
    other = make(store, Work(), spec=make_spec(1))
    events = []
    make(store, Work(), events.append, name="mine", spec=make_spec(seed))
    moved = Note(f"'mine' stood for {make_spec(0).key[:12]}, and stands for {other.run.key[:12]} now")

    assert (moved in events) == (seed == 1)


@pytest.mark.parametrize("compiler", [None, ""], ids=["C", "torch"])
def test_a_run_says_what_its_kernels_were_compiled_by(trainings, monkeypatch, compiler):
    """Or that they were torch's operators."""
    if compiler is None and isinstance(loaded := library.load(), library.CompileError):
        pytest.skip(f"no C kernels here: {loaded}")
    expected = "torch" if compiler == "" else library.library().compiler
    library.load.cache_clear()
    if compiler is not None:
        monkeypatch.setenv(VARIABLE, compiler)
    try:
        assert trainings.teacher().manifest.environment["kernels"] == expected
    finally:
        library.load.cache_clear()
