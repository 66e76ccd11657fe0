"""The commands of a report make the runs again: they have the same keys."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from colacli.cli.main import run
from colacli.config import Labels, Lora, Student, Training
from colacli.data.layout import Layout
from colacli.distillation import Distillation
from colacli.events import ignore
from colacli.store.refs import set_name
from colacli.training.requests import BaseChoice, DataChoice, Execution, FitOptions
from colacli.training.transfer import TransferChoice
from colacli.workflows.baseline_majority import MajorityRequest
from colacli.workflows.distil import DistilRequest, TeacherChoice
from colacli.workflows.finetune import FinetuneRequest
from colacli.workflows.reproduce import recipes, with_ancestors
from colacli.workflows.train_student import TrainStudentRequest
from colacli.workflows.verbs import VERBS
from factories.runs import commit_run, make_spec

CPU = Execution(device="cpu")


@pytest.fixture
def planned(store, tiny_base, tiny_corpus):
    """Commits a made-up run of a request, with the spec that its command plans."""

    def commit(command, request):
        spec = VERBS[command].plan(request, store, ignore).spec
        return commit_run(store, spec, data=str(tiny_corpus), base=str(tiny_base))

    return commit


@pytest.fixture
def choices(tiny_base, tiny_corpus):
    """The base and the corpus."""
    return {"base": BaseChoice(base=tiny_base), "data": DataChoice(data=str(tiny_corpus)), "execution": CPU}


def dry(recipe, capsys):
    """The keys that a recipe's command would have."""
    assert run([*recipe.arguments, "--device", "cpu", "--dry-run", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    return [one["key"] for one in document.get("runs", [document])]


def keys(recipe):
    """Of the runs that it makes."""
    return [run.key for run in recipe.runs]


TRAININGS = [
    Training(precision="fp32"),
    Training(
        epochs=2,
        batch_size=16,
        learning_rate=3e-5,
        dropout=0.0,
        clip=1.0,
        seed=3,
        patience=2,
        validation="holdout",
        select_by="mcc",
        precision="fp32",
    ),
    Training(select="last", precision="fp32"),
]


@pytest.mark.parametrize("training", TRAININGS)
@pytest.mark.parametrize("lora", [Lora(), Lora(rank=2, alpha=8, targets=("c_attn",), init="gaussian", unfreeze=())])
def test_a_teacher_is_made_again(planned, choices, store, capsys, training, lora):
    """With the base and the corpus that it was made with."""
    made = planned("finetune", FinetuneRequest(**choices, training=training, lora=lora))
    (recipe,) = recipes([made], store)

    assert dry(recipe, capsys) == [made.key]


def test_a_student_is_made_again(planned, choices, store, capsys):
    """Every option that is not at its default is given."""
    student = Student(
        cell="lstm",
        hidden=8,
        layers=2,
        embeddings="random",
        freeze_embeddings=True,
        embedding_rank=4,
        bidirectional=True,
        pooling="mean",
    )
    labels = Labels(label_smoothing=0.1)
    request = TrainStudentRequest(**choices, student=student, labels=labels, training=TRAININGS[1])
    made = planned("train-student", request)

    assert dry(recipes([made], store)[0], capsys) == [made.key]


@pytest.mark.parametrize(
    "distillation",
    [
        Distillation(),
        Distillation(kd_loss="mse", kd_weight=1, hidden_weight=0.5),
        Distillation(teacher_control="hard", ce_weight=0),
    ],
)
def test_a_distilled_student_is_made_again(planned, choices, store, capsys, distillation):
    """From its teacher, which comes first, and with its transfer set."""
    teacher = planned("finetune", FinetuneRequest(**choices))
    request = DistilRequest(
        teacher=TeacherChoice(teacher=teacher.key),
        data=choices["data"],
        execution=CPU,
        distillation=distillation,
        transfer=TransferChoice(transfer="words,parts", transfer_size=50, transfer_seed=1, train_repeats=2),
    )
    made = planned("distil", request)
    first, second = recipes(with_ancestors([made], store), store)

    assert (keys(first), dry(second, capsys)) == ([teacher.key], [made.key])


def test_an_ensemble_is_named(planned, choices, store, capsys):
    """A student of several teachers needs a name for them."""
    teachers = [
        planned("finetune", FinetuneRequest(**choices, training=replace(TRAININGS[0], seed=seed))) for seed in (0, 1)
    ]
    set_name(store, "both", [run.key for run in teachers])
    made = planned("distil", DistilRequest(teacher=TeacherChoice(teacher="both"), data=choices["data"], execution=CPU))
    first, second = recipes(with_ancestors([made], store), store)

    assert (keys(first), dry(second, capsys)) == ([run.key for run in teachers], [made.key])


def test_seeds_that_follow_one_another_are_one_command(planned, choices, store, capsys):
    """With the name that stands for just these; a gap begins another command."""
    made = [
        planned("train-student", TrainStudentRequest(**choices, training=replace(TRAININGS[0], seed=seed)))
        for seed in (2, 0, 1, 5)
    ]
    set_name(store, "three", [run.key for run in made[:3]])
    found = recipes(made, store)

    assert [[run.spec.training.seed for run in recipe.runs] for recipe in found] == [[0, 1, 2], [5]]
    assert found[0].arguments[-4:] == ("--seeds", "3", "--name", "three")
    assert [dry(recipe, capsys) for recipe in found] == [keys(recipe) for recipe in found]


def test_the_file_of_a_transfer_set_is_named_by_its_digest(planned, choices, store, tmp_path):
    """Its path is not stored."""
    teacher = planned("finetune", FinetuneRequest(**choices))
    file = Path(tmp_path / "sentences.txt")
    file.write_text("A lamp finds the baker.\nThe sailor paints.\n")
    transfer = TransferChoice(transfer=f"{file},words")
    chosen = {"teacher": TeacherChoice(teacher=teacher.key), "transfer": transfer}
    made = planned("distil", DistilRequest(**chosen, data=choices["data"], execution=CPU))

    assert f"FILE-WITH-SHA256-{made.spec.transfer.sentences},words" in recipes([made], store)[0].arguments


def test_an_unknown_command_has_none(store):
    """A run that another version made is listed without a command."""
    made = commit_run(store, make_spec(command="later"))

    assert recipes([made], store)[0].arguments == ()


@pytest.mark.parametrize("command", ["baseline.majority", "baseline.ngrams", "baseline.lm"])
def test_a_baseline_is_made_again(store, tiny_base, tiny_corpus, capsys, command):
    """Its command has two words; only the language model's has a base."""
    pytest.importorskip("sklearn")
    chosen = {"base": BaseChoice(base=tiny_base)} if command == "baseline.lm" else {}
    fit = FitOptions(validation="holdout")
    request = VERBS[command].request(data=DataChoice(data=str(tiny_corpus)), fit=fit, **chosen)
    spec = VERBS[command].plan(request, store, ignore).spec
    made = commit_run(store, spec, data=str(tiny_corpus), base=str(tiny_base) if chosen else None)

    assert run([*recipes([made], store)[0].arguments, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["key"] == made.key


def test_the_layout_of_a_corpus_is_said(store, tiny_base, tmp_path, capsys):
    """A run remembers the names of columns that are not the usual."""
    (tmp_path / "in_domain_train.csv").write_text("s,j\n" + "A lamp.,good\nLamp a.,bad\n" * 12)
    layout = Layout(columns=("sentence=s", "label=j"))
    data = DataChoice(data=str(tmp_path / "in_domain_train.csv"), layout=layout)
    fit = FitOptions(validation="holdout")
    spec = VERBS["baseline.majority"].plan(MajorityRequest(data=data, fit=fit), store, ignore).spec
    made = commit_run(store, spec, data=data.data, layout=layout.to_text())

    assert run([*recipes([made], store)[0].arguments, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["key"] == made.key
