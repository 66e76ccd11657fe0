"""Corpora with a public repository are fetched whole and checked, or not at all, or known in a copy."""

from __future__ import annotations

import hashlib
import json
import lzma
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.error import URLError

import pytest

from colacli.data import download, repositories
from colacli.data.about import About, read_about
from colacli.data.layout import Layout
from colacli.data.readers import read_corpus
from colacli.data.repositories import Published, fetch_published
from colacli.errors import DataError, IntegrityError, UnavailableError
from colacli.events import Work, ignore
from colacli.store.manifest import FileRecord
from factories.releases import SHARED, contents, digest, needs_corpora

needs_blimp = pytest.mark.skipif(not (SHARED / "blimp").is_dir(), reason="BLiMP is not beside this checkout")

FILES = {
    "data/train.csv": b"id,words,ok\n1,It rains.,1\n2,Rains it.,0\n",
    "data/valid.csv": b"id,words,ok\n3,It snows.,1\n",
}


@pytest.fixture
def publication(site):
    """A small corpus, published on this machine."""
    site.pages = {f"/owner/name/c0ffee/{path}": content for path, content in FILES.items()}
    return Published(
        about=About(layout=Layout(columns=("sentence=words", "label=ok")), licence="CC0", citation="Nobody 2020"),
        repository="owner/name",
        commit="c0ffee",
        files={path: FileRecord(digest(content), len(content)) for path, content in FILES.items()},
        site=f"http://127.0.0.1:{site.server.server_port}",
    )


def test_a_corpus_is_fetched_with_what_is_kept_of_it(publication, tmp_path):
    """Its files byte for byte; beside them its layout, by which it is read, licence and citation."""
    events = []
    corpus = fetch_published("mine", publication, tmp_path / "data" / "mine", events.append)

    assert corpus.sizes == {"train": 2, "in_domain_dev": 1}
    assert corpus.about == read_about(tmp_path / "data" / "mine") == publication.about
    held = contents(tmp_path / "data" / "mine")
    assert {name: held[name] for name in ("train.csv", "valid.csv")} == {
        PurePosixPath(path).name: content for path, content in FILES.items()
    }
    size = sum(map(len, FILES.values()))
    assert events[-1] == Work("downloading mine", size, size, "bytes")


def test_fetching_again_asks_nobody(publication, site, tmp_path):
    """What is there is read."""
    first = fetch_published("mine", publication, tmp_path / "mine", ignore)

    assert fetch_published("mine", publication, tmp_path / "mine", ignore) == first
    assert len(site.agents) == len(FILES)


@pytest.mark.parametrize("path", FILES)
def test_other_bytes_are_refused(publication, site, tmp_path, path):
    """Of any file; nothing of the others stays."""
    site.pages[f"/owner/name/c0ffee/{path}"] = FILES[path].replace(b"It", b"Is")
    with pytest.raises(IntegrityError, match="SHA-256") as caught:
        fetch_published("mine", publication, tmp_path / "data" / "mine", ignore)

    assert path in caught.value.message
    assert not (tmp_path / "data").exists()


def test_more_bytes_are_refused_on_the_way(publication, site, tmp_path):
    """A file larger than the published one is not read to its end."""
    site.pages["/owner/name/c0ffee/data/train.csv"] = FILES["data/train.csv"] * 100_000
    with pytest.raises(IntegrityError, match="larger than the published"):
        fetch_published("mine", publication, tmp_path / "mine", ignore)


def test_a_missing_page_is_told_with_the_way_out(publication, site, tmp_path):
    """The repository, the commit and the folder that a person can bring."""
    site.status = 404
    with pytest.raises(UnavailableError, match="404") as caught:
        fetch_published("mine", publication, tmp_path / "mine", ignore)

    for part in ("github.com/owner/name", "c0ffee", "data import FOLDER --name mine", "its folder data"):
        assert part in caught.value.hint


def test_no_network_is_told_with_the_way_out(publication, tmp_path, monkeypatch):
    """The same."""

    def refuse(*_, **__):
        raise URLError("no network in tests")

    monkeypatch.setattr(download, "urlopen", refuse)
    with pytest.raises(UnavailableError, match="no network in tests") as caught:
        fetch_published("mine", publication, tmp_path / "mine", ignore)

    assert "data import FOLDER" in caught.value.hint


