"""The public release comes whole and checked, or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from colacli.data import cola
from colacli.data.cola import VARIABLE, Release, check_release, fetch, find_cola, import_corpus
from colacli.data.readers import read_corpus
from colacli.errors import DataError, IntegrityError, UnavailableError
from colacli.events import Work, ignore

COLA = Path(__file__).parents[2].parent / "shared" / "cola"
needs_cola = pytest.mark.skipif(not COLA.is_dir(), reason="the public release is not beside this checkout")

FILES = {
    "in_domain_train.tsv": b"s\t1\t\tIt rains.\ns\t0\t*\tRains it.\n" * 2000,
    "in_domain_dev.tsv": b's\t1\t\tShe said "no".\r\n',
    "out_of_domain_dev.tsv": b"s\t0\t*\tSlept he.",
}


def digest(content):
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def archive_of(members):
    """A ZIP file, not compressed, of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


GOOD = archive_of({f"cola_public/raw/{name}": content for name, content in FILES.items()})


class Site:
    """A web site on this machine with one page, and what it was asked."""

    def __init__(self):
        self.body = GOOD
        self.announced = None
        self.status = 200
        self.agents = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.agents.append(self.headers["User-Agent"])
                self.send_response(site.status)
                self.send_header("Content-Length", str(site.announced or len(site.body)))
                self.end_headers()
                self.wfile.write(site.body)

            def log_message(self, *_):
                """Say nothing on standard error."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a client that hangs up early is meant

    def release(self, **changes):
        """The release as it would be published with the page as it is."""
        release = Release(
            address=f"http://127.0.0.1:{self.server.server_port}/cola.zip",
            size=len(self.body),
            sha256=digest(self.body),
            files={name: digest(content) for name, content in FILES.items()},
        )
        return replace(release, **changes)


@pytest.fixture
def site(monkeypatch):
    """A site that serves the good archive until told otherwise."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    site.server.shutdown()
    site.server.server_close()
    thread.join()


@pytest.fixture
def source(tmp_path):
    """A corpus folder as a person has it."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


def contents(folder):
    """Every file below a folder, hidden ones too, with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_fails(error, site, folder, *parts, **changes):
    """Fetching ends in `error`, which says `parts`, and nothing is left in `folder`."""
    with pytest.raises(error) as caught:
        fetch(folder / "cola", ignore, site.release(**changes))
    assert [part for part in parts if part not in caught.value.message] == []
    assert list(folder.iterdir()) == []
    return caught.value


def test_fetch_brings_the_raw_files_and_nothing_else(site, tmp_path):
    """A good archive becomes three files, byte for byte, and a corpus; progress is told in bytes."""
    events = []
    corpus = fetch(tmp_path / "store" / "cola", events.append, site.release())
    assert contents(tmp_path) == {f"store/cola/{name}": content for name, content in FILES.items()}
    assert corpus.origin == str(tmp_path / "store" / "cola")
    assert [len(split) for split in corpus.splits.values()] == [4000, 1, 1]
    assert events[-1] == Work("downloading CoLA", len(GOOD), len(GOOD), "bytes")
    assert [event.done for event in events] == sorted({event.done for event in events})
    assert len(events) > 1


def test_fetch_names_itself(site, tmp_path):
    """The site sees which program asks, and its version."""
    from colacli import __version__

    fetch(tmp_path / "cola", ignore, site.release())
    assert site.agents == [f"colacli/{__version__}"]


def test_fetching_again_asks_nobody(site, tmp_path):
    """A release that is there already is read, and the site is left alone."""
    first = fetch(tmp_path / "cola", ignore, site.release())
    assert fetch(tmp_path / "cola", ignore, site.release()) == first
    assert len(site.agents) == 1


def test_fetch_never_overwrites(site, tmp_path):
    """A folder that holds something else is kept, and the hint says what to do with it."""
    (tmp_path / "cola").mkdir()
    (tmp_path / "cola" / "train.tsv").write_bytes(b"s\t1\t\tMine.\n")
    with pytest.raises(DataError, match="already exists") as caught:
        fetch(tmp_path / "cola", ignore, site.release())
    assert "--name" in caught.value.hint
    assert contents(tmp_path) == {"cola/train.tsv": b"s\t1\t\tMine.\n"}


def test_a_wrong_archive_is_refused(site, tmp_path):
    """An archive of another digest is not unpacked."""
    assert_fails(IntegrityError, site, tmp_path, "SHA-256", sha256="0" * 64)


def test_a_wrong_file_in_the_archive_is_refused(site, tmp_path):
    """A file of another digest is not kept, nor are those beside it."""
    files = site.release().files | {"in_domain_dev.tsv": "0" * 64}
    assert_fails(IntegrityError, site, tmp_path, "cola_public/raw/in_domain_dev.tsv", files=files)


def test_a_short_archive_is_refused(site, tmp_path):
    """A complete answer that is not the archive, such as a proxy's page, is no network failure."""
    site.body = b"<html>Please log in.</html>"
    error = assert_fails(IntegrityError, site, tmp_path, "SHA-256", size=len(GOOD), sha256=digest(GOOD))
    assert "proxy" in error.hint


