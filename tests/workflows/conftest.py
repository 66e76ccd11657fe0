"""What several tests of workflows start with: requests of every verb, a corpus to judge."""

from dataclasses import replace

import pytest

from colacli.config import Lora, Student
from colacli.training.requests import BaseChoice, DataChoice
from colacli.workflows.distil import DistilRequest, TeacherChoice, distil
from colacli.workflows.finetune import FinetuneRequest, finetune
from colacli.workflows.train_student import TrainStudentRequest
from factories.interruptions import CPU, TRAINING
from factories.judged import write


@pytest.fixture
def request_of(tiny_base, tiny_corpus):
    """Requests of every verb on the tiny base and corpus."""
    base, data = BaseChoice(base=tiny_base), DataChoice(data=str(tiny_corpus))

    def make(verb, **execution):
        shared = {"data": data, "training": TRAINING, "execution": replace(CPU, **execution)}
        if verb is finetune:
            return FinetuneRequest(base=base, lora=Lora(rank=1), **shared)
        if verb is distil:
            return DistilRequest(teacher=TeacherChoice(teacher="teacher"), student=Student(hidden=8), **shared)
        return TrainStudentRequest(base=base, student=Student(hidden=8), **shared)

    return make


@pytest.fixture
def corpus(tmp_path):
    """Eleven sentences of four sources."""
    return write(tmp_path / "corpus")
