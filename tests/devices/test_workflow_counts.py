"""Waits and transfers of whole workflows: what one epoch, batch or token more adds, so that the start drops out."""

import json
from collections import Counter

import pytest

import colacli.workflows.verbs as registry
from colacli.events import Epoch
from colacli.options import request_of
from colacli.store.store import Store
from factories.on_device import TEACHER, TRAININGS, Commands
from factories.pretended_device import PretendedDevice
from factories.tiny import made_sentences

SEND = "kernels/sending.py send"
STEPS = 4
"""Of an epoch of sixty sentences."""
FINETUNE = {
    "teacher": {},
    "bias, clip and unfreeze": {"bias": "all", "clip": 0.5, "unfreeze": "ln_f,wpe", "select_by": "auc"},
    "holdout": {"validation": "holdout", "rank": 2, "bias": "none", "dropout": 0.0},
}
STUDENTS = {
    "rnn": {"cell": "rnn", "embedding_rank": 4, "clip": 0.5},
    "rnn, max, frozen": {"cell": "rnn", "pooling": "max", "freeze_embeddings": True},
    "rnn, mean": {"cell": "rnn", "pooling": "mean", "layers": 2, "bidirectional": True, "label_smoothing": 0.1},
    "gru": {"cell": "gru", "embeddings": "random"},
    "gru, max": {"cell": "gru", "pooling": "max", "layers": 2, "bidirectional": True},
    "lstm": {"cell": "lstm"},
    "lstm, attention": {"cell": "lstm", "pooling": "attention", "layers": 2, "bidirectional": True},
}
DISTILLED = {
    "kl": {},
    "mse": {"kd_loss": "mse"},
    "states": {"hidden_weight": 0.5},
    "hard": {"teacher_control": "hard"},
    "shuffled": {"teacher_control": "shuffled"},
    "prefixes": {"prefix_weight": 0.5, "cell": "gru", "bidirectional": True, "pooling": "max"},
}
TRANSFER = {"transfer": "words,parts", "transfer_size": 40}
BOTH = {"cell": "gru", "bidirectional": True, "precision": "fp32"}
READ = {"_to_copy in training/counts.py read": 1, "_to_copy in training/fit.py predict": 1}
"""An epoch's losses and counts, and its validation sentences."""
CHECKPOINT = "_to_copy in models/tensors.py"
"""Once for each tensor, after an epoch."""


class Counted:
    """Workflows on a pretended GPU of CUDA, in one store with a teacher and a student."""

    def __init__(self, folder, base, corpus):
        self.device = PretendedDevice()
        self.commands = Commands(folder, base, corpus, self.device, "fp32")
        self.store = Store(self.commands.home)
        self._base, self._corpus, self._folder = base, corpus, folder
        self.commands(TEACHER)
        self.commands(f"{TRAININGS['rnn']} --name student")

    def epoch(self, command, **options):
        """Waits and transfers of the second epoch of two, to the one's checkpoint from the other's."""
        base = {} if command == "distil" else {"base": str(self._base)}
        data = {} if command == "pretrain-student" else {"data": str(self._corpus)}
        values = {"epochs": 2, "batch_size": 16, "precision": "fp32", **base, **data, **options}
        request = request_of(registry.VERBS[command].request, values, command)
        marks = []

        def on_event(event):
            if isinstance(event, Epoch):
                marks.append((Counter(self.device.waits), Counter(self.device.transfers)))

        with pytest.MonkeyPatch.context() as patch, self.device:
            self.commands.pretend(patch)
            registry.VERBS[command].run(request, self.store, on_event)
        return tuple(after - before for before, after in zip(*marks, strict=True))

    def added(self, less, more, **words):
        """What a command counts beyond what another counts."""
        counts = []
        for command in (less, more):
            with self.device.counting() as (waits, transfers):
                self.commands(command, **words)
            counts.append((Counter(waits), Counter(transfers)))
        return tuple(dict(after - before) for before, after in zip(*counts, strict=True))

    def file(self, name, lines):
        """A file in the store's folder."""
        path = self._folder / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path


@pytest.fixture(scope="module")
def counted(tiny_base, tiny_corpus, tmp_path_factory):
    """All of them."""
    return Counted(tmp_path_factory.mktemp("counted"), tiny_base, tiny_corpus)


def _without_checkpoint(waits):
    """Waits but for those of the checkpoint after an epoch."""
    return {name: count for name, count in waits.items() if not name.startswith(CHECKPOINT)}


