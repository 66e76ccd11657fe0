"""Licences of bases, corpora and pairs: what is kept with them, or what is known of their publishers' names."""

import pytest

from colacli.data.about import About, about_bytes
from colacli.data.repositories import published
from colacli.data.splits import KEPT
from colacli.workflows.licences import licences
from factories.runs import commit_run, make_spec


@pytest.mark.parametrize(
    ("base", "licence"),
    [
        ("gpt2-mini", "MIT, with colacli"),
        ("gpt2-xl", "modified MIT: LICENSE of github.com/openai/gpt-2"),
        ("distilgpt2", "Apache 2.0: model card of distilbert/distilgpt2"),
        ("/some/folder", None),
    ],
)
def test_bases(store, base, licence):
    """By the variant; of a folder none is known."""
    assert licences([commit_run(store, base=base)], store) == {base: licence}


def test_published_corpora(store):
    """As the registry has them; the bundled corpus and its pairs are colacli's."""
    runs = [
        commit_run(store, make_spec(seed), data=name) for seed, name in enumerate(["cola", "rucola", "sample", "mine"])
    ]
    found = licences(runs, store, "blimp")

    assert list(found) == ["cola", "rucola", "sample", "mine", "blimp"]
    for name in ("cola", "rucola", "blimp"):
        assert found[name] == published()[name].about.licence
    assert (found["sample"], found["mine"]) == ("MIT, with colacli", None)
    assert licences([], store, "sample") == {"sample": "MIT, with colacli"}


@pytest.mark.parametrize("content", [about_bytes(About(licence="CC0")), b"no document"])
def test_what_is_kept_with_a_corpus(store, tmp_path, content):
    """Goes first, by its name and by its path; what can't be read says nothing."""
    for folder in (store.data / "rucola", tmp_path / "mine"):
        folder.mkdir(parents=True)
        (folder / KEPT).write_bytes(content)
    runs = [
        commit_run(store, make_spec(seed), data=name) for seed, name in enumerate(["rucola", str(tmp_path / "mine")])
    ]
    expected = ["CC0", "CC0"] if content.startswith(b"{") else [published()["rucola"].about.licence, None]
    assert list(licences(runs, store).values()) == expected
