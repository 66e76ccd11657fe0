"""A language without spaces between its words is known by its script."""

from pathlib import Path

import pytest

from colacli.data.spacing import is_unspaced
from factories.languages import LANGUAGES, sentences_of

CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"
needs_corpora = pytest.mark.skipif(not CORPORA.is_dir(), reason="the published corpora are not beside this checkout")


@pytest.mark.parametrize("language", LANGUAGES)
def test_scripts_decide(language):
    """Japanese and Chinese have no spaces between words, Russian and Italian have."""
    assert is_unspaced([text for text, _ in sentences_of(language)]) == (language in ("japanese", "chinese"))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["แมวกินปลา เมื่อวานนี้ตอนเช้า"], True),
        (["我 喜欢 这 本 书 。", "他 买 了 两 本 书 。"], False),
        (["친구가 어제 책을 샀다."], False),
        (["Donaudampfschifffahrtsgesellschaftskapitän"], False),
        (["他说 hello world and then left", "太郎が本を読んだ。"], False),
        ([" "], False),
    ],
    ids=["Thai", "spaces put between Chinese words", "Korean", "one long word", "mostly Latin", "blank"],
)
def test_who_has_no_spaces(texts, expected):
    """Thai's spaces are not between words; spaces that an annotator has put are."""
    assert is_unspaced(texts) == expected


@needs_corpora
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("jcola/in_domain_valid-v1.0.tsv", True),
        ("rucola/in_domain_dev.csv", False),
        ("itacola/ItaCoLA_dataset.tsv", False),
    ],
)
def test_published_corpora(file, expected):
    """JCoLA is counted in tokens, RuCoLA and ItaCoLA in words; every field of the file stands for its sentences."""
    rows = (CORPORA / file).read_text(encoding="utf-8").splitlines()[1:]
    assert (
        is_unspaced([max(row.replace('"', "").split("\t" if "tsv" in file else ","), key=len) for row in rows])
        == expected
    )
