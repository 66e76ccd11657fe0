"""What an interrupted run was asked for is asked again: from any folder, of earlier versions, or refused."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from colacli.errors import IntegrityError, UnknownReferenceError
from colacli.events import ignore
from colacli.training.requests import DataChoice
from colacli.training.transfer import TransferChoice
from colacli.workflows.distil import distil
from colacli.workflows.finetune import finetune
from colacli.workflows.resume import resume
from colacli.workflows.train_student import train_student
from factories.interruptions import interrupted


def test_a_changed_corpus_is_refused(store, request_of, tiny_corpus, tmp_path):
    """What would be another run is not passed off as this one; the reason names the part."""
    corpus = shutil.copytree(tiny_corpus, tmp_path / "corpus")
    request = replace(request_of(train_student), data=DataChoice(data=str(corpus)))
    attempt = interrupted(train_student, request, store)
    lines = (corpus / "in_domain_train.tsv").read_text().splitlines(keepends=True)
    (corpus / "in_domain_train.tsv").write_text("".join(lines[1:]))

    with pytest.raises(IntegrityError, match="its spec has changed since: data"):
        resume(store, [attempt.key[:8]], ignore)
    assert store.attempts() == [attempt]


def test_relative_paths_mean_what_they_meant(store, request_of, tiny_corpus, tmp_path, monkeypatch):
    """A run begun with a relative path goes on from another folder, which stays the working folder."""
    shutil.copytree(tiny_corpus, tmp_path / "there" / "corpus")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "there")
    request = replace(request_of(train_student), data=DataChoice(data="corpus"))
    interrupted(train_student, request, store)
    monkeypatch.chdir(tmp_path / "here")

    assert len(resume(store, [], ignore).made) == 1
    assert os.getcwd() == str(tmp_path / "here")  # noqa: PTH109 - what the process has


@pytest.mark.parametrize("verb", [train_student, distil])
def test_a_run_begun_in_a_folder_that_is_gone_goes_on(store, request_of, tiny_corpus, tmp_path, monkeypatch, verb):
    """Relative paths were made absolute when it was begun: corpus, base, transfer set."""
    there = tmp_path / "there"
    there.mkdir()
    monkeypatch.chdir(there)
    corpus = os.path.relpath(tiny_corpus, there)
    request = replace(request_of(verb), data=DataChoice(data=corpus))
    if verb is distil:
        base = finetune(request_of(finetune, name="teacher"), store).run.manifest.sources["base"]
        (tmp_path / "more.txt").write_text("A new sentence.\nAnother one of them.\n")
        teacher = replace(request.teacher, base=Path(os.path.relpath(base, there)))
        request = replace(request, teacher=teacher, transfer=TransferChoice(transfer="../more.txt"))
    interrupted(verb, request, store)
    monkeypatch.chdir(tmp_path)
    there.rmdir()

    assert [one.run.spec.command for one in resume(store, [], ignore).made] == [verb.__name__.replace("_", "-")]


@pytest.mark.parametrize("is_there", [True, False], ids=["its folder is there", "its folder is gone"])
def test_a_request_of_an_earlier_version_goes_on(store, request_of, tiny_corpus, tmp_path, is_there):
    """It has relative paths and the folder in which they are meant, or absolute ones and needs no folder."""
    folder = tiny_corpus.parent if is_there else tmp_path / "gone"
    attempt = interrupted(train_student, request_of(train_student), store)
    asked = attempt.request()
    asked["request"]["data"]["data"] = tiny_corpus.name if is_there else str(tiny_corpus)
    (attempt.path / "request.json").write_text(json.dumps({**asked, "folder": str(folder)}))

    assert len(resume(store, [], ignore).made) == 1


@pytest.mark.parametrize("content", ['{"command": "dance"}', '{"command": "distil", "request": {"x": 1}}', "[]"])
def test_another_version_s_request_is_refused(store, request_of, content):
    """With the reason, and what to do; the checkpoint stays."""
    attempt = interrupted(train_student, request_of(train_student), store)
    (attempt.path / "request.json").write_text(content)

    with pytest.raises(IntegrityError, match="another version"):
        resume(store, [attempt.key[:8]], ignore)
    assert store.attempts() == [attempt]


def test_an_unknown_command_is_named(store, request_of):
    """With those that there are."""
    attempt = interrupted(train_student, request_of(train_student), store)
    (attempt.path / "request.json").write_text('{"command": "dance"}')

    with pytest.raises(IntegrityError, match="its command is 'dance', not finetune, train-student, distil"):
        resume(store, [attempt.key], ignore)


@pytest.mark.parametrize("reference", ["abc", "0000000", "latest", ""])
def test_an_unknown_reference_is_said(store, reference):
    """Nothing unfinished goes by it."""
    with pytest.raises(UnknownReferenceError):
        resume(store, [reference], ignore)
