"""The public release is known by its bytes, and found where it was put."""

from __future__ import annotations

import pytest

from colacli.data.cola import VARIABLE, check_release, find_cola
from colacli.errors import DataError
from factories.releases import COLA, needs_cola


def test_another_corpus_is_not_the_release(source):
    """A split that differs from the published bytes is named, and the hint says how to import it."""
    with pytest.raises(DataError, match="this is not the public release of CoLA") as caught:
        check_release(source)
    assert str(source / "in_domain_train.tsv") in caught.value.message
    assert "--name" in caught.value.hint


def test_the_release_is_known_by_its_bytes(source, site):
    """A folder with the published bytes passes, also where a split is missing or a file has GLUE's name."""
    check_release(source, site.release())
    (source / "out_of_domain_dev.tsv").unlink()
    (source / "in_domain_dev.tsv").rename(source / "dev.tsv")
    check_release(source, site.release())


@needs_cola
def test_the_public_release_passes():
    """The digests in the code are those of the files that the authors publish."""
    check_release(COLA)


def test_cola_is_found_in_the_store(tmp_path, monkeypatch):
    """Without the variable, the store's own folder is the place, if it is there."""
    monkeypatch.delenv(VARIABLE, raising=False)
    assert find_cola(tmp_path) is None
    (tmp_path / "cola").mkdir()
    assert find_cola(tmp_path) == tmp_path / "cola"


def test_the_variable_comes_first(tmp_path, monkeypatch):
    """The folder that the environment names wins over the store's; set to nothing, it says nothing."""
    (tmp_path / "data" / "cola").mkdir(parents=True)
    monkeypatch.setattr("colacli.data.cola.check_release", lambda _: None)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert find_cola(tmp_path / "data") == tmp_path
    monkeypatch.setenv(VARIABLE, "")
    assert find_cola(tmp_path / "data") == tmp_path / "data" / "cola"


def test_a_variable_must_name_the_release(tmp_path, monkeypatch):
    """Another corpus is not taken for CoLA."""
    (tmp_path / "in_domain_dev.tsv").write_text("x\t1\t\tIt rains.\n")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match="not the public release"):
        find_cola(tmp_path / "data")


def test_a_variable_that_names_nothing_is_an_error(tmp_path, monkeypatch):
    """A folder that is not there is never silently replaced by the store's."""
    (tmp_path / "cola").mkdir()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "missing"))
    with pytest.raises(DataError, match=f"{VARIABLE} names .*missing, which does not exist"):
        find_cola(tmp_path)
