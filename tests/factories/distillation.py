"""Teachers and students on the tiny base and corpus, for tests of what a student is trained on."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F

from colacli.config import Lora, Student, Training
from colacli.data.readers import read_corpus
from colacli.distillation import Distillation
from colacli.events import Work, ignore
from colacli.models.auxiliary_heads import Outputs
from colacli.models.tokens import tokenise
from colacli.training import students, targets
from colacli.training.predictor import load_predictor
from colacli.training.requests import BaseChoice, DataChoice, Execution
from colacli.training.transfer import TransferChoice
from colacli.workflows.distil import DistilRequest, TeacherChoice, distil
from colacli.workflows.finetune import FinetuneRequest, finetune
from colacli.workflows.train_student import TrainStudentRequest, train_student

TRAINING = Training(epochs=1, batch_size=16, precision="fp32", dropout=0.0)
STUDENT = Student(hidden=8)
LORA = Lora(rank=1)
CPU = Execution(device="cpu")


class Trainings:
    """The three training verbs on a base and a corpus, and what their students are trained on."""

    def __init__(self, store, base, corpus, monkeypatch):
        self.store, self.corpus = store, read_corpus(corpus)
        self.base, self.data = BaseChoice(base=base), DataChoice(data=str(corpus))
        self.tasks, self.starts, self.events = [], [], []
        _record(monkeypatch, targets, "distillation_task", self.tasks.append)
        _record(monkeypatch, students, "build_student", self._record_start)

    def _record_start(self, built):
        self.starts.append({name: tensor.clone() for name, tensor in built[0].state_dict().items()})

    def teacher(self, name="teacher", lora=LORA, **training):
        """A tuned teacher."""
        request = FinetuneRequest(
            base=self.base,
            data=self.data,
            lora=lora,
            training=replace(TRAINING, **training),
            execution=replace(CPU, name=name, force_precision=True),  # where bf16 is emulated too
        )
        return finetune(request, self.store).run

    def alone(self, student=STUDENT, on_event=ignore, labels=None, **training):
        """A student without a teacher."""
        more = {} if labels is None else {"labels": labels}
        request = TrainStudentRequest(
            base=self.base,
            data=self.data,
            student=student,
            training=replace(TRAINING, **training),
            execution=CPU,
            **more,
        )
        return train_student(request, self.store, on_event).run

    def distilled(self, transfer=None, distillation=None, teacher="teacher", student=STUDENT, **training):
        """A student of a teacher."""
        request = DistilRequest(
            teacher=TeacherChoice(teacher=teacher),
            distillation=distillation or Distillation(),
            transfer=transfer or TransferChoice(),
            data=self.data,
            student=student,
            training=replace(TRAINING, **training),
            execution=CPU,
        )
        return distil(request, self.store, self.events.append).run

    def transfer_sets(self):
        """Those in the store's cache, in the order they were made."""
        folders = sorted((self.store.root / "cache" / "transfer").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [(path / "sentences.txt").read_text().splitlines() for path in folders]

    def loss(self, outputs, rows):
        """What the last student minimised."""
        return self.tasks[-1].objective(outputs, torch.tensor(rows))

    def targets(self, task, width):
        """The logits and states (sentences, 2 + width) that a task of squared losses, each of weight 1, has."""
        axes, origin = torch.eye(width), torch.zeros(1, 2)

        def read(row):
            def loss(logits, states):
                return task.objective(Outputs(logits, states[None]), torch.tensor([row]))

            near = [(loss(origin, -axis) - loss(origin, axis)) / 4 for axis in axes]  # |a - s|^2 = 2 - 2 a.s
            zero = loss(origin, axes[0])
            logits = [zero - loss(unit[None], axes[0]) + 0.5 for unit in torch.eye(2)]
            return torch.stack([*logits, *near])

        return torch.stack([read(row) for row in range(len(task.train))])

    def logits(self, run, texts):
        """A run's, of sentences."""
        predictor = load_predictor(run, self.store, None, "cpu", ignore)
        return predictor.on_texts(texts, "test", ignore, Work("judging", 0, len(texts)))

    def states(self, run, texts):
        """What a run's head reads, of sentences."""
        predictor = load_predictor(run, self.store, None, "cpu", ignore)
        tokens = tokenise(texts, predictor.tokenizer, predictor.longest, str)
        with torch.no_grad():
            return predictor.model.features(tokens.batch(torch.arange(len(texts))))

    def directions(self, run, texts):
        """These states, each of length 1."""
        return F.normalize(self.states(run, texts), dim=1)


def _record(monkeypatch, module, name, record):
    """Tell `record` what a function of a module returns."""
    function = getattr(module, name)

    def recorded(*args):
        result = function(*args)
        record(result)
        return result

    monkeypatch.setattr(module, name, recorded)


def recipes(*names, size=30, seed=0):
    """A choice of recipes."""
    return TransferChoice(transfer=",".join(names), transfer_size=size, transfer_seed=seed)
