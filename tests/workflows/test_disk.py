"""Where the store's bytes are."""

from colacli.workflows.disk import usage
from factories.runs import commit_run, make_spec


def test_every_byte_is_somewhere(store):
    """Runs come first, the largest before the others, with their names; all parts together are the whole store."""
    small = commit_run(store, name="small")
    large = commit_run(store, make_spec(1), weights=b"w" * 10_000)
    for place in ("cache/tokens/x", "work/y", "quarantine/z", "data/corpus"):
        (store.root / place).mkdir(parents=True)
        (store.root / place / "file").write_bytes(place.encode())

    parts = usage(store)

    assert [(part.key, part.names) for part in parts[:2]] == [(large.key, []), (small.key, ["small"])]
    assert {part.kind: part.size for part in parts[2:-1]} == {
        "cache/tokens": 14,
        "work": 6,
        "quarantine": 12,
        "data": 11,
    }
    assert sum(part.size for part in parts) == sum(
        path.stat().st_size for path in store.root.rglob("*") if path.is_file()
    )


def test_an_empty_store_has_no_bytes(store):
    """And looking makes nothing."""
    assert sum(part.size for part in usage(store)) == 0
    assert not store.root.exists()
