"""A safetensors file is read whole or refused before anything is made of it, whoever wrote it."""

import json
import struct

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.errors import IntegrityError
from colacli.models import tensors
from colacli.models.tensors import read_tensors, write_tensors


def entry(shape, offsets, dtype="F32"):
    """A tensor as a header speaks of it."""
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def written(folder, header, data=b"", length=None):
    """A file with this header, of the length that is said or the true one, and these bytes after it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path = folder / "file.safetensors"
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def test_what_is_written_is_read_back(tmp_path):
    """Every tensor, to the bit, with its type and shape."""
    known = {"a": torch.randn(3, 2), "b": torch.arange(4), "empty": torch.zeros(0, 5)}
    write_tensors(tmp_path / "file", known)
    found = read_tensors(tmp_path / "file")

    assert set(found) == set(known)
    assert all(torch.equal(found[name], one) and found[name].dtype == one.dtype for name, one in known.items())


TWO = {"a": entry([2], [0, 8])}
REFUSED = {
    "nothing": (b"", b"", None),
    "header of 8 exabytes": (TWO, b"\0" * 8, 2**63),
    "header over the limit": (TWO, b"\0" * 8, 100_000_001),
    "header past the end": (TWO, b"\0" * 8, 1000),
    "no JSON": (b"pickle", b"", None),
    "a list": (b"[]", b"", None),
    "too deep": (b'{"a":' * 10_000, b"", None),
    "bytes missing": (TWO, b"\0" * 7, None),
    "bytes left over": (TWO, b"\0" * 9, None),
    "another shape": ({"a": entry([3], [0, 8])}, b"\0" * 8, None),
    "another type": ({"a": entry([2], [0, 8], "F64")}, b"\0" * 8, None),
    "an unknown type": ({"a": entry([2], [0, 8], "OBJECT")}, b"\0" * 8, None),
    "a shape beyond all numbers": ({"a": entry([2**40, 2**40], [0, 8])}, b"\0" * 8, None),
    "a side beyond all integers": ({"a": entry([2**63, 0], [0, 0])}, b"", None),
    "a negative side": ({"a": entry([-2], [0, 8])}, b"\0" * 8, None),
    "offsets turned round": ({"a": entry([2], [8, 0])}, b"\0" * 8, None),
    "two in one place": ({**TWO, "b": entry([2], [0, 8])}, b"\0" * 8, None),
    "an overlap": ({**TWO, "b": entry([2], [4, 12])}, b"\0" * 12, None),
    "a gap": ({**TWO, "b": entry([2], [12, 20])}, b"\0" * 20, None),
    "offsets past the end": ({"a": entry([200], [0, 800])}, b"\0" * 8, None),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_header_that_lies_is_refused(tmp_path, what):
    """By the library or by us: the file is named, and no tensor is made."""
    header, data, length = REFUSED[what]

    with pytest.raises(IntegrityError, match=r"file\.safetensors can't be read as safetensors"):
        read_tensors(written(tmp_path, header, data, length))


def test_too_many_tensors_are_refused(tmp_path, monkeypatch):
    """Before any of them is made."""
    monkeypatch.setattr(tensors, "_MAX_TENSORS", 10)
    header = {str(number): entry([0], [0, 0]) for number in range(11)}

    with pytest.raises(IntegrityError, match="11 tensors"):
        read_tensors(written(tmp_path, header))


def test_a_folder_is_refused(tmp_path):
    """And so is a file that is not there."""
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(IntegrityError, match=path.name):
            read_tensors(path)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """A folder for files that are read at once."""
    return tmp_path_factory.mktemp("tensors")


NUMBERS = st.integers(-2, 12) | st.sampled_from([2**31, 2**62, 2**63, 2**64])
ENTRIES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "BF16", "I64", "BOOL", "F8_E4M3", "F4", "F6_E2M3", "C64", "U64"]),
        "shape": st.lists(NUMBERS, max_size=3),
        "data_offsets": st.lists(NUMBERS, min_size=1, max_size=3),
    }
)


@given(st.dictionaries(st.text(max_size=3), ENTRIES, max_size=3), st.binary(max_size=24))
def test_any_header_gives_tensors_or_an_error_of_ours(scratch, header, data):
    """And no more numbers than there are bytes."""
    try:
        found = read_tensors(written(scratch, header, data))
    except IntegrityError:
        return
    assert sum(one.numel() * one.element_size() for one in found.values()) <= len(data)


@given(st.binary(max_size=200))
def test_any_bytes_give_tensors_or_an_error_of_ours(scratch, content):
    """Nothing else comes of them."""
    (scratch / "noise").write_bytes(content)
    try:
        read_tensors(scratch / "noise")
    except IntegrityError:
        return
