"""A split's digest is that of its rows as JSON, whatever is in them."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from colacli.data.corpus import Sentence, Split

TEXTS = st.text() | st.sampled_from(['"', "\\", "a\nb", "\x7f", "\u2028", "é", "\U0001f600"])


@given(rows=st.lists(st.tuples(TEXTS, st.integers(0, 1), TEXTS), max_size=5))
def test_the_digest_is_of_rows_as_json(rows):
    """One a line; keys of runs stand on it."""
    lines = "".join(json.dumps([source, label, text]) + "\n" for source, label, text in rows)
    split = Split("train", tuple(Sentence(text, label, source, "") for source, label, text in rows))

    assert split.digest == hashlib.sha256(lines.encode()).hexdigest()
