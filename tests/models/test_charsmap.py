"""SentencePiece's table of characters is anybody's bytes: what passes the check makes no panic."""

import base64

from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers.normalizers import Precompiled

from colacli.models.charsmap import check_charsmap
from factories.charsmaps import charsmap

REPLACEMENTS = {"é": "e", "Ａb": "ab", "ß": "ss", "ab": "", "\ufdfa": "salla"}
TABLE = charsmap(REPLACEMENTS)
UNITS = [place for place in range(4, len(TABLE), 4) if TABLE[place : place + 4] != bytes(4)]
"""Where the trie is not empty."""


def encoded(table):
    """As a `tokenizer.json` has it."""
    return base64.b64encode(table).decode()


def test_a_whole_table_passes():
    """And replaces what it says, the shortest first, as the library does."""
    check_charsmap(encoded(TABLE))

    assert Precompiled(TABLE).normalize_str("é xß\ufdfa") == "e xsssalla"


CHANGE = st.tuples(st.sampled_from([*UNITS, 0, len(TABLE) - 3]), st.integers(0, 3), st.integers(0, 255))


@settings(max_examples=500)
@given(changes=st.lists(CHANGE, min_size=1, max_size=4), cut=st.integers(0, 3))
def test_changed_bytes_are_refused_or_harmless(changes, cut):
    """Whatever they are: no panic, and no text that grows beyond a replacement for each character."""
    table = bytearray(TABLE)
    for place, offset, byte in changes:
        table[min(place + offset, len(table) - 1)] = byte
    table = bytes(table[: len(table) - cut])
    try:
        check_charsmap(encoded(table))
    except ValueError:
        return
    text = "".join(REPLACEMENTS) + "Ａé ßaé"
    assert len(Precompiled(table).normalize_str(text)) <= 18 * len(text)