def test_a_broken_connection_is_told_as_such(site, tmp_path):
    """Fewer bytes than the server announced mean a broken connection."""
    site.announced = len(GOOD) + 1
    assert_fails(UnavailableError, site, tmp_path, "broke off", size=len(GOOD) + 1)


def test_an_oversized_archive_is_refused_on_the_way(site, tmp_path):
    """Reading stops at the published size, however much the server sends."""
    site.body = GOOD + b"\0" * 10_000_000
    seen = []
    with pytest.raises(IntegrityError, match="larger"):
        fetch(tmp_path / "cola", seen.append, site.release(size=len(GOOD)))
    assert max(event.done for event in seen) <= len(GOOD)
    assert list(tmp_path.iterdir()) == []


def test_paths_in_the_archive_lead_nowhere(site, tmp_path):
    """Members that point outside are never written; the three wanted ones are, under their own names."""
    wanted = {f"cola_public/raw/{name}": content for name, content in FILES.items()}
    evil = {"../evil": b"x", "/evil": b"x", "cola_public/raw/../../../evil": b"x"}
    site.body = archive_of({**evil, **wanted})
    fetch(tmp_path / "a" / "b" / "cola", ignore, site.release())
    assert sorted(contents(tmp_path)) == sorted(f"a/b/cola/{name}" for name in FILES)


def test_a_missing_member_is_refused(site, tmp_path):
    """An archive that has a wanted file only elsewhere lacks it."""
    wanted = {f"cola_public/raw/{name}": content for name, content in FILES.items()}
    dev = wanted.pop("cola_public/raw/in_domain_dev.tsv")
    site.body = archive_of({**wanted, "in_domain_dev.tsv": dev})
    assert_fails(IntegrityError, site, tmp_path, "it has no cola_public/raw/in_domain_dev.tsv")


def test_a_member_that_would_unpack_too_large_is_refused(site, tmp_path):
    """A declared size beyond the limit is refused before a byte is unpacked."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cola_public/raw/in_domain_train.tsv", b"\0" * (cola.MEMBER_LIMIT + 1))
    site.body = stream.getvalue()
    assert_fails(IntegrityError, site, tmp_path, "5,000,001 bytes, more than 5,000,000")


def test_what_is_no_archive_is_refused(site, tmp_path):
    """Bytes of the right digest that are no ZIP file are told as such."""
    site.body = b"not an archive"
    assert_fails(IntegrityError, site, tmp_path, "not a sound archive")


def test_an_http_error_is_told_with_the_way_out(site, tmp_path):
    """A page that is gone: its status stands in the message, the way around it in the hint."""
    site.status = 404
    error = assert_fails(UnavailableError, site, tmp_path, "404")
    assert "colacli data import FOLDER" in error.hint
    assert VARIABLE in error.hint
    assert error.status == 1


def test_no_network_is_told_with_the_way_out(tmp_path, site):
    """A refused connection names the address and the cause."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/cola.zip"
        error = assert_fails(UnavailableError, site, tmp_path, address, "refused", address=address)
    assert address in error.hint


def test_a_silent_server_is_not_waited_for(tmp_path, site, monkeypatch):
    """A server that never answers ends in a timeout."""
    monkeypatch.setattr(cola, "_TIMEOUT", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/cola.zip"
        assert_fails(UnavailableError, site, tmp_path, "timed out", address=address)


def test_an_interrupted_download_leaves_nothing(site, tmp_path):
    """Ctrl-C in the middle of the download goes through, and no file stays."""

    def interrupt(event):
        if event.done > event.total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(tmp_path / "cola", interrupt, site.release())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_an_interrupted_import_leaves_nothing(source, tmp_path, monkeypatch, failure):
    """Ctrl-C or a full disk at the second file: the first one goes too, and the destination never exists."""
    synced = []

    def fail(descriptor):
        synced.append(descriptor)
        if len(synced) == 2:
            raise failure

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((KeyboardInterrupt, DataError)):
        import_corpus(source, tmp_path / "store" / "cola")
    assert list((tmp_path / "store").iterdir()) == []


def test_an_unwritable_store_is_told_with_the_way_out(source, tmp_path):
    """A file where the store's folder should be ends in an error with a hint."""
    (tmp_path / "store").write_bytes(b"")
    with pytest.raises(DataError, match="can't be written") as caught:
        import_corpus(source, tmp_path / "store" / "cola")
    assert "COLACLI_HOME" in caught.value.hint


def test_import_copies_byte_for_byte(source, tmp_path):
    """CRLF and a missing last newline are copied as they are; other files stay behind."""
    (source / "notes.md").write_text("private")
    corpus = import_corpus(source, tmp_path / "store" / "mine")
    assert contents(tmp_path / "store") == {f"mine/{name}": content for name, content in FILES.items()}
    assert corpus == read_corpus(tmp_path / "store" / "mine")


@pytest.mark.parametrize(("name", "kept"), [("mine.csv", "train.csv"), ("validation.csv", "validation.csv")])
def test_one_file_can_be_imported(tmp_path, name, kept):
    """A file whose name says nothing is kept under its split's name, so that it is found again."""
    (tmp_path / name).write_bytes(b"sentence,label\nIt rains.,1\n")
    corpus = import_corpus(tmp_path / name, tmp_path / "store" / "mine")
    assert list(contents(tmp_path / "store" / "mine")) == [kept]
    assert corpus.splits == read_corpus(tmp_path / name).splits


def test_importing_again_does_nothing(source, tmp_path):
    """The same corpus a second time is found there, and no file is touched."""

    def inodes():
        return {path: path.stat().st_ino for path in (tmp_path / "store").iterdir()}

    first, before = import_corpus(source, tmp_path / "store"), inodes()
    assert import_corpus(source, tmp_path / "store") == first
    assert inodes() == before


@pytest.mark.parametrize("there", [{"in_domain_train.tsv": b"s\t1\t\tOther.\n"}, {}, {"train.tsv": b"bad"}])
def test_import_never_overwrites(source, tmp_path, there):
    """Another corpus, an empty folder or a damaged one: it is kept as it is."""
    (tmp_path / "store").mkdir()
    for name, content in there.items():
        (tmp_path / "store" / name).write_bytes(content)
    with pytest.raises(DataError, match="already exists") as caught:
        import_corpus(source, tmp_path / "store")
    assert "--name" in caught.value.hint
    assert contents(tmp_path / "store") == there
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "store"]


