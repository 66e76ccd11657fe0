"""A run is a judge, if every byte of it that the judge is made of is as it was written."""

import itertools
import shutil

import pytest
import torch

from colacli.config import Lora
from colacli.errors import IntegrityError, ModelError
from colacli.events import ignore
from colacli.models.adapter_config import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from colacli.models.adapters import save_adapter
from colacli.models.base import find_base
from colacli.models.lora import add_lora, trained
from colacli.models.weights import load_classifier, save_student
from colacli.store.artifact import RUNS
from colacli.store.manifest import Result
from colacli.store.run import Run
from colacli.training.predictor import load_predictor
from colacli.workflows.evaluate import EvaluateOptions, evaluate
from colacli.workflows.generate import GenerateRequest, generate
from colacli.workflows.judge import JudgeOptions, judge
from factories.runs import PARAMETERS, commit_run, fill, flip_byte, make_spec
from factories.tiny import base_at, tokenizer_at
from factories.weights import SHAPE, a_student


@pytest.fixture
def teacher(store, tiny_base):
    """A teacher's run on the tiny base, its adapter untrained."""
    return tuned(store, tiny_base)


def tuned(store, folder, gain=0.0):
    """A teacher's run on a base, with this much in every weight of its adapter."""
    base = find_base(store, None, folder, ignore)
    torch.manual_seed(0)
    model = load_classifier(base_at(folder))
    add_lora(model, Lora(), 0.0)
    with torch.no_grad():
        for parameter in trained(model).values():
            parameter.add_(gain)
    spec = make_spec(command="finetune", base=base.digests, student=None, lora=Lora())
    with store.draft(spec) as draft:
        fill(draft)
        save_adapter(draft.path, model, Lora(), dropout=0.0, base=base.public_name)
        sources = {"base": str(folder)}
        path = store.commit(
            RUNS, draft, seconds=0.0, sources=sources, result=Result(best_epoch=1, parameters=PARAMETERS)
        )
    return Run(path)


def student(store, tokenizer):
    """A student's run that brings this `tokenizer.json`."""
    with store.draft(make_spec()) as draft:
        fill(draft)
        save_student(draft.path, a_student(), SHAPE)
        draft.write("tokenizer.json", tokenizer)
        path = store.commit(RUNS, draft, seconds=0.0, result=Result(best_epoch=1, parameters=PARAMETERS))
    return Run(path)


def answers(run, sentences, store):
    """All that a run says of sentences."""
    batches = judge(run.key, sentences, "here", JudgeOptions(device="cpu"), store)
    return list(itertools.chain.from_iterable(batches))


def padded(folder, to):
    """A copy of a base whose tokenizer has one token more than its model."""
    shutil.copytree(folder, to)
    (to / "tokenizer_config.json").write_text('{"pad_token": "[PAD]"}')
    return to


def test_a_run_of_an_unknown_command_is_no_predictor(store):
    """Another version made it: it is named, and what made it."""
    run = commit_run(store, make_spec(command="dance", student=None))

    with pytest.raises(ModelError, match=f"run {run.key[:12]} was made by 'dance'"):
        load_predictor(run, store, None, "cpu", ignore)


def test_a_teacher_is_loaded(store, teacher):
    """Whole, it judges."""
    assert load_predictor(teacher, store, None, "cpu", ignore).longest == 64


@pytest.mark.parametrize("name", [ADAPTER_CONFIG, ADAPTER_WEIGHTS])
def test_a_flipped_byte_of_a_teacher_is_seen(store, teacher, name):
    """Neither judging nor writing nor teaching goes on with it; the file is named."""
    flip_byte(teacher.path / name)

    with pytest.raises(IntegrityError, match=f"{name} has other bytes"):
        load_predictor(teacher, store, None, "cpu", ignore)
    with pytest.raises(IntegrityError, match=f"{name} has other bytes"):
        generate(GenerateRequest(prompt="The", run=teacher.key, max_new_tokens=1, device="cpu"), store)


def test_what_is_not_finite_is_an_error(store, tiny_base, tiny_corpus):
    """An adapter that overflows gives no probability, no text, no measurement, and leaves none in the cache."""
    run = tuned(store, tiny_base, gain=1e20)

    with pytest.raises(IntegrityError, match="NaN or infinity"):
        answers(run, ["The boy sleeps."], store)
    with pytest.raises(IntegrityError, match="NaN or infinity"):
        generate(GenerateRequest(prompt="The", run=run.key, max_new_tokens=1, device="cpu"), store)
    with pytest.raises(IntegrityError, match="NaN or infinity"):
        evaluate(run.key, EvaluateOptions(data=str(tiny_corpus), split="in_domain_dev", device="cpu"), store)
    assert not (store.root / "cache" / "predictions").exists()


def test_a_token_without_a_row_is_an_error(store, tiny_base, tmp_path):
    """A tokenizer may have more tokens than the model, but no text one of those."""
    base = padded(tiny_base, tmp_path / "base")
    run = tuned(store, base)

    assert len(answers(run, ["The boy sleeps."], store)) == 1
    with pytest.raises(ModelError, match=r"the token '\[PAD\]' has the id"):
        answers(run, ["Hi [PAD]"], store)
    with pytest.raises(ModelError, match=r"the token '\[PAD\]' has the id"):
        generate(GenerateRequest(prompt="Hi [PAD]", base=base, max_new_tokens=1, device="cpu"), store)


def test_a_low_temperature_is_the_likeliest(store, tiny_base):
    """A temperature that is 0 in fp32 writes what 0 writes."""
    texts = [
        generate(GenerateRequest(prompt="The", base=tiny_base, temperature=low, device="cpu"), store)
        for low in (0.0, 1e-50)
    ]

    assert texts[0] == texts[1]


def test_a_students_tokenizer_is_looked_through(store, tiny_base):
    """It is as hostile as any file of an import: what is not on the list is damage."""
    content = tokenizer_at(tiny_base).to_str()
    hostile = content.replace('"normalizer":null', '"normalizer":{"type":"Prepend","prepend":"%s"}' % ("a" * 99))

    run = student(store, hostile.encode())
    with pytest.raises(IntegrityError, match=r"can't be read from tokenizer\.json"):
        load_predictor(run, store, None, "cpu", ignore)


def test_a_students_tokenizer_may_have_more_tokens_than_it(store, tiny_base):
    """But a sentence may have none of those: the student of the test knows 101."""
    run = student(store, tokenizer_at(tiny_base).to_str().encode())

    with pytest.raises(ModelError, match="the model only 101 tokens"):
        answers(run, ["The baker paints a lamp."], store)
