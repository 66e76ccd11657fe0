"""Any combination of a tokenizer's files gives the tokens of transformers, or is refused."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from colacli.errors import ModelError
from colacli.models.tokenizer import load_tokenizer
from colacli.models.tokenizer_files import read_tokenizer
from factories.tiny import END
from factories.tokenizer_folders import (
    DOCUMENT,
    JSON,
    PAIR,
    SIZE,
    TEMPLATE,
    TEMPLATE_END,
    check_equal,
    document,
    token,
    write,
)

CONTENTS = st.sampled_from([END, "[PAD]", "<s>", "</s>", "<mask>", "<extra>", "<ex", "the", "ba"])
OBJECTS = st.builds(
    token, CONTENTS, lstrip=st.booleans(), rstrip=st.booleans(), single_word=st.booleans(), normalized=st.booleans()
)
NAMED = {
    name: st.none() | CONTENTS | OBJECTS for name in ("bos_token", "eos_token", "unk_token", "pad_token", "mask_token")
}
MORE = {"additional_special_tokens": st.lists(CONTENTS | OBJECTS, max_size=2)}
IDS = st.sampled_from([0, 300, SIZE, SIZE + 1, SIZE + 2])


def marked(values):
    """Objects of special tokens as `tokenizer_config.json` has them."""
    return {
        name: {"__type": "AddedToken", **value} if isinstance(value, dict) and name.endswith("_token") else value
        for name, value in values.items()
    }


CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        **NAMED,
        **MORE,
        "tokenizer_class": st.sampled_from(["GPT2Tokenizer", "PreTrainedTokenizerFast"]),
        "add_prefix_space": st.booleans(),
        "add_bos_token": st.none() | st.booleans(),
        "add_eos_token": st.booleans(),
        "added_tokens_decoder": st.dictionaries(IDS.map(str), OBJECTS, max_size=3),
        "model_max_length": st.just(3),
    },
).map(marked)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "normalizer": st.sampled_from([None, {"type": "Lowercase"}, {"type": "NFKC"}]),
        "pre_tokenizer": st.booleans().map(lambda prefix: {**DOCUMENT["pre_tokenizer"], "add_prefix_space": prefix}),
        "added_tokens": st.builds(
            lambda ends, tokens: [{**one, "id": id_of(one, rank)} for rank, one in enumerate([*ends, *tokens])],
            st.sampled_from([[token(END)], []]),
            st.lists(OBJECTS, max_size=3, unique_by=lambda one: one["content"]),
        ),
        "post_processor": st.sampled_from([None, TEMPLATE, TEMPLATE_END]),
    },
)


def id_of(one, rank):
    """The id that a token has in the vocabulary, or one behind it."""
    return DOCUMENT["model"]["vocab"].get(one["content"], SIZE + rank - 1)


def folders(draw):
    """Any combination of the files."""
    files = draw(st.sampled_from([PAIR, JSON]) | DOCUMENTS.map(lambda changes: document(**changes)))
    beside = st.fixed_dictionaries(
        {},
        optional={
            "tokenizer_config.json": CONFIGS,
            "special_tokens_map.json": st.fixed_dictionaries({}, optional={**NAMED, **MORE}),
            "added_tokens.json": st.dictionaries(CONTENTS, IDS, max_size=2),
        },
    )
    return {**files, **draw(beside)}


@settings(max_examples=40)
@given(files=st.composite(folders)())
def test_any_combination_is_equal_or_refused(files):
    """Whatever a folder says: the tokens of `transformers`, or an error."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), files)
        try:
            load_tokenizer(read_tokenizer(Path(name)), Path(name))
        except ModelError:
            return
        check_equal(Path(name))