def test_the_faster_of_two_imports_wins(source, tmp_path, monkeypatch):
    """Where another process puts the same corpus there first, this one drops its own and is content."""
    destination = tmp_path / "store" / "cola"
    rename = cola.rename_folder

    def overtaken(staged, target):
        target.mkdir()
        for path in source.iterdir():
            (target / path.name).write_bytes(path.read_bytes())
        return rename(staged, target)

    monkeypatch.setattr(cola, "rename_folder", overtaken)
    assert import_corpus(source, destination).origin == str(destination)
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["cola"]


def test_a_bad_line_is_told_with_the_name_the_user_knows(source, tmp_path):
    """An import that is refused speaks of the user's file, and makes nothing."""
    (source / "in_domain_dev.tsv").write_bytes(b"s\t1\n")
    with pytest.raises(DataError) as caught:
        import_corpus(source, tmp_path / "store")
    assert caught.value.message.startswith(f"{source / 'in_domain_dev.tsv'}, line 1: ")
    assert not (tmp_path / "store").exists()


def test_another_corpus_is_not_the_release(source):
    """A split that differs from the published bytes is named, and the hint says how to import it."""
    with pytest.raises(DataError, match="this is not the public release of CoLA") as caught:
        check_release(source)
    assert str(source / "in_domain_train.tsv") in caught.value.message
    assert "--name" in caught.value.hint


def test_the_release_is_known_by_its_bytes(source, site):
    """A folder with the published bytes passes, also where a split is missing or a file has GLUE's name."""
    check_release(source, site.release())
    (source / "out_of_domain_dev.tsv").unlink()
    (source / "in_domain_dev.tsv").rename(source / "dev.tsv")
    check_release(source, site.release())


@needs_cola
def test_the_public_release_passes():
    """The digests in the code are those of the files that the authors publish."""
    check_release(COLA)


@needs_cola
def test_the_public_release_can_be_imported(tmp_path):
    """CoLA itself is imported whole."""
    corpus = import_corpus(COLA, tmp_path / "cola")
    assert [len(split) for split in corpus.splits.values()] == [8551, 527]


def test_cola_is_found_in_the_store(tmp_path, monkeypatch):
    """Without the variable, the store's own folder is the place, if it is there."""
    monkeypatch.delenv(VARIABLE, raising=False)
    assert find_cola(tmp_path) is None
    (tmp_path / "cola").mkdir()
    assert find_cola(tmp_path) == tmp_path / "cola"


def test_the_variable_comes_first(tmp_path, monkeypatch):
    """The folder that the environment names wins over the store's; set to nothing, it says nothing."""
    (tmp_path / "data" / "cola").mkdir(parents=True)
    monkeypatch.setattr("colacli.data.cola.check_release", lambda _: None)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert find_cola(tmp_path / "data") == tmp_path
    monkeypatch.setenv(VARIABLE, "")
    assert find_cola(tmp_path / "data") == tmp_path / "data" / "cola"


def test_a_variable_must_name_the_release(tmp_path, monkeypatch):
    """Another corpus is not taken for CoLA."""
    (tmp_path / "in_domain_dev.tsv").write_text("x\t1\t\tIt rains.\n")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match="not the public release"):
        find_cola(tmp_path / "data")


def test_a_variable_that_names_nothing_is_an_error(tmp_path, monkeypatch):
    """A folder that is not there is never silently replaced by the store's."""
    (tmp_path / "cola").mkdir()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "missing"))
    with pytest.raises(DataError, match=f"{VARIABLE} names .*missing, which does not exist"):
        find_cola(tmp_path)
