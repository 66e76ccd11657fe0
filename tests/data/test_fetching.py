"""The public release is fetched whole and checked, or not at all."""

from __future__ import annotations

import io
import socket
import zipfile

import pytest

from colacli.data import cola, download
from colacli.data.cola import VARIABLE, fetch
from colacli.errors import DataError, IntegrityError, UnavailableError
from colacli.events import Work, ignore
from factories.releases import FILES, GOOD, archive_of, contents, digest


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
    assert_fails(IntegrityError, site, tmp_path, "not a valid archive")


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
    monkeypatch.setattr(download, "_TIMEOUT", 0.05)
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