def test_another_corpus_is_not_written_over(publication, tmp_path):
    """It is kept, and the way out is named."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train.tsv").write_bytes(b"s\t1\t\tMine.\n")
    with pytest.raises(DataError, match="holds something else"):
        fetch_published("mine", publication, tmp_path / "mine", ignore)

    assert contents(tmp_path / "mine") == {"train.tsv": b"s\t1\t\tMine.\n"}


def test_pairs_are_put_as_they_are(publication, tmp_path):
    """They are no corpus of judged sentences, so nothing is read; another file of the name is kept."""
    pairs = replace(publication, kind="pairs")

    assert fetch_published("mine", pairs, tmp_path / "mine", ignore) is None
    assert sorted(contents(tmp_path / "mine")) == ["train.csv", "valid.csv"]
    assert fetch_published("mine", pairs, tmp_path / "mine", ignore) is None

    (tmp_path / "mine" / "train.csv").write_bytes(b"other")
    with pytest.raises(DataError, match="holds something else"):
        fetch_published("mine", pairs, tmp_path / "mine", ignore)


def test_a_copy_is_known_by_its_bytes(publication, tmp_path):
    """Of the files alone, or of the repository."""
    for path, content in FILES.items():
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)

    assert len(publication.files_in(tmp_path)) == len(publication.files_in(tmp_path / "data")) == len(FILES)
    (tmp_path / "data" / "train.csv").write_bytes(b"")
    assert publication.files_in(tmp_path) is None


def test_a_damaged_registry_is_an_error(monkeypatch, tmp_path):
    """It is a part of the installation."""
    monkeypatch.setattr(repositories, "_REGISTRY", tmp_path / "gone.json")
    with pytest.raises(IntegrityError, match="can't be read") as caught:
        repositories.published.__wrapped__()

    assert "install" in caught.value.hint


def test_every_entry_says_whose_it_is():
    """Licence, citation, place; and where it is fetched from is pinned."""
    for name, entry in repositories.published().items():
        assert all((entry.about.licence, entry.about.citation, entry.about.source, entry.about.language)), name
        assert bool(entry.files) == (name != "cola")
        if entry.files:
            assert len(entry.commit) == 40
            assert entry.address("a").startswith("https://raw.githubusercontent.com/")


@needs_corpora
@pytest.mark.parametrize("name", ["rucola", "itacola", "jcola"])
def test_digests_are_the_published_ones(name):
    """Those of the list that was made beside the files, and of the files."""
    listed = {
        path: found
        for found, path in (line.split() for line in (SHARED / "corpora/SHA256SUMS").read_text().splitlines())
    }
    entry = repositories.published()[name]

    for path, record in entry.files.items():
        assert listed[f"{name}/{PurePosixPath(path).name}"] == record.sha256
    assert len(entry.files_in(SHARED / "corpora" / name)) == len(entry.files)


@needs_blimp
def test_blimp_is_its_67_files():
    """One after another they have the digest of the whole."""
    content = lzma.decompress((SHARED / "blimp/blimp.jsonl.xz").read_bytes())
    files = {}
    for line in content.splitlines(keepends=True):
        files.setdefault(f"data/{json.loads(line)['UID']}.jsonl", []).append(line)
    entry = repositories.published()["blimp"]

    assert hashlib.sha256(content).hexdigest() == "93e7675caabd9d0d81e7145ab25f59ae8a2528fb69c5394e6e52707b427c3397"
    assert len(files) == 67
    assert entry.files == {
        path: FileRecord(digest(b"".join(lines)), len(b"".join(lines))) for path, lines in files.items()
    }


@needs_corpora
@pytest.mark.parametrize(
    ("path", "sizes", "acceptable"),
    [
        ("rucola", {"train": 7869, "in_domain_dev": 983, "out_of_domain_dev": 1804}, [5864, 733, 1149]),
        ("rucola/in_domain_train.csv", {"train": 7869}, [5864]),
        ("rucola/in_domain_dev.csv", {"in_domain_dev": 983}, [733]),
        ("rucola/out_of_domain_dev.csv", {"out_of_domain_dev": 1804}, [1149]),
        ("itacola/ItaCoLA_dataset.tsv", {"train": 7801, "in_domain_dev": 946, "test": 975}, [6583, 808, 821]),
        ("itacola/ItaCoLA_dataset_phenomenon.tsv", {"train": 2088}, [1702]),
        ("jcola/in_domain_train-v1.0.tsv", {"train": 6919}, [5769]),
        ("jcola/in_domain_valid-v1.0.tsv", {"in_domain_dev": 865}, [726]),
        ("jcola/in_domain_valid-v1.0.json", {"in_domain_dev": 865}, [726]),
        ("jcola/out_of_domain_valid-v1.0.tsv", {"out_of_domain_dev": 685}, [502]),
    ],
)  # fmt: skip
def test_published_files_are_read_whole(path, sizes, acceptable):
    """As many sentences, and as many acceptable ones, as their publishers count; every one with its source."""
    corpus = read_corpus(SHARED / "corpora" / path)

    assert corpus.sizes == sizes
    assert [sum(split.labels) for split in corpus.splits.values()] == acceptable
    assert all(sentence.source for split in corpus.splits.values() for sentence in split.sentences)


@needs_corpora
def test_rucola_s_test_split_has_no_labels():
    """It is kept apart, with the ids that its leaderboard knows."""
    unlabelled = read_corpus(SHARED / "corpora" / "rucola").unlabelled

    assert (len(unlabelled), unlabelled.ids[:2], unlabelled.ids[-1]) == (2789, ["0", "1"], "2788")


@needs_corpora
def test_two_formats_of_a_file_are_the_same_rows():
    """JCoLA's dev set has one digest as TSV and as JSON; in one folder both are an error, not a guess."""
    folder = SHARED / "corpora" / "jcola"
    splits = [
        read_corpus(folder / f"in_domain_valid-v1.0{suffix}").split("in_domain_dev") for suffix in (".tsv", ".json")
    ]

    assert splits[0].digest == splits[1].digest
    with pytest.raises(DataError, match=r"both in_domain_valid-v1\.0\.json and in_domain_valid-v1\.0\.tsv"):
        read_corpus(folder)
