"""Every workflow on a real GPU of CUDA gives the CPU's numbers, repeats itself, and does not wait; skipped without one.

What was measured is printed: `pytest -s -m slow tests/devices/test_cuda.py`.
"""

import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from colacli.config import Training
from colacli.models.adapters import load_adapter
from colacli.models.inference import Decoder, InferenceModel
from colacli.models.sampling import Sampling, continuation
from colacli.models.student import RecurrentClassifier, StudentShape
from colacli.models.weights import load_classifier, load_language_model
from colacli.store.store import Store
from colacli.training.counts import one_hot
from colacli.training.fit import TrainedOn, cross_entropy_objective, predict, train_on
from colacli.training.state import TrainingState
from factories.adapters import peft_model
from factories.fitting import random_dataset
from factories.gradients import teacher
from factories.on_device import BASELINE, READING, TEACHER, TRAININGS, WITHOUT_RUN, Commands, numbers
from factories.tiny import base_at, padded, random_batch

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not torch.cuda.is_available(), reason="no GPU of CUDA here; the pretended one is tested instead"
    ),
]

CUDA = "cuda:0"
TOLERANCE = {"fp32": 1e-3, "bf16": 0.1}
"""Of logits after two epochs, and of losses and scores: a GPU adds in another order."""
PARITY = {"rtol": 0.0, "atol": 1e-4}
PRECISIONS = ("fp32", "bf16")
STUDENTS = {
    "rnn": {"cell": "rnn"},
    "gru, max": {"cell": "gru", "pooling": "max", "layers": 2, "bidirectional": True},
    "lstm, attention": {"cell": "lstm", "pooling": "attention", "layers": 2, "bidirectional": True},
    "lstm, mean, factorised": {"cell": "lstm", "pooling": "mean", "embedding_rank": 4},
}
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


@contextmanager
def waits():
    """Where the host waits for the GPU, by torch's own count: file and line of each."""
    found = []
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            yield found
    finally:
        torch.cuda.set_sync_debug_mode("default")
    found += [f"{one.filename}:{one.lineno}" for one in seen if "synchronizing" in str(one.message)]


def _student(**shape):
    model = RecurrentClassifier(StudentShape(**({"vocab_size": 20, "width": 8, "hidden": 8, "layers": 1} | shape)), 0.1)
    model.train_only(torch.arange(20))
    return model


MODELS = {"teacher": teacher} | {name: (lambda shape=shape: _student(**shape)) for name, shape in STUDENTS.items()}


@pytest.mark.parametrize("name", MODELS)
def test_no_step_is_waited_for(name):
    """An epoch of eight steps has one wait: for all its losses and counts."""
    dataset, training = random_dataset(32, 0), Training(epochs=1, batch_size=4, dropout=0.1, clip=1.0)
    model = MODELS[name]().to(CUDA).train()
    state = TrainingState(model, training, CUDA)
    objective = cross_entropy_objective(dataset.labels, CUDA)
    task = TrainedOn(model, objective, dataset.tokens, one_hot(dataset.labels, state.device))
    train_on(task, state.batches(len(dataset)), state)  # what is waited for once
    batches = state.batches(len(dataset))
    with waits() as found:
        train_on(task, batches, state)

    print(f"\n{name}: {found}")
    assert len(batches) == 8
    assert [Path(one).name.split(":")[0] for one in found] == ["counts.py"]


@pytest.mark.parametrize("name", MODELS)
def test_judging_waits_once_a_batch(name):
    """For its logits."""
    dataset = random_dataset(32, 0)
    model = InferenceModel(MODELS[name]().to(CUDA))
    predict(model, dataset.tokens, batch_size=8)
    with waits() as found:
        predict(model, dataset.tokens, batch_size=8)

    print(f"\n{name}: {found}")
    assert [Path(one).name.split(":")[0] for one in found] == 4 * ["fit.py"]


def test_generation_waits_once_a_token(tiny_base):
    """For its logits."""
    decoder = Decoder(load_language_model(base_at(tiny_base)).to(CUDA))
    list(continuation(decoder, [3, 5], 6, Sampling(1.0, 5, 0.9), 0, ()))
    with waits() as found:
        tokens = list(continuation(decoder, [3, 5], 6, Sampling(1.0, 5, 0.9), 0, ()))

    print(f"\ngenerate: {found}")
    assert len(tokens) == 6
    assert [Path(one).name.split(":")[0] for one in found] == 6 * ["sampling.py"]


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory):
    """GPT-2 in its true size, with random weights: the folder, and transformers' model on the GPU."""
    folder = tmp_path_factory.mktemp("gpt2")
    torch.manual_seed(0)
    with torch.device(CUDA):
        model = GPT2LMHeadModel(GPT2Config()).eval()
    model.save_pretrained(folder)
    return folder, model


@torch.no_grad()
def test_gpt2_has_transformers_logits(gpt2):
    """A batch of unequal lengths, each given alone to transformers."""
    folder, theirs = gpt2
    batch = random_batch((5, 1, 17, 9, 17, 64), vocabulary=50_257)
    expected = torch.cat([theirs(ids[None].to(CUDA)).logits[0] for ids in batch.ids.split(batch.lengths.tolist())])
    actual = load_language_model(base_at(folder)).to(CUDA)(batch)

    assert expected.std() > 0.1
    print(f"\ntransformers: {float((actual - expected).abs().max()):.2e}")
    torch.testing.assert_close(actual, expected, **PARITY)


@torch.no_grad()
@pytest.mark.filterwarnings("ignore")
def test_an_adapter_has_pefts_logits(gpt2, tmp_path):
    """Head included; their batch is padded, ours is not."""
    theirs = peft_model(gpt2[0])
    theirs.config.pad_token_id = theirs.base_model.model.config.pad_token_id = 0
    theirs.save_pretrained(tmp_path)
    batch = random_batch((5, 1, 17, 9, 17, 64), vocabulary=50_257)
    ids, mask = padded(batch)
    expected = theirs.to(CUDA)(input_ids=ids.to(CUDA), attention_mask=mask.to(CUDA)).logits
    ours = load_classifier(base_at(gpt2[0])).eval()
    load_adapter(ours, tmp_path / "adapter_config.json", tmp_path / "adapter_model.safetensors")
    actual = ours.to(CUDA)(batch)

    print(f"\npeft: {float((actual - expected).abs().max()):.2e}")
    torch.testing.assert_close(actual, expected, **PARITY)


def _rounded(value, precision):
    """A document to be compared: its numbers within the tolerance, all else exactly."""
    if isinstance(value, dict):
        return {name: _rounded(one, precision) for name, one in value.items() if name not in {"data", "model"}}
    if isinstance(value, list):
        return [_rounded(one, precision) for one in value]
    return pytest.approx(value, abs=TOLERANCE[precision]) if isinstance(value, float) else value
