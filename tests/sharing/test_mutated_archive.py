"""Files of runs with changed bytes are refused, or mean the same."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colacli.errors import ColacliError
from colacli.store.store import Store
from factories.archives import (
    take,
    with_header,
)
from factories.runs import contents


def mutations():
    """Changes of a file's bytes: what a bad disk, a bad line or a bad person might make of them."""
    at = st.integers(0, 1 << 16)
    return st.lists(
        st.one_of(
            st.tuples(st.just("flip"), at, st.integers(1, 255)),
            st.tuples(st.just("cut"), at, at),
            st.tuples(st.just("drop block"), at, at),
            st.tuples(st.just("zero block"), at, at),
            st.tuples(st.just("copy block"), at, at),
            st.tuples(st.just("write"), at, st.binary(min_size=1, max_size=12)),
            st.tuples(st.just("header"), st.integers(0, 20), st.tuples(st.integers(0, 344), st.binary(max_size=12))),
            st.tuples(st.just("append"), at, st.binary(max_size=600)),
        ),
        min_size=1,
        max_size=4,
    )


def mutated(content, changes):
    """The bytes after all changes."""
    for kind, where, how in changes:
        at = where % max(len(content), 1)
        block = at // 512 * 512
        if kind == "flip":
            content = content[:at] + bytes(one ^ how for one in content[at : at + 1]) + content[at + 1 :]
        elif kind == "cut":
            content = content[:at]
        elif kind == "drop block":
            content = content[:block] + content[block + 512 :]
        elif kind == "zero block":
            content = content[:block] + bytes(512) + content[block + 512 :]
        elif kind == "copy block":
            other = how % max(len(content), 1) // 512 * 512
            content = content[:block] + content[other : other + 512] + content[block:]
        elif kind == "write":
            content = content[:at] + how + content[at + len(how) :]
        elif kind == "header":
            content = with_header(content, where, *how)
        else:
            content += how
    return content


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(changes=mutations())
def test_a_mutated_file_is_refused_or_means_the_same(shared_family, exported, changes):
    """Nothing but the runs that were exported ever comes in, and nothing is ever written beside the store."""
    original = contents(Store(shared_family[0].path.parents[1]))
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder, "around", "store"))
        store.root.parent.mkdir()
        try:
            take(store, mutated(exported, changes))
            expected = original
        except ColacliError:
            expected = {}

        assert contents(store) == expected
        assert {path.name for path in Path(folder).rglob("*") if store.root not in path.parents} == {
            "around",
            "store",
            "foreign.tar",
        }
