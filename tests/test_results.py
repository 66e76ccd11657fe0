"""What a training left is read back as it was, or refused."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colacli.errors import DataError, IntegrityError
from colacli.metrics import Predictions
from colacli.results import history_of, metrics_of, predictions_of
from colacli.store.artifact import RUNS
from colacli.store.canonical import canonical, document
from colacli.store.run import Run
from factories.runs import DEV, EPOCHS, LABELS, PARAMETERS, answering, commit_run, cut, fill, flip_byte, make_spec

FLOATS = st.floats(-3.4e38, 3.4e38) | st.floats(allow_nan=False, allow_infinity=False, width=32)
ROWS = st.lists(st.tuples(st.sampled_from([0, 1]), FLOATS, FLOATS), min_size=1)
HEADER = "index\tlabel\tlogit_0\tlogit_1\n"


def bits(predictions):
    """Every bit of the logits."""
    return [struct.pack("<2d", *row) for row in predictions.logits]


@pytest.mark.parametrize("row", ["0\t7\t0.5\t0.5", "0\t1\tnan\t0.5", "0\t1\t0.5\tinf", "0\t1\t1e300\t0", "0\t1\t0.5"])
def test_predictions_that_no_model_makes_are_damage(row):
    """A label that is neither 0 nor 1, a logit that is no finite number, a missing cell."""
    with pytest.raises(IntegrityError, match="here is not a predictions file"):
        Predictions.from_bytes(f"{HEADER}{row}\n".encode(), "here")


@given(ROWS)
def test_predictions_keep_every_bit(rows):
    """Labels and logits are the same after writing and reading, to the sign of a zero."""
    written = Predictions([label for label, _, _ in rows], [[a, b] for _, a, b in rows])
    read = Predictions.from_bytes(written.to_bytes(), "here")

    assert read == written
    assert bits(read) == bits(written)
    assert read.to_bytes() == written.to_bytes()


def test_the_predictions_file():
    """The file is what the documentation says: a header, then index, label and two logits a line."""
    content = Predictions([1, 0], [[-0.5, 1e-7], [0.1, 3.0]]).to_bytes()

    assert content.decode() == HEADER + "0\t1\t-0.5\t1e-07\n1\t0\t0.1\t3.0\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"index\tlabel\n",
        f"{HEADER}0\t1\t0.5".encode(),
        f"{HEADER}0\t1\t0.5\t".encode(),
        f"{HEADER}0\t1\t0.5\t1.0\t2.0\n".encode(),
        f"{HEADER}0\tyes\t0.5\t1.0\n".encode(),
        f"{HEADER}0\t1\t0.5\t1.0\n\n".encode(),
        b"\xff\xfe",
    ],
)
def test_what_is_no_predictions_file_is_refused(content):
    """A torn or foreign file is an integrity error that names it."""
    with pytest.raises(IntegrityError, match=r"there\.tsv"):
        Predictions.from_bytes(content, "there.tsv")


@pytest.mark.parametrize("kept", [0, 10, -30, -1])
def test_a_torn_predictions_file_is_refused(store, kept):
    """Wherever the file was cut, its run does not give what is left of it."""
    path = commit_run(store).path
    file = path / f"predictions-{DEV}.tsv"
    file.write_bytes(file.read_bytes()[:kept])

    with pytest.raises(IntegrityError, match=file.name):
        predictions_of(Run(path), DEV)


def test_predictions_are_measured(store):
    """A run's metrics are those of its predictions."""
    run = commit_run(store, predictions=answering([1, 1, 0, 1]))

    assert metrics_of(run) == {DEV: answering([1, 1, 0, 1]).measure()}
    assert predictions_of(run, DEV).measure() == metrics_of(run)[DEV]


def test_a_constant_answer_is_read_back_as_such(store):
    """The label of a constant prediction comes back, and None where there is none."""
    constant, varied = (commit_run(store, make_spec(seed), predictions=answering([seed, 1, 1, 1])) for seed in (1, 0))

    assert (metrics_of(constant)[DEV].constant_prediction, metrics_of(varied)[DEV].constant_prediction) == (1, None)


def test_history_is_read_back(store):
    """One record an epoch, every number as it was."""
    assert history_of(commit_run(store)) == EPOCHS


def test_what_the_work_counted_is_read_back(store):
    """Best epoch and parameters come from the manifest."""
    run = commit_run(store)

    assert (run.best_epoch, run.parameters) == (2, PARAMETERS)


def test_predictions_come_back_from_a_run(store):
    """The split's labels and answers are those that were written."""
    predictions = predictions_of(commit_run(store), DEV)

    assert predictions.labels == predictions.predicted == LABELS


