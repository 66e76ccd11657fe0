"""Whatever is in a file, nothing but what was exported gets into the store, and the error says why."""

import bz2
import gzip
import json
import lzma
import tarfile
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colacli.errors import ColacliError, IntegrityError
from colacli.sharing import archive, receive
from colacli.sharing.receive import CHUNK, Incoming
from colacli.store.canonical import canonical, sha256
from colacli.store.store import Store
from factories.archives import (
    both_huge,
    changed,
    first_folder,
    header,
    manifest_with,
    named,
    packed,
    rekeyed,
    sized,
    take,
    unlisted,
    unpacked,
    with_header,
    with_member,
    with_size,
    without,
)
from factories.runs import contents

HOSTILE = {
    "a path outside": (lambda tar: with_member(tar, ("../evil", b"x")), r"has '\.\./evil'"),
    "a path through a run": (
        lambda tar: with_member(tar, (first_folder(tar) + "/../../evil", b"x")),
        "an export has only runs/KEY/FILE",
    ),
    "an absolute path": (lambda tar: with_member(tar, ("/tmp/evil", b"x")), "has '/tmp/evil'"),
    "a name that is no path": (lambda tar: with_member(tar, (first_folder(tar) + "/..", b"x")), "doesn't list"),
    "a folder in a run": (lambda tar: with_member(tar, (first_folder(tar) + "/a/b", b"x")), "has only runs/KEY/FILE"),
    "another place": (lambda tar: with_member(tar, ("refs/name", b"x")), "has 'refs/name'"),
    "a short key": (lambda tar: with_member(tar, ("runs/abcd/manifest.json", b"x")), "has only runs/KEY/FILE"),
    "a link": (lambda tar: with_member(tar, header("runs/link", tarfile.SYMTYPE, "/etc")), "not a plain file"),
    "a hard link": (lambda tar: with_member(tar, header("hard", tarfile.LNKTYPE, "export.json")), "not a plain file"),
    "a device": (lambda tar: with_member(tar, header("null", tarfile.CHRTYPE)), "not a plain file"),
    "a block device": (lambda tar: with_member(tar, header("disk", tarfile.BLKTYPE)), "not a plain file"),
    "a pipe": (lambda tar: with_member(tar, header("pipe", tarfile.FIFOTYPE)), "not a plain file"),
    "a folder": (lambda tar: with_member(tar, header("runs", tarfile.DIRTYPE)), "not a plain file"),
    "a sparse file": (lambda tar: with_member(tar, header("sparse", tarfile.GNUTYPE_SPARSE)), "not a plain file"),
    "a long name": (
        lambda tar: packed([*unpacked(tar).items(), ("x" * 300, b"x")], tarfile.GNU_FORMAT),
        "not a plain file",
    ),
    "an extended header": (
        lambda tar: packed([*unpacked(tar).items(), ("ü" * 300, b"x")], tarfile.PAX_FORMAT),
        "not a plain file",
    ),
    "a file twice": (
        lambda tar: with_member(tar, (first_folder(tar) + "/spec.json", b"x")),
        "has spec.json twice",
    ),
    "a manifest twice": (
        lambda tar: with_member(tar, (first_folder(tar) + "/manifest.json", b"x")),
        r"manifest\.json twice",
    ),
    "a file not listed": (
        lambda tar: with_member(tar, (first_folder(tar) + "/added", b"x")),
        "has added, which its manifest doesn't list",
    ),
    "a run not listed": (
        lambda tar: changed(tar, "export.json", lambda old: old.replace(first_folder(tar)[5:].encode(), b"9" * 64)),
        "doesn't have the runs",
    ),
    "a stowaway": (lambda tar: changed(tar, "export.json", unlisted), "doesn't have the runs"),
    "no manifest": (lambda tar: without(tar, "manifest.json"), "before its manifest"),
    "a missing file": (lambda tar: without(tar, "model.safetensors"), r"model\.safetensors is missing"),
    "a longer file": (lambda tar: changed(tar, "model.safetensors", lambda old: old + b"x"), "more than 7 bytes in"),
    "a shorter file": (lambda tar: changed(tar, "model.safetensors", lambda old: old[1:]), "has 6 bytes"),
    "another file": (lambda tar: changed(tar, "model.safetensors", lambda old: b"Weights"), "has other bytes"),
    "another spec": (
        lambda tar: changed(tar, "spec.json", lambda old: old.replace(b'"seed": ', b'"seed":\t')),
        r"spec\.json does not hash",
    ),
    "another key": (rekeyed, "has the manifest of run"),
    "a torn manifest": (lambda tar: changed(tar, "manifest.json", lambda old: old[:99]), "is not a manifest"),
    "an endless manifest": (
        lambda tar: changed(tar, "manifest.json", lambda old: old + b" " * (1 << 20)),
        r"more than 1,048,576 bytes in manifest\.json",
    ),
    "a deep manifest": (lambda tar: changed(tar, "manifest.json", lambda old: b"[" * 200_000), "is not a manifest"),
    "a broken seal": (
        lambda tar: changed(tar, "manifest.json", lambda old: old.replace(b'"seconds": 1', b'"seconds": 2')),
        "other bytes than were written",
    ),
    "a manifest of a nested value": (
        lambda tar: changed(tar, "manifest.json", lambda old: b'{"files": ' + b"[" * 700 + b"]" * 700 + b"}"),
        "is not a manifest",
    ),
    "a time beyond all numbers": (
        lambda tar: manifest_with(tar, lambda values: values.update(seconds=10**400)),
        "is not a manifest",
    ),
    "a manifest that leads outside": (lambda tar: manifest_with(tar, named("../../evil")), "matching regex"),
    "a manifest with an absolute path": (lambda tar: manifest_with(tar, named("/etc/passwd")), "matching regex"),
    "a parent that leads outside": (
        lambda tar: manifest_with(tar, lambda values: values.update(parents={"x": "../../evil"})),
        "matching regex",
    ),
    "a manifest that lists itself": (lambda tar: manifest_with(tar, named("manifest.json")), "it lists itself"),
    "a hidden file": (lambda tar: manifest_with(tar, named(".hidden")), "matching regex"),
    "a name too long for a tar": (lambda tar: manifest_with(tar, named("x" * 101)), "matching regex"),
    "a huge size": (lambda tar: manifest_with(tar, sized("model.safetensors", 1 << 60)), "is the most"),
    "a negative size": (lambda tar: manifest_with(tar, sized("model.safetensors", -1)), "Expected `int` >= 0"),
    "a broken size": (lambda tar: manifest_with(tar, sized("model.safetensors", 7.0)), "Expected `int`, got"),
    "huge files together": (
        lambda tar: manifest_with(tar, both_huge),
        r"lists model.safetensors with 34,359,738,368 bytes; 16,785,216 is the most",
    ),
    "a huge document": (lambda tar: manifest_with(tar, sized("metrics.json", 1 << 30)), "is the most"),
    "other parents": (lambda tar: manifest_with(tar, lambda values: values.update(parents={"x": "1" * 64})), "other p"),
    "no list": (lambda tar: without(tar, "export.json"), r"no export\.json that can be read: its first member is"),
    "another format": (
        lambda tar: changed(tar, "export.json", lambda old: old.replace(b'"format": 1', b'"format": 2')),
        "Invalid enum value 2",
    ),
    "a list of runs that nobody asked for": (
        lambda tar: changed(tar, "export.json", lambda old: canonical({**json.loads(old), "asked": []})),
        "length >= 1",
    ),
    "a list that is none": (lambda tar: changed(tar, "export.json", lambda old: b"[]"), "that can be read"),
    "a list of no text": (
        lambda tar: changed(tar, "export.json", lambda old: b'{"format": 1, "asked": [1], "runs": [1]}'),
        "Expected `str`, got `int`",
    ),
    "a long list": (lambda tar: changed(tar, "export.json", lambda old: b" " * 10_000_000 + old), "that can be read"),
    "a deep list": (lambda tar: changed(tar, "export.json", lambda old: b"[" * 200_000), "that can be read"),
    "an enormous size": (lambda tar: with_size(tar, b"\x80" + b"\x7f" * 11), "is cut short"),
    "a size below zero": (lambda tar: with_size(tar, b"\xff" * 12), "not a plain file"),
    "a large size": (lambda tar: with_size(tar, b"77777777777\0"), "is cut short"),
    "a torn header": (lambda tar: tar[:1024] + b"\1" + tar[1025:], "damaged at byte 1,024"),
    "no end": (lambda tar: tar[: tar.rindex(b"ustar") - 257 + 512], "is cut short"),
    "half of it": (lambda tar: tar[: len(tar) // 2 // 512 * 512 + 100], "is cut short"),
    "nothing": (lambda tar: b"", "is not a tar file"),
    "zeros": (lambda tar: bytes(10240), r"no export\.json"),
    "text": (lambda tar: b"hello\n" * 1000, "is not a tar file"),
    "gzip": (gzip.compress, "is compressed: decompress it first"),
    "bzip2": (bz2.compress, "is compressed: decompress it first"),
    "xz": (lzma.compress, "is compressed: decompress it first"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_export_is_refused(exported, store, what):
    """The error says what and where, what to do, and the store and what is around it are as they were."""
    make, words = HOSTILE[what]
    store.prepare()
    (store.root.parent / "foreign.tar").touch()
    before = [(path, path.is_dir()) for path in sorted(store.root.parent.rglob("*"))]

    with pytest.raises(IntegrityError, match=words) as caught:
        take(store, make(exported))

    assert "foreign.tar" in caught.value.message
    assert caught.value.hint
    assert [(path, path.is_dir()) for path in sorted(store.root.parent.rglob("*"))] == before


def test_no_more_is_read_than_is_listed(exported, store, monkeypatch):
    """Of a member that is larger than its manifest says, one piece is read and nothing is kept."""
    monkeypatch.setattr(archive, "CHUNK", 1 << 10)
    pieces = []
    chunks = archive._chunks
    monkeypatch.setattr(archive, "_chunks", lambda *args: (pieces.append(one) or one for one in chunks(*args)))

    with pytest.raises(IntegrityError, match="more than 7 bytes"):
        take(store, changed(exported, "model.safetensors", lambda old: bytes(1 << 20)))

    assert pieces[-1] == bytes(1 << 10)
    assert sum(piece == bytes(1 << 10) for piece in pieces) == 1


def test_what_the_disk_can_t_hold_is_not_begun(exported, store, monkeypatch):
    """All files of a run together have to fit before one of them is taken."""
    monkeypatch.setattr(receive.shutil, "disk_usage", lambda _: SimpleNamespace(free=100))

    with pytest.raises(IntegrityError, match="the disk has 100 free"):
        take(store, exported)

    assert contents(store) == {}


def test_what_is_zero_takes_no_space(tmp_path, monkeypatch):
    """A file of holes comes in as one: a small file can't fill the disk."""
    content = bytes(4 * CHUNK) + b"x" + bytes(4 * CHUNK)
    key = "1" * 64
    record = {"sha256": sha256(content), "size": len(content)}
    result = {"best_epoch": 1, "parameters": {"total": 10**7, "trainable": 1}}
    values = {"key": key, "created": "", "seconds": 0, "files": {"model.safetensors": record}, "result": result}
    incoming = Incoming(tmp_path / key, "there", [canonical(values)])
    incoming.take("model.safetensors", (content[at : at + CHUNK] for at in range(0, len(content), CHUNK)))
    path = tmp_path / key / "model.safetensors"

    assert path.read_bytes() == content
    assert path.stat().st_blocks * 512 <= 2 * CHUNK


def test_a_spec_that_is_no_document_is_refused(store):
    """Anything hashes to some key; what it hashes must be a spec all the same."""
    spec = b"no document"
    key = sha256(spec)
    manifest = {"key": key, "created": "", "seconds": 0, "files": {"spec.json": {"sha256": key, "size": len(spec)}}}
    members = {
        "export.json": canonical({"format": 1, "asked": [key], "runs": [key]}),
        f"runs/{key}/manifest.json": json.dumps(manifest).encode(),
        f"runs/{key}/spec.json": spec,
    }

    with pytest.raises(IntegrityError, match=r"spec\.json is damaged"):
        take(store, packed(members.items()))

    assert contents(store) == {}


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
