"""A remote for tests, and one that is watched and fails when it is told to."""

from pathlib import Path

from colacli.events import ignore
from colacli.sharing.lineage import lineage
from colacli.sharing.receive import incoming_folder, store_incoming
from colacli.sharing.remote import Remote
from colacli.store.store import Store

OPERATIONS = ("ls", "makedirs", "put_file", "mv", "rm_file", "open")


class Watched:
    """A file system that tells a listener of every operation: before it, and after it."""

    def __init__(self, fs, listener):
        self._fs, self._listener = fs, listener
        self.protocol = fs.protocol
        self.done = []

    def __getattr__(self, name):
        operation = getattr(self._fs, name)
        if name not in OPERATIONS:
            return operation

        def watched(*args, **values):
            self._listener(self, name, args, before=True)
            result = operation(*args, **values)
            self.done.append((name, *args))
            self._listener(self, name, args, before=False)
            return result

        return watched


def failing_at(number, how):
    """A listener that lets an operation fail: before it is done, after it, or half-way where bytes are sent."""

    def listen(fs, name, args, *, before):
        if len(fs.done) + before != number or before == (how == "after"):
            return
        if how in ("half", "holes") and name == "put_file":
            content = Path(args[0]).read_bytes()
            half = content[: len(content) // 2]
            fs._fs.pipe_file(args[1], half if how == "half" else half.ljust(len(content), b"\0"))
        raise ConnectionError("the line is dead")

    return listen


def remote_at(place_of, listener=None):
    """The remote there, watched where there is a listener."""
    fs, root = place_of
    return Remote(Watched(fs, listener) if listener else fs, root, "the remote")


def push(remote, runs):
    """Send runs, ancestors first."""
    return [remote.push(run, ignore) for run in runs]


def pull(remote, store, key):
    """Fetch a run with its ancestors."""
    with incoming_folder(store) as folder:
        for run in lineage([key], lambda key: remote.fetch(key, folder, ignore)):
            store_incoming(store, run, remote.name)


def other_store(tmp_path, name="other"):
    """An empty store."""
    return Store(tmp_path / name)


def files_at(place_of):
    """Bytes by path of all that lies in the remote."""
    fs, root = place_of
    found = fs.find(root)
    return {path.rpartition("/runs/")[2]: fs.cat_file(path) for path in found}
