"""Teachers and students on the tiny base and corpus, for tests of what is taught."""

from __future__ import annotations

from dataclasses import replace

import torch

from colacli.config import Distillation, Lora, Student, Training
from colacli.data.readers import read_corpus
from colacli.events import Work, ignore
from colacli.models.tokens import tokenise
from colacli.training.predictor import load_predictor, logits_of
from colacli.training.requests import BaseChoice, DataChoice, Execution
from colacli.training.transfer import TransferChoice
from colacli.workflows import teaching
from colacli.workflows.distil import DistilRequest, TeacherChoice, distil
from colacli.workflows.finetune import FinetuneRequest, finetune
from colacli.workflows.train_student import TrainStudentRequest, train_student

TRAINING = Training(epochs=1, batch_size=16, precision="fp32", dropout=0.0)
STUDENT = Student(hidden=8)
CPU = Execution(device="cpu")


class School:
    """Teachers and students on the tiny base and corpus, and what the students learnt."""

    def __init__(self, store, base, corpus, monkeypatch):
        self.store, self.corpus = store, read_corpus(corpus)
        self.base, self.data = BaseChoice(base=base), DataChoice(data=str(corpus))
        self.lessons, self.said = [], []
        taught = teaching.taught

        def watched(*given):
            self.lessons.append(taught(*given))
            return self.lessons[-1]

        monkeypatch.setattr(teaching, "taught", watched)

    def teacher(self, name="teacher", **training):
        """A tuned teacher."""
        how, execution = replace(TRAINING, **training), replace(CPU, name=name)
        request = FinetuneRequest(base=self.base, data=self.data, lora=Lora(rank=1), training=how, execution=execution)
        return finetune(request, self.store).run

    def alone(self, labels=None, **training):
        """A student without a teacher."""
        more = {} if labels is None else {"labels": labels}
        how = replace(TRAINING, **training)
        return train_student(
            TrainStudentRequest(base=self.base, data=self.data, student=STUDENT, training=how, execution=CPU, **more),
            self.store,
        ).run

    def taught(self, choice=None, how=None, teacher="teacher", on_event=None, **training):
        """A student of a teacher."""
        request = DistilRequest(
            teacher=TeacherChoice(teacher=teacher),
            distillation=how or Distillation(),
            transfer=choice or TransferChoice(),
            data=self.data,
            student=STUDENT,
            training=replace(TRAINING, **training),
            execution=CPU,
        )
        return distil(request, self.store, on_event or self.said.append).run

    def made(self):
        """The transfer sets that the store keeps, in the order they were made."""
        found = sorted((self.store.root / "cache" / "transfer").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [(path / "sentences.txt").read_text().splitlines() for path in found]

    def loss(self, outputs, rows):
        """What the last student minimised."""
        return self.lessons[-1].objective(outputs, torch.tensor(rows))

    def judged(self, run, texts):
        """What a run says of sentences."""
        judge = load_predictor(run, self.store, None, "cpu", ignore)
        return logits_of(judge, texts, "test", ignore, Work("judging", 0, len(texts)))

    def states(self, run, texts):
        """What a run's head reads of sentences."""
        judge = load_predictor(run, self.store, None, "cpu", ignore)
        tokens = tokenise(texts, judge.tokenizer, judge.longest, str)
        with torch.no_grad():
            return judge.model.features(tokens.batch(torch.arange(len(texts))))


def recipes(*names, size=30, seed=0):
    """A choice of recipes."""
    return TransferChoice(transfer=",".join(names), transfer_size=size, transfer_seed=seed)
