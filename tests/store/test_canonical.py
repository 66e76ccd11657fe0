"""Equal documents have equal bytes and one key."""

import hashlib
import json
import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colacli.store.canonical import canonical, document, key_of

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@dataclass(frozen=True)
class Part:
    """A config with an option that may be off."""

    rank: int = 4
    clip: float | None = None


@dataclass(frozen=True)
class Whole:
    """A config with a part, and a field of a later release."""

    part: Part
    targets: tuple[str, ...] = ("a", "b")
    shape: str = field(default="old", metadata={"later": True})


def test_the_order_of_keys_does_not_matter():
    """Two dictionaries with the same content have the same bytes."""
    assert canonical({"b": 1, "a": {"y": 2, "x": 3}}) == canonical({"a": {"x": 3, "y": 2}, "b": 1})


def test_fields_that_are_none_are_left_out():
    """An option that is off does not stand in the document."""
    assert document(Part()) == {"rank": 4}


def test_tuples_are_lists():
    """A tuple and a list of the same have the same bytes."""
    assert canonical({"a": (1, (2,))}) == canonical({"a": [1, [2]]})


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_are_refused(number):
    """NaN and the infinities have no canonical form."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"loss": [number]})


def test_a_later_field_at_its_default_is_left_out():
    """A run made before the field existed keeps its key."""
    assert document(Whole(Part())) == {"part": {"rank": 4}, "targets": ["a", "b"]}


def test_a_later_field_at_another_value_stands():
    """A choice that changes numbers is in the document, however new it is."""
    assert document(Whole(Part(), shape="new"))["shape"] == "new"


def test_text_is_ascii_and_ends_in_a_newline():
    """No encoding and no editor changes the bytes."""
    content = canonical({"sentence": "na\u00efve \U0001f40d"})

    assert content.isascii()
    assert content.endswith(b"}\n")


def test_the_key_is_the_hash_of_the_bytes():
    """A key is 64 hexadecimal digits that anybody can calculate again."""
    assert key_of({"a": 1}) == hashlib.sha256(b'{\n "a": 1\n}\n').hexdigest()


@given(VALUES)
def test_any_document_is_read_back_as_it_was(value):
    """No number and no character is lost, and what is read back has the same bytes."""
    content = canonical(value)

    assert json.loads(content) == value
    assert canonical(json.loads(content)) == content
