"""Every workflow on a pretended device gives the CPU's numbers, and nothing that the real one refuses."""

import pytest
import torch

from factories.on_device import BASELINE, READING, TEACHER, TRAININGS, WITHOUT_RUN, Commands, numbers
from factories.pretended_device import PretendedDevice

_TOLERANCE = {"fp32": 2e-5, "bf16": 0.03}
"""Of logits and losses: the CPU's own kernels round otherwise."""
_FAST = {"gru, both directions, mean", "distil, states", "distil, prefixes", "judge", "generate, likeliest"}


def _devices(name):
    """Both kinds in both precisions; those that take long are slow, but for a few workflows in one of them."""
    for like in ("cuda", "mps"):
        for precision in ("fp32", "bf16"):
            is_fast = name in _FAST and (like, precision) == ("cuda", "fp32")
            yield pytest.param(like, precision, name, marks=[] if is_fast else [pytest.mark.slow])


def _cases(names):
    return pytest.mark.parametrize(("like", "precision", "name"), [case for name in names for case in _devices(name)])


@pytest.fixture(scope="module")
def both(tiny_base, tiny_corpus, tmp_path_factory):
    """Commands on the CPU and on a pretended device, in stores with a teacher; each made once."""
    made = {}

    def commands(precision, like=None):
        if (precision, like) not in made:
            device = PretendedDevice(like) if like else None
            folder = tmp_path_factory.mktemp(f"{precision}-{like}")
            is_cuda = like == "cuda"
            made[precision, like] = Commands(folder, tiny_base, tiny_corpus, device, precision, captures=is_cuda)
            made[precision, like](TEACHER)
        return made[precision, like]

    return lambda like, precision: (commands(precision), commands(precision, like))


@_cases(["teacher"])
def test_a_teacher_is_the_same(both, like, precision, name):
    """A teacher that is tuned on the device has the logits of the one that is tuned on the CPU."""
    on_cpu, on_device = both(like, precision)
    _compare(on_cpu, on_device, "teacher", precision)


@_cases(TRAININGS)
def test_every_training_is_the_same(both, like, precision, name):
    """Every choice of a teacher and a student makes a run of the same key and the same logits."""
    on_cpu, on_device = both(like, precision)
    keys = [commands(TRAININGS[name])["key"] for commands in (on_cpu, on_device)]

    assert keys[0] == keys[1]
    _compare(on_cpu, on_device, keys[0], precision)


@pytest.mark.parametrize("reference", ["teacher", "student"])
@_cases(READING)
def test_what_reads_a_run_is_the_same(both, like, precision, name, reference):
    """A teacher and a student that were trained on the device judge there as on the CPU."""
    results = []
    for commands in both(like, precision):
        if reference == "student":
            commands(TRAININGS["distil"] + " --name student")
        results.append(numbers(commands(READING[name], reference=reference)))

    assert _rounded(results[1], precision) == _rounded(results[0], precision)


@_cases(WITHOUT_RUN)
def test_a_language_model_is_the_same(both, like, precision, name):
    """Generation gives the same texts and pairs the same scores."""
    on_cpu, on_device = (numbers(commands(WITHOUT_RUN[name])) for commands in both(like, precision))

    assert _rounded(on_device, precision) == _rounded(on_cpu, precision)


@pytest.mark.slow
@pytest.mark.parametrize("like", ["cuda", "mps"])
def test_a_baseline_is_the_same(both, like):
    """The features of a language model are the same on the device."""
    on_cpu, on_device = both(like, "fp32")
    for commands in (on_cpu, on_device):
        commands(BASELINE)

    _compare(on_cpu, on_device, "lm", "fp32")


@pytest.mark.parametrize("like", ["cuda", "mps"])
def test_dropout_on_a_device_repeats_itself(tiny_base, tiny_corpus, tmp_path, like):
    """With dropout, whose masks a device draws for itself, two trainings on it have the same bytes."""
    logits = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        commands = Commands(folder, tiny_base, tiny_corpus, PretendedDevice(like), "fp32")
        commands(f"{TRAININGS['rnn']} --dropout 0.5 --name student")
        logits.append(commands.logits("student"))

    assert logits[0] == logits[1]


def _compare(on_cpu, on_device, reference, precision):
    expected, actual = (torch.tensor(commands.logits(reference)) for commands in (on_cpu, on_device))
    assert torch.allclose(actual, expected, atol=_TOLERANCE[precision], rtol=0)


def _rounded(value, precision):
    """A document to be compared: its numbers within the tolerance, all else exactly."""
    if isinstance(value, dict):
        return {name: _rounded(one, precision) for name, one in value.items() if name not in {"data", "model"}}
    if isinstance(value, list):
        return [_rounded(one, precision) for one in value]
    return pytest.approx(value, abs=_TOLERANCE[precision]) if isinstance(value, float) else value
