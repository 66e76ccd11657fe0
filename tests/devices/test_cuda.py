"""Every workflow on a real GPU of CUDA gives the CPU's numbers and repeats itself; skipped without one.

What was measured is printed: `pytest -s -m slow tests/devices/test_cuda.py`.
"""

import pytest
import torch

from colacli.store.store import Store
from factories.on_device import BASELINE, READING, TEACHER, TRAININGS, WITHOUT_RUN, Commands, numbers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not torch.cuda.is_available(), reason="no GPU of CUDA here; the pretended one is tested instead"
    ),
]

CUDA = "cuda:0"
TOLERANCE = {"fp32": 1e-3, "bf16": 0.1}
"""Of logits after two epochs, and of losses and scores: a GPU adds in another order."""
PRECISIONS = ("fp32", "bf16")
PRETRAINING = (
    "pretrain-student --base {base} --text {text} --cell gru --hidden 8 --epochs 2 --batch-size 16 --dropout 0 "
    "--bidirectional --precision fp32"
)


@pytest.fixture(scope="module")
def both(tiny_base, tiny_corpus, tmp_path_factory):
    """Commands on the CPU and on the GPU, in stores with a teacher; each made once."""
    made = {}

    def commands(precision, device):
        if (precision, device) not in made:
            folder = tmp_path_factory.mktemp(f"{precision}-{device or 'cpu'}".replace(":", ""))
            made[precision, device] = Commands(folder, tiny_base, tiny_corpus, device, precision)
            made[precision, device](TEACHER)
        return made[precision, device]

    return lambda precision: (commands(precision, None), commands(precision, CUDA))


def _difference(commands, references, precision):
    """The greatest difference of the logits of two runs."""
    logits = [torch.tensor(one.logits(reference)) for one, reference in zip(commands, references, strict=True)]
    difference = float((logits[0] - logits[1]).abs().max())
    print(f"\n{precision}: logits differ by {difference:.2e}, of {float(logits[0].abs().max()):.2f}")
    return difference


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", TRAININGS)
def test_every_training_is_the_cpus(both, precision, name):
    """Every choice of a teacher and a student makes a run of the same key, with the CPU's logits."""
    commands = both(precision)
    keys = [one(TRAININGS[name])["key"] for one in commands]

    assert keys[0] == keys[1]
    assert _difference(commands, keys, precision) <= TOLERANCE[precision]


def test_pretraining_is_the_cpus(both, tmp_path):
    """Both directions of a student that reads text have the CPU's loss."""
    text = tmp_path / "text.txt"
    text.write_text("".join(f"The {who} {does} a lamp.\n" for who in ("baker", "girl") for does in ("finds", "paints")))
    documents = [numbers(one(PRETRAINING, text=str(text))) for one in both("fp32")]

    assert _rounded(documents[1], "fp32") == _rounded(documents[0], "fp32")


@pytest.mark.parametrize("reference", ["teacher", "student"])
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", READING)
def test_what_reads_a_run_is_the_cpus(both, precision, name, reference):
    """A teacher and a student judge on the GPU as on the CPU."""
    documents = []
    for commands in both(precision):
        if reference == "student":
            commands(TRAININGS["distil"] + " --name student")
        documents.append(numbers(commands(READING[name], reference=reference)))

    assert _rounded(documents[1], precision) == _rounded(documents[0], precision)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", WITHOUT_RUN)
def test_a_language_model_is_the_cpus(both, precision, name):
    """Generation gives the same texts and pairs the same scores."""
    on_cpu, on_gpu = (numbers(commands(WITHOUT_RUN[name])) for commands in both(precision))

    assert _rounded(on_gpu, precision) == _rounded(on_cpu, precision)


def test_a_baseline_is_the_cpus(both):
    """The features of a language model are the same."""
    commands = both("fp32")
    for one in commands:
        one(BASELINE)

    assert _difference(commands, ["lm", "lm"], "fp32") <= TOLERANCE["fp32"]


@pytest.mark.parametrize("name", ["teacher", "rnn", "gru, both directions, mean", "lstm, attention, factorised"])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_two_trainings_have_the_same_bytes(tiny_base, tiny_corpus, tmp_path, precision, name):
    """With dropout, whose masks the GPU draws."""
    command = TEACHER if name == "teacher" else TRAININGS[name]
    files = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        commands = Commands(folder, tiny_base, tiny_corpus, CUDA, precision)
        key = commands(f"{command} --dropout 0.3")["key"]
        run = commands.home / "runs" / key
        files.append({path.name: path.read_bytes() for path in run.glob("*") if path.name != "manifest.json"})

    assert files[0].keys() == files[1].keys()
    assert [name for name in files[0] if files[0][name] != files[1][name]] == []


def test_runs_share_a_gpu(tiny_base, tiny_corpus, tmp_path):
    """Two processes on one GPU make the runs that one makes."""
    logits = []
    for jobs in (1, 2):
        folder = tmp_path / str(jobs)
        folder.mkdir()
        commands = Commands(folder, tiny_base, tiny_corpus, CUDA, "fp32")
        commands(f"{TRAININGS['gru, both directions, mean']} --seeds 2 --jobs {jobs}")
        logits.append({key: commands.logits(key) for key in Store(commands.home).run_keys()})

    assert len(logits[0]) == 2
    assert logits[0] == logits[1]


def _rounded(value, precision):
    """A document to be compared: its numbers within the tolerance, all else exactly."""
    if isinstance(value, dict):
        return {name: _rounded(one, precision) for name, one in value.items() if name not in {"data", "model"}}
    if isinstance(value, list):
        return [_rounded(one, precision) for one in value]
    return pytest.approx(value, abs=TOLERANCE[precision]) if isinstance(value, float) else value
