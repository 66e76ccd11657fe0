"""Whatever happens to a byte of a run, verifying says so and nobody reads on; or nothing is changed by it."""

import itertools
import random
import shutil

import pytest
import torch

from colacli.errors import IntegrityError
from colacli.events import ignore
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.models.weights import STUDENT_CONFIG, STUDENT_WEIGHTS, load_student, save_student
from colacli.results import faults_of_run, history_of, metrics_of, predictions_of
from colacli.store.artifact import RUNS
from colacli.store.manifest import Result
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.training.predictor import load_predictor
from factories.runs import DEV, PARAMETERS, fill, make_spec
from factories.tiny import tokenizer_at, write_tokenizer

SHAPE = StudentShape(cell="rnn", vocab_size=400, width=3, hidden=8, layers=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store with one finished student, tokenizer, weights and all."""
    store = Store(tmp_path_factory.mktemp("whole") / "home")
    words = tmp_path_factory.mktemp("words")
    write_tokenizer(words)
    torch.manual_seed(0)
    with store.draft(make_spec()) as draft:
        fill(draft)
        save_student(draft.path, RecurrentClassifier(SHAPE), SHAPE)
        tokenizer_at(words).save(str(draft.path / "tokenizer.json"))
        store.commit(RUNS, draft, seconds=1.0, result=Result(best_epoch=2, parameters=PARAMETERS))
    return store


def read(store):
    """All that a store's one run has: its numbers, and its predictor."""
    run = Run(store.folder(RUNS) / make_spec().key)
    numbers = run.spec, metrics_of(run), history_of(run), predictions_of(run, DEV), run.best_epoch, run.parameters
    predictor = load_predictor(run, store, None, "cpu", ignore)
    student = load_student(run.verified_file(STUDENT_CONFIG), run.verified_file(STUDENT_WEIGHTS))
    weights = {name: tensor.numpy().tobytes() for name, tensor in student.state_dict().items()}
    return run.manifest, numbers, weights, predictor.tokenizer.to_str()


def flipped(content, bit):
    """One bit turned."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def changes(folder, flips):
    """What may befall the files of a run: names with their new bytes, or None for a file that is gone."""
    chance = random.Random(0)
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    for name, content in files.items():
        bits = range(8 * len(content))
        for bit in bits if flips >= len(bits) else chance.sample(bits, flips):
            yield {name: flipped(content, bit)}
        for length in {0, 1, len(content) // 2, len(content) - 1}:
            yield {name: content[:length]}
        for more in (b"\0", b"\n", b" ", content):
            yield {name: content + more}
        yield {name: None}
    for one, other in itertools.combinations(files, 2):
        yield {one: files[other], other: files[one]}


def check_every_change(whole, folder, flips):
    """Try every change on a copy; how many were found, and how many changed nothing."""
    store = Store(folder / "home")
    shutil.copytree(whole.root, store.root)
    run = store.folder(RUNS) / make_spec().key
    before, found, harmless = read(whole), 0, 0
    for change in changes(whole.folder(RUNS) / run.name, flips):
        for name, content in change.items():
            (run / name).unlink() if content is None else (run / name).write_bytes(content)
        if faults_of_run(run, deep=True):
            found += 1
            with pytest.raises(IntegrityError):
                read(store)
        else:
            harmless += 1
            assert read(store) == before, change
        for name in change:
            shutil.copyfile(whole.folder(RUNS) / run.name / name, run / name)
    return found, harmless


def test_no_damage_is_read_over(whole, tmp_path):
    """Of hundreds of flips, cuts, additions, swaps and losses all are found; white space after a manifest is none."""
    found, harmless = check_every_change(whole, tmp_path, flips=24)

    assert found + harmless == 8 * (24 + 4 + 4 + 1) + 28
    assert harmless == 3


@pytest.mark.slow
def test_no_damage_of_many_bits_is_read_over(whole, tmp_path):
    """So it is with five hundred bits of every file."""
    found, harmless = check_every_change(whole, tmp_path, flips=500)

    assert found + harmless == 8 * (500 + 4 + 4 + 1) + 28
    assert harmless == 3


def test_an_added_file_is_found_and_not_read(whole, tmp_path):
    """What is not in the manifest is a fault, and nobody looks at it."""
    store = Store(tmp_path / "home")
    shutil.copytree(whole.root, store.root)
    run = store.folder(RUNS) / make_spec().key
    (run / "adapter_model.bin").write_bytes(b"\x80\x04.")

    assert len(faults_of_run(run, deep=True)) == 1
    assert read(store) == read(whole)