@pytest.mark.slow
@pytest.mark.parametrize("name", FINETUNE)
def test_tuning(counted, name):
    """A transfer a step, one for the order of an epoch and one for its validation; no step is waited for."""
    waits, transfers = counted.epoch("finetune", **FINETUNE[name], seed=1)

    assert _without_checkpoint(waits) == READ
    assert dict(transfers) == {SEND: STEPS + 2}


@pytest.mark.parametrize(
    "name", [name if name == "gru" else pytest.param(name, marks=pytest.mark.slow) for name in STUDENTS]
)
def test_a_student(counted, name):
    """Every cell and pooling likewise."""
    waits, transfers = counted.epoch("train-student", hidden=8, **STUDENTS[name])

    assert _without_checkpoint(waits) == READ
    assert dict(transfers) == {SEND: STEPS + 2}


@pytest.mark.slow
@pytest.mark.parametrize("transfer", [{}, TRANSFER], ids=["labels", "transfer set"])
@pytest.mark.parametrize("name", DISTILLED)
def test_distillation(counted, name, transfer):
    """Every loss likewise: the teacher's outputs are on the device; a transfer set has steps of its own."""
    waits, transfers = counted.epoch("distil", teacher="teacher", hidden=8, **DISTILLED[name], **transfer)

    assert _without_checkpoint(waits) == READ
    assert dict(transfers) == {SEND: (7 if transfer else STEPS) + 2}


@pytest.mark.slow
@pytest.mark.parametrize(("options", "of_a_step"), [({}, 1), ({"kd_weight": 0.5}, 2), ({"negatives": 20}, 2)])
def test_pretraining(counted, options, of_a_step):
    """Both directions have one transfer a step; a teacher, which reads a start token too, one more, or drawn tokens."""
    text = counted.file("text.txt", [sentence for sentence, _ in made_sentences()])
    waits, transfers = counted.epoch("pretrain-student", text=str(text), hidden=8, **options, **BOTH)

    module = "training/language_model.py"
    assert _without_checkpoint(waits) == {f"_to_copy in {module} {name}": 1 for name in ("_train_on", "measure")}
    assert dict(transfers) == {SEND: 6 * of_a_step + 2}


@pytest.mark.slow
@pytest.mark.parametrize("reference", ["teacher", "student"])
@pytest.mark.parametrize("command", ["eval", "judge", "pairs"])
def test_judging(counted, command, reference):
    """A batch more is sent once, and its logits are waited for."""
    less, more = (_reading(counted, command, batches) for batches in (2, 3))
    waits, transfers = counted.added(less, more, reference=reference)

    assert waits == {"_to_copy in training/fit.py predict": 1}
    assert transfers == {SEND: 1}


def _reading(counted, command, batches):
    """A command that reads so many batches; `judge` has them of 256 sentences, the others of four."""
    size = 256 if command == "judge" else 4
    sentences = [f"{text} {number}" for number in range(9) for text, _ in made_sentences()][: size * batches]
    if command == "pairs":
        rows = [
            json.dumps({"sentence_good": good, "sentence_bad": bad, "UID": "one"})
            for good, bad in zip(sentences[::2], sentences[1::2], strict=True)
        ]
        return f"pairs {{reference}} --batch-size {size} --data {counted.file(f'pairs-{batches}.jsonl', rows)}"
    rows = ["sentence\tlabel", *(f"{text}\t{number % 2}" for number, text in enumerate(sentences))]
    data = f"{{reference}} --data {counted.file(f'{command}-{batches}.tsv', rows)}"
    return f"judge {data}" if command == "judge" else f"eval {data} --batch-size {size}"


@pytest.mark.slow
def test_scoring(counted):
    """A batch more of a language model's pairs is sent, then which probabilities are asked for; one wait."""
    less, more = (_reading(counted, "pairs", batches).replace("{reference}", "--base {base}") for batches in (2, 3))
    waits, transfers = counted.added(less, more)

    assert waits == {"_to_copy in models/scoring.py _next_token": 1}
    assert transfers == {SEND: 2}


@pytest.mark.slow
@pytest.mark.parametrize("samples", [1, 8])
def test_generating(counted, samples):
    """A token more of all samples together is sent once, and its logits are waited for once."""
    command = f"generate --base {{base}} --prompt The --temperature 0 --num-samples {samples} --max-new-tokens"
    waits, transfers = counted.added(f"{command} 5", f"{command} 6")

    assert waits == {"_to_copy in models/sampling.py samples": 1}
    assert transfers == {SEND: 1}
