"""What several tests of workflows start with: requests of every verb, a corpus to judge, experiments."""

import json
from dataclasses import replace

import pytest

from colacli.cli.main import run
from colacli.config import Encoder, Lora, Student, Training
from colacli.events import ignore
from colacli.pretraining import Optimisation, Pretraining
from colacli.training.requests import BaseChoice, DataChoice
from colacli.training.student_base import StudentBaseChoice
from colacli.workflows.distil import DistilRequest, TeacherChoice, distil
from colacli.workflows.experiment_plan import ExperimentOptions, plan_experiment
from colacli.workflows.finetune import FinetuneRequest, finetune
from colacli.workflows.pretrain_student import PretrainStudentRequest, TextChoice
from colacli.workflows.recipe_file import read_recipe
from colacli.workflows.train_student import TrainStudentRequest
from factories.experiments import RECIPE
from factories.interruptions import CPU, TRAINING
from factories.judged import write
from factories.tiny import made_sentences


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


@pytest.fixture
def planned(store, tiny_base, tiny_corpus, tmp_path):
    """Makes the plan of a recipe's text."""

    def plan(text=RECIPE, **overrides):
        path = tmp_path / "study.toml"
        path.write_text(text)
        options = ExperimentOptions(base=tiny_base, data=str(tiny_corpus), seeds=2, device="cpu")
        recipe = read_recipe(path, overrides)
        return plan_experiment(recipe, options, store, ignore)

    return plan


@pytest.fixture
def command(store_home, tiny_base, tiny_corpus, tmp_path, capsys):
    """Gives `experiment` with a recipe's text; its JSON document."""

    def give(text, *words, seeds=1, status=0):
        path = tmp_path / "s.toml"
        path.write_text(text)
        where = ["--base", tiny_base, "--data", tiny_corpus, "--seeds", seeds, "--json"]
        assert run([*map(str, ["experiment", path, *where, *words])]) == status
        return json.loads(capsys.readouterr().out)

    return give


ENCODER = Encoder(cell="gru", hidden=6, bidirectional=True)
_DEFAULT = Student()


@pytest.fixture
def text(tmp_path):
    """Ninety made sentences, one of them twice."""
    path = tmp_path / "text.txt"
    lines = [sentence for sentence, _ in made_sentences()]
    path.write_text("\n".join([*lines, lines[0]]) + "\n")
    return path


@pytest.fixture
def pretraining_of(tiny_base, text):
    """Requests of `pretrain-student`."""

    def make(encoder=ENCODER, execution=CPU, seed=0, epochs=3, **pretraining):
        return PretrainStudentRequest(
            text=TextChoice(text=text),
            base=BaseChoice(base=tiny_base),
            pretraining=Pretraining(**pretraining),
            student=encoder,
            training=Optimisation(epochs=epochs, batch_size=16, seed=seed, learning_rate=1e-2, precision="fp32"),
            execution=execution,
        )

    return make


@pytest.fixture
def student_of(tiny_base, tiny_corpus):
    """Requests of `train-student`."""

    def make(start=None, student=_DEFAULT, **training):
        return TrainStudentRequest(
            base=BaseChoice(base=tiny_base),
            data=DataChoice(data=str(tiny_corpus)),
            student=student,
            start=StudentBaseChoice(student_base=start),
            training=Training(epochs=1, batch_size=16, precision="fp32", **training),
            execution=CPU,
        )

    return make
