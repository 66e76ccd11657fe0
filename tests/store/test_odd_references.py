"""Whatever is given as a reference finds runs of the store, or is refused."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from colacli.errors import ColacliError, UnknownReferenceError
from colacli.store.refs import resolve
from factories.runs import commit_run, make_spec, tree

DECOYS = ["../decoy", "./../decoy", "../home/decoy", "x/../../decoy", "refs/../decoy", ".decoy", "sub/decoy"]


@pytest.mark.parametrize("reference", DECOYS)
def test_no_name_reads_a_file_outside_refs(store, reference):
    """A file that is no name is not read as one, though it holds a run's key."""
    run = commit_run(store, name="known")
    for place in ("decoy", "../decoy", "refs/.decoy", "refs/sub/decoy"):
        (store.root / place).parent.mkdir(exist_ok=True)
        (store.root / place).write_text(run.key)

    with pytest.raises(UnknownReferenceError):
        resolve(store, reference)


def test_a_very_long_reference_is_not_found(store):
    """Text longer than any file name is an answer 'no', not an error of the system's."""
    with pytest.raises(UnknownReferenceError):
        resolve(store, "x" * 300)


PIECES = [
    "known",
    "decoy",
    "latest",
    "run:",
    "^teacher",
    "^",
    "~",
    ",",
    "..",
    "/",
    "\\",
    "1",
    make_spec().key[:8],
    "\0",
    "\n",
]
REFERENCES = st.text() | st.lists(st.sampled_from(PIECES), max_size=6).map("".join)


@given(REFERENCES)
@example("")
@example("/")
@example("..")
@example("\ud800")
def test_any_text_gives_runs_of_the_store_or_an_error_of_ours(shared, reference):
    """Whatever is typed finds runs of this store or is refused, and nothing is written."""
    before = tree(shared.root.parent)
    try:
        runs = resolve(shared, reference)
    except ColacliError:
        runs = []

    assert all(run.path.parent == shared.root / "runs" for run in runs)
    assert tree(shared.root.parent) == before
