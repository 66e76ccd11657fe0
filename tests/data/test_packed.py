"""Compressed files are the files that they hold, within limits; what is damaged is an error."""

from __future__ import annotations

import gzip
import lzma
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colacli.data import packed
from colacli.data.packed import DataFile, members
from colacli.data.readers import read_corpus
from colacli.errors import DataError
from factories.rows import ROWS, WRITERS, tsv, written


def zipped(content, name="train.tsv", kind=zipfile.ZIP_DEFLATED):
    """A ZIP archive of one file."""
    import io

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


PACKERS = {".gz": gzip.compress, ".xz": lzma.compress, ".zip": zipped}


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_may_be_compressed(tmp_path, packing, suffix):
    """The same rows, the same digest, the same line numbers."""
    content = WRITERS[suffix](ROWS)
    packed_content = zipped(content, f"train{suffix}") if packing == ".zip" else PACKERS[packing](content)
    plain = read_corpus(written(tmp_path / "plain", f"train{suffix}", content))
    found = read_corpus(written(tmp_path, f"train{suffix}{packing}", packed_content))

    assert found.splits == plain.splits


def test_streams_may_follow_one_another(tmp_path):
    """As `cat` and parallel compressors make them."""
    for name, pack in (("a.tsv.gz", gzip.compress), ("a.tsv.xz", lzma.compress)):
        path = written(tmp_path, name, pack(tsv(ROWS[:1])) + pack(tsv(ROWS[1:])))
        assert len(read_corpus(path).split("train")) == 2


@pytest.mark.parametrize("packing", PACKERS)
def test_what_grows_too_large_is_refused(tmp_path, monkeypatch, packing):
    """Without holding more than the limit of it."""
    monkeypatch.setattr(packed, "MOST_UNPACKED", 10_000)
    path = written(tmp_path, f"train.tsv{packing}", PACKERS[packing](b"\0" * 10_001))
    with pytest.raises(DataError, match="more than 10,000 bytes"):
        read_corpus(path)


def test_a_large_archive_is_not_listed(tmp_path, monkeypatch):
    """The list of an archive's members can be long too."""
    path = written(tmp_path, "a.zip", zipped(tsv(ROWS)))
    monkeypatch.setattr(packed, "MOST_UNPACKED", 50)
    with pytest.raises(DataError, match="more than 50 bytes"):
        members(path)


@pytest.mark.parametrize("packing", PACKERS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_damage_is_a_data_error(tmp_path_factory, packing, data):
    """A changed byte, or a missing end, never ends in another exception."""
    content = bytearray(PACKERS[packing](tsv(ROWS)))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([None, place]))
    path = tmp_path_factory.getbasetemp() / f"damaged.tsv{packing}"
    path.write_bytes(bytes(content[:end]))
    with suppress(DataError):
        read_corpus(path)


@pytest.mark.parametrize("packing", PACKERS)
@settings(deadline=None, max_examples=60)
@given(noise=st.binary(max_size=80))
def test_noise_is_a_data_error(tmp_path_factory, packing, noise):
    """Whatever the bytes are."""
    path = tmp_path_factory.getbasetemp() / f"noise.tsv{packing}"
    path.write_bytes(noise)
    with pytest.raises(DataError):
        read_corpus(path)


def test_an_archive_packed_in_another_way_is_refused(tmp_path):
    """Some ways take memory without a limit."""
    path = written(tmp_path, "a.zip", zipped(tsv(ROWS), kind=zipfile.ZIP_LZMA))
    with pytest.raises(DataError, match="not supported"):
        read_corpus(path)


def test_xz_takes_no_more_memory_than_allowed(tmp_path, monkeypatch):
    """What a file asks for is refused where it is too much."""
    monkeypatch.setattr(packed, "_XZ_MEMORY", 2**16)
    with pytest.raises(DataError, match="can't be unpacked"):
        read_corpus(written(tmp_path, "train.tsv.xz", lzma.compress(tsv(ROWS))))


def test_a_member_is_named_in_messages(tmp_path):
    """The archive, then the path in it, then the line."""
    path = written(tmp_path, "a.zip", zipped(b"s\t7\t\tIt rains.\n"))
    with pytest.raises(DataError, match=r"a\.zip/train\.tsv, line 1: the label is '7'"):
        read_corpus(path)


def test_names():
    """Without the ending of a compression; a member's is the last part of its path."""
    assert (DataFile(Path("a/b.TSV.GZ")).name, DataFile(Path("a/b.TSV.GZ")).suffix) == ("b.TSV", ".tsv")
    assert DataFile(Path("a.zip"), "b/c.csv").name == "c.csv"
