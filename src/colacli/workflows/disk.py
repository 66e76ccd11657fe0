"""Looking after the store as a whole: take out what nothing holds, say where its bytes are."""

from __future__ import annotations

from dataclasses import dataclass, field

from colacli.store import gc as collection
from colacli.store.artifact import RUNS
from colacli.store.files import bytes_in
from colacli.store.gc import Item
from colacli.store.refs import names_by_key
from colacli.store.store import Store


@dataclass(frozen=True)
class Collection:
    """All that was looked at; what has no `kept` is gone, or would go."""

    items: list[Item]
    done: bool
    """Whether it was done, not only thought through."""

    @property
    def freed(self) -> list[Item]:
        """What is gone, or would go."""
        return [item for item in self.items if not item.reason]


@dataclass(frozen=True)
class Usage:
    """The bytes of one part of the store."""

    kind: str
    """`runs`, `cache/<what>`, `work`, `quarantine`, `data`, or `other`."""
    size: int
    key: str = ""
    """A run's."""
    names: list[str] = field(default_factory=list)


def collect(store: Store, days: float, *, really: bool) -> Collection:
    """Take out what nothing holds and what is older than so many days, or only say what that would be."""
    items = collection.scan(store, days)
    return Collection(collection.collect(store, items) if really else items, really)


def usage(store: Store) -> list[Usage]:
    """The bytes of every run, the largest first, then of every other part; together those of the whole store."""
    called = names_by_key(store)
    runs = [Usage(RUNS, bytes_in(store.folder(RUNS) / key), key, called.get(key, [])) for key in store.run_keys()]
    cached = [f"cache/{path.name}" for path in sorted(store.folder("cache").glob("*"))]
    others = [Usage(kind, bytes_in(store.folder(kind))) for kind in (*cached, "work", "quarantine", "data")]
    parts = [*sorted(runs, key=lambda run: -run.size), *others]
    return [*parts, Usage("other", max(0, bytes_in(store.root) - sum(part.size for part in parts)))]
