"""A spec's key is the hash of its bytes, and a spec can be read back from them."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colacli.config import Labels, Lora, Student, Training
from colacli.distillation import Distillation, Transfer
from colacli.errors import IntegrityError
from colacli.store.canonical import canonical
from colacli.store.spec import parse_spec
from factories.runs import make_spec

# May change only together with the spec's version: every stored run is found by such a key.
GOLDEN_KEY = "10bca8c4dec4e13857d07d347c6a626c4a6fad4d4f1c1f7c8d46904084aa0f66"

DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
COUNTS = st.integers(1, 64)  # within every option's limits
POSITIVE = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
WEIGHTS = st.floats(min_value=0, max_value=1e6)
NAMES = st.lists(st.text(max_size=20), max_size=4).map(tuple)
TARGETS = st.lists(st.text(max_size=20), min_size=1, max_size=4).map(tuple)

TRAININGS = st.builds(
    Training,
    epochs=COUNTS,
    batch_size=COUNTS,
    learning_rate=st.floats(min_value=0, max_value=1e3, exclude_min=True),
    dropout=st.floats(0, 1, exclude_max=True),
    clip=st.none() | POSITIVE,
    seed=st.integers(0, 2**62 - 1),
    patience=st.integers(0, 10**5),
    select=st.sampled_from(["best", "last"]),
    validation=st.sampled_from(["dev", "holdout"]),
    precision=st.sampled_from(["fp32", "bf16"]),
)
LORAS = st.builds(Lora, rank=COUNTS, alpha=st.none() | POSITIVE, targets=TARGETS, unfreeze=NAMES)
STUDENTS = st.builds(
    Student,
    cell=st.sampled_from(["rnn", "gru", "lstm"]),
    hidden=st.none() | COUNTS,
    layers=COUNTS,
    freeze_embeddings=st.booleans(),
    embedding_rank=st.none() | COUNTS,
    bidirectional=st.booleans(),
    pooling=st.sampled_from(["last", "max", "mean", "attention"]),
)
DISTILLATIONS = st.builds(
    Distillation,
    temperature=st.floats(min_value=0, max_value=1e4, exclude_min=True),
    kd_weight=WEIGHTS,
    ce_weight=st.floats(min_value=0, max_value=1e6, exclude_min=True),
    ensemble=st.sampled_from(["logits", "probabilities"]),
    teacher_control=st.sampled_from(["none", "shuffled", "hard"]),
)
SEEDS = st.integers(0, 2**62 - 1)
RECIPES = st.lists(st.sampled_from(["contextual", "generated", "parts", "words"]), min_size=1, unique=True).map(tuple)
REPEATS = [{}, {"train_repeats": 1}, {"train_repeats": 2}]
TRANSFERS = st.builds(Transfer, recipes=RECIPES, size=COUNTS, seed=SEEDS, train_repeats=st.integers(1, 9)) | st.builds(
    Transfer, sentences=DIGESTS, size=COUNTS, seed=SEEDS
)
LABELS = st.builds(Labels, label_smoothing=st.floats(0, 1, exclude_max=True))
SPECS = st.builds(
    make_spec,
    command=st.sampled_from(["finetune", "train-student", "distil"]),
    revision=COUNTS,
    data=st.dictionaries(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", fullmatch=True), DIGESTS, min_size=1),
    training=TRAININGS,
    lora=st.none() | LORAS,
    student=st.none() | STUDENTS,
    distillation=st.none() | DISTILLATIONS,
    labels=st.none() | LABELS,
    transfer=st.none() | TRANSFERS,
    parents=st.none() | st.dictionaries(st.just("teacher"), DIGESTS),
)


def documented(**changes):
    """A spec's document, with some of its fields replaced."""
    return {**json.loads(canonical(make_spec())), **changes}


def test_the_key_is_the_hash_of_spec_json():
    """Whoever has spec.json can calculate the key."""
    spec = make_spec()

    assert spec.key == hashlib.sha256(canonical(spec)).hexdigest()


def test_a_fixed_spec_has_a_fixed_key():
    """A key holds from release to release."""
    spec = make_spec(
        7,
        command="distil",
        lora=Lora(rank=2, alpha=2.0),
        student=Student(cell="gru", hidden=16),
        distillation=Distillation(),
        parents={"teacher": "d" * 64},
    )

    assert spec.key == GOLDEN_KEY


@pytest.mark.parametrize(
    "changes",
    [
        {"command": "distil"},
        {"revision": 2},
        {"data": {"train": "1" * 64}},
        {"training": Training(precision="bf16")},
        {"training": Training(precision="fp32", learning_rate=0.0010000000000000002)},
        {"student": Student(hidden=9)},
        {"student": Student(hidden=8, pooling="max")},
        {"student": Student(hidden=8, bidirectional=True)},
        {"student": Student(hidden=8, embedding_rank=4)},
        {"parents": {"teacher": "d" * 64}},
        {"parents": {"teacher-1": "d" * 64, "teacher-2": "e" * 64}},
        {"labels": Labels(label_smoothing=0.1)},
        {"distillation": Distillation(teacher_control="shuffled")},
        {"transfer": Transfer(recipes=("words",), size=10, seed=0)},
        {"transfer": Transfer(sentences="d" * 64, size=10, seed=0)},
    ],
)
def test_every_choice_is_in_the_key(changes):
    """Whatever can change a number changes the key."""
    assert make_spec(**changes).key != make_spec().key


def test_repeats_are_in_the_key():
    """But for one of each, which is what earlier keys stand for."""
    once, again, twice = (make_spec(transfer=Transfer(recipes=("words",), size=10, seed=0, **more)) for more in REPEATS)

    assert once.key == again.key != twice.key


def test_a_whole_number_given_for_a_real_one_is_the_same_choice():
    """`Training(learning_rate=1)` and `Training(learning_rate=1.0)` are equal and have one key."""
    whole, real = (make_spec(training=Training(learning_rate=rate)) for rate in (1, 1.0))

    assert whole == real
    assert whole.key == real.key


@given(SPECS)
def test_any_spec_is_read_back_as_it_was(spec):
    """spec.json holds every bit of every option; tuples come back as tuples."""
    again = parse_spec(json.loads(canonical(spec)), "spec.json")

    assert again == spec
    assert again.key == spec.key


@pytest.mark.parametrize(
    "document",
    [
        documented(version=2),
        documented(version=None),
        documented(command=7),
        documented(colour="blue"),
        documented(training={"epochs": 1, "colour": "blue"}),
        documented(training={"epochs": "many"}),
        documented(training=None),
        documented(transfer={"size": 1, "seed": 0, "recipes": []}),
        documented(transfer={"size": 1, "seed": 0, "recipes": ["spells"]}),
        documented(transfer={"recipes": ["words"]}),
        {"version": 1, "command": "distil"},
        {},
    ],
)
def test_a_document_of_another_shape_is_refused(document):
    """An unknown version or field is not guessed at; the message names the file."""
    with pytest.raises(IntegrityError, match=r"here/spec\.json"):
        parse_spec(document, "here/spec.json")


@pytest.mark.parametrize("document", [None, [], "spec", 1])
def test_a_document_that_is_no_object_is_refused(document):
    """JSON that is no object is no spec."""
    with pytest.raises(IntegrityError):
        parse_spec(document, "spec.json")


def test_a_stored_option_outside_its_limits_is_refused_as_stored():
    """What a file says is not blamed on the command line."""
    with pytest.raises(IntegrityError):
        parse_spec(documented(training={"epochs": 0}), "spec.json")