def test_a_split_that_was_not_measured(store):
    """Asking for it is an error about data that names what there is."""
    with pytest.raises(DataError, match=f"'out_of_domain_dev'; it has {DEV}"):
        predictions_of(commit_run(store), "out_of_domain_dev")


@pytest.mark.parametrize("read", [lambda run: metrics_of(run), lambda run: history_of(run), lambda run: run.spec])
def test_a_file_of_another_size_is_an_integrity_error(store, read):
    """A cut file is not read; the exit status is 4, and the message gives both sizes."""
    path = commit_run(store).path
    for name in ("metrics.json", "history.jsonl", "spec.json"):
        cut(path / name)

    with pytest.raises(IntegrityError, match=r"has \d+ bytes where the manifest says \d+") as caught:
        read(Run(path))
    assert caught.value.status == 4


def test_a_missing_file_is_an_integrity_error(store):
    """A file that is gone is named."""
    run = commit_run(store)
    (run.path / "metrics.json").unlink()

    with pytest.raises(IntegrityError, match=r"metrics\.json is missing"):
        _ = metrics_of(run)


def test_a_file_the_manifest_does_not_list_is_not_read(store):
    """What was put into the folder later is no part of the run."""
    run = commit_run(store)
    (run.path / "added").write_text("x")

    with pytest.raises(IntegrityError, match="no added in its manifest"):
        run.file("added")


def test_a_spec_that_does_not_hash_to_the_key_is_an_integrity_error(store):
    """A run whose spec was edited is not opened, not even when the size is the same."""
    path = commit_run(store).path / "spec.json"
    path.write_bytes(path.read_bytes().replace(b'"seed": 0', b'"seed": 9'))

    with pytest.raises(IntegrityError, match="does not hash to the key"):
        Run(path.parent)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"files": []}', b'{"files": {}, "key": "x"}', b"\xff"]
)
def test_a_broken_manifest_is_an_integrity_error(store, content):
    """Anything else in its place is said not to be a manifest."""
    path = commit_run(store).path
    (path / "manifest.json").write_bytes(content)

    with pytest.raises(IntegrityError, match=r"manifest\.json is not a manifest"):
        Run(path)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("metrics.json", b"{", b"["),
        ("metrics.json", b"accuracy", b"accurate"),
        ("metrics.json", b"confusion", b"confusing"),
        ("history.jsonl", b"{", b"["),
        ("history.jsonl", b"tokens", b"tokenz"),
    ],
)
def test_damage_that_keeps_the_size_is_an_integrity_error(store, name, old, new):
    """What can't be read as what it should be is damage, not a crash."""
    path = commit_run(store).path
    file = path / name
    file.write_bytes(file.read_bytes().replace(old, new, 1))
    run = Run(path)

    with pytest.raises(IntegrityError, match=name):
        _ = metrics_of(run) if name == "metrics.json" else history_of(run)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("metrics.json", lambda run: metrics_of(run)),
        ("history.jsonl", lambda run: history_of(run)),
        (f"predictions-{DEV}.tsv", lambda run: predictions_of(run, DEV)),
        ("model.safetensors", lambda run: run.verified_file("model.safetensors")),
        ("model.safetensors", lambda run: run.read("model.safetensors")),
    ],
)
def test_other_bytes_of_the_same_size_are_not_read(store, name, read):
    """Who reads a file compares its hash first; the others can still be read."""
    path = commit_run(store).path
    flip_byte(path / name)

    with pytest.raises(IntegrityError, match=f"{name} has other bytes than its manifest says"):
        read(Run(path))
    assert Run(path).spec == make_spec()


def test_a_sound_file_is_given_out(store):
    """Its path, or its bytes."""
    run = commit_run(store, weights=b"abc")

    assert run.verified_file("model.safetensors").read_bytes() == run.read("model.safetensors") == b"abc"


@pytest.mark.parametrize(
    "metrics",
    [
        {"accuracy": "high"},
        {"n": 1.5},
        {"confusion": {"true_positive": 1}},
        {"confusion": 3},
        {"constant_prediction": "yes"},
        {"more": 1},
    ],
)
def test_numbers_of_another_type_are_damage(store, metrics):
    """A run that somebody else made may hash right and still hold nonsense."""
    measured = document(answering(LABELS).measure())
    with store.draft(make_spec()) as draft:
        fill(draft)
        draft.write("metrics.json", canonical({DEV: {**measured, **metrics}}))
        path = store.commit(RUNS, draft, seconds=1.0)

    with pytest.raises(IntegrityError, match=r"metrics\.json is damaged"):
        _ = metrics_of(Run(path))
