"""Every verb runs on a base of another language: other tokens, other sizes, other ends."""

from dataclasses import replace

import pytest

from colacli.config import Lora, Student
from colacli.training.requests import BaseChoice, DataChoice
from colacli.workflows.distil import DistilRequest, TeacherChoice, distil
from colacli.workflows.evaluate import EvaluateOptions, evaluate
from colacli.workflows.finetune import FinetuneRequest, finetune
from colacli.workflows.generate import GenerateRequest, generate
from colacli.workflows.judge import JudgeOptions, judge
from colacli.workflows.train_student import TrainStudentRequest, train_student
from factories.interruptions import CPU, TRAINING
from factories.languages import LANGUAGES, sentences_of, write_language, write_sentences


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verb(store, tmp_path, language):
    """A teacher and students are made, measured and asked; a teacher and its base continue a prompt."""
    write_language(tmp_path / "base", language)
    write_sentences(tmp_path / "corpus", language)
    base, data = BaseChoice(base=tmp_path / "base"), DataChoice(data=str(tmp_path / "corpus"))
    shared = {"data": data, "training": replace(TRAINING, epochs=1)}
    named = {name: replace(CPU, name=name) for name in ("teacher", "alone", "distilled")}
    finetune(FinetuneRequest(base=base, lora=Lora(rank=1), execution=named["teacher"], **shared), store)
    student = Student(hidden=8)
    train_student(TrainStudentRequest(base=base, student=student, execution=named["alone"], **shared), store)
    distil(
        DistilRequest(
            teacher=TeacherChoice(teacher="teacher"), student=student, execution=named["distilled"], **shared
        ),
        store,
    )
    sentences = [text for text, _ in sentences_of(language)][:3]
    elsewhere = EvaluateOptions(data=str(tmp_path / "corpus"), split="train", device="cpu")
    for name in named:
        assert evaluate(name, EvaluateOptions(), store).metrics.n >= 9
        assert evaluate(name, elsewhere, store).metrics.n > 10
        [judgements] = judge(name, sentences, "here", JudgeOptions(device="cpu"), store)
        assert [judgement.sentence for judgement in judgements] == sentences
    for request in ({"base": tmp_path / "base"}, {"run": "teacher"}):
        for prompt in (sentences[0][:2], ""):
            [sample] = generate(GenerateRequest(prompt=prompt, max_new_tokens=5, device="cpu", **request), store)
            assert sample.tokens <= 5
