"""Every command in subprocesses, run once: what is stored, and what a second time costs."""

import csv
import hashlib
import json
import math

import pytest
from sklearn.metrics import confusion_matrix, f1_score, log_loss, matthews_corrcoef

from colacli.cli.main import run
from colacli.results import predictions_of
from factories.end_to_end import DISTIL, FINETUNE, SPLITS, STUDENT, TRAINED
from factories.tiny import tokenizer_at

EVERY_RUN = {
    "spec.json",
    "manifest.json",
    "metrics.json",
    "history.jsonl",
    "README.md",
    *(f"predictions-{split}.tsv" for split in SPLITS),
}


@pytest.fixture(scope="module")
def end_to_end(end_to_end, tmp_path_factory):
    """With a copy of its store, which the commands here may write into."""
    return end_to_end.copied(tmp_path_factory.mktemp("again"))


@pytest.fixture
def ask(end_to_end, monkeypatch, capsys):
    """More commands on its store, in this process; gives their documents."""
    monkeypatch.setenv("COLACLI_HOME", str(end_to_end.home))
    monkeypatch.chdir(end_to_end.home)

    def answer(command):
        assert run(end_to_end.words(command)) == 0
        return json.loads(capsys.readouterr().out)

    return answer


@pytest.mark.parametrize("verb", TRAINED)
def test_a_repeat_is_a_hit(end_to_end, verb):
    """The same command again gives the stored document, says so, and trains nothing."""
    assert end_to_end[f"{verb} again"] == {**end_to_end[verb], "cached": True}
    assert "epoch" not in end_to_end.outputs[f"{verb} again"].err


@pytest.mark.parametrize("verb", TRAINED)
def test_a_dry_run_of_what_is_stored_says_hit(end_to_end, verb):
    """It gives the stored run's key and its spec, and no metrics."""
    document = end_to_end[f"{verb} dry"]
    spec = json.loads((end_to_end.run_folder(verb) / "spec.json").read_bytes())

    assert (document["cached"], document["key"], document["spec"]) == (True, end_to_end[verb]["key"], spec)
    assert document["parameters"] == end_to_end[verb]["parameters"]
    assert "metrics" not in document


def test_a_dry_run_of_something_new_says_miss(end_to_end, ask):
    """It gives key, place, parameters and spec of a run that is not there, and makes none."""
    before = sorted((end_to_end.home / "runs").iterdir())

    document = ask(f"{STUDENT} --seed 77 --dry-run")

    assert (document["cached"], document["best_epoch"], document["spec"]["training"]["seed"]) == (False, None, 77)
    assert document["path"] == str(end_to_end.home / "runs" / document["key"])
    assert document["parameters"] == end_to_end["train-student"]["parameters"]
    assert sorted((end_to_end.home / "runs").iterdir()) == before


@pytest.mark.parametrize(("verb", "command"), [("finetune", FINETUNE), ("train-student", STUDENT), ("distil", DISTIL)])
def test_force_finds_every_file_the_same(end_to_end, ask, verb, command):
    """Another process computes the same bytes, file by file; only the manifest is not compared."""
    files = {path.name for path in end_to_end.run_folder(verb).iterdir()} - {"manifest.json"}

    document = ask(f"{command} --force")

    assert (document["cached"], document["key"]) == (False, end_to_end[verb]["key"])
    assert document["agreement"] == dict.fromkeys(files, "same")


@pytest.mark.parametrize(
    ("verb", "own"),
    [
        ("finetune", {"adapter_config.json", "adapter_model.safetensors"}),
        ("train-student", {"student.json", "model.safetensors", "tokenizer.json"}),
        ("distil", {"student.json", "model.safetensors", "tokenizer.json"}),
    ],
)
def test_a_run_s_folder(end_to_end, verb, own):
    """It holds the files that every run has and its kind's own, and no other."""
    assert {path.name for path in end_to_end.run_folder(verb).iterdir()} == EVERY_RUN | own


@pytest.mark.parametrize("verb", TRAINED)
def test_a_key_is_its_spec_s_hash(end_to_end, verb):
    """The folder is called by the SHA-256 of spec.json's bytes."""
    folder = end_to_end.run_folder(verb)

    assert hashlib.sha256((folder / "spec.json").read_bytes()).hexdigest() == folder.name


def test_what_is_stored_is_sound(end_to_end):
    """Every artifact's bytes are what its manifest says, and no work is left over."""
    verified = end_to_end["verify"]

    assert verified["faults"] == []
    assert verified["checked"] >= 5
    assert list((end_to_end.home / "work").iterdir()) == []


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("verb", TRAINED)
def test_predictions_recompute_to_the_metrics(end_to_end, verb, split):
    """scikit-learn, given the stored logits, finds the stored numbers, and the document has the same."""
    folder = end_to_end.run_folder(verb)
    stored = json.loads((folder / "metrics.json").read_bytes())[split]
    with (folder / f"predictions-{split}.tsv").open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    truth = [int(row["label"]) for row in rows]
    margins = [float(row["logit_1"]) - float(row["logit_0"]) for row in rows]
    answers = [int(margin > 0) for margin in margins]
    (tn, fp), (fn, tp) = confusion_matrix(truth, answers, labels=[0, 1]).tolist()

    assert [int(row["index"]) for row in rows] == list(range(len(rows)))
    counts = {"true_positive": tp, "false_positive": fp, "false_negative": fn, "true_negative": tn}
    assert stored["confusion"] == counts
    assert (stored["n"], stored["accuracy"]) == (len(rows), (tp + tn) / len(rows))
    assert stored["majority_accuracy"] == max(sum(truth), len(truth) - sum(truth)) / len(truth)
    assert stored["mcc"] == pytest.approx(matthews_corrcoef(truth, answers))
    assert stored["f1"] == pytest.approx(f1_score(truth, answers))
    assert stored["loss"] == pytest.approx(log_loss(truth, [1 / (1 + math.exp(-one)) for one in margins]))
    assert end_to_end[verb]["metrics"][split] == stored


@pytest.mark.parametrize("verb", TRAINED)
def test_the_history_has_a_line_an_epoch(end_to_end, verb):
    """Each has its number, and train's and dev's loss, accuracy and MCC, learning rate and tokens."""
    lines = [json.loads(line) for line in (end_to_end.run_folder(verb) / "history.jsonl").read_text().splitlines()]
    sides = {f"{side}_{what}" for side in ("train", "dev") for what in ("loss", "accuracy", "mcc")}

    assert [line["epoch"] for line in lines] == [1, 2]
    assert all(set(line) >= {"learning_rate", "tokens", *sides} for line in lines)


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_the_teacher_s_folder_is_an_adapter_of_peft_s(end_to_end, tiny_base, tiny_corpus):
    """PEFT loads it onto the base, and its logits are the stored predictions, to 1e-4."""
    import torch
    from peft import PeftModel
    from transformers import GPT2ForSequenceClassification

    from colacli.store.run import Run

    base = GPT2ForSequenceClassification.from_pretrained(tiny_base, num_labels=2, attn_implementation="eager")
    model = PeftModel.from_pretrained(base, end_to_end.run_folder("finetune")).eval()
    tokenizer = tokenizer_at(tiny_base)
    texts = [line.split("\t")[3] for line in (tiny_corpus / "in_domain_dev.tsv").read_text().splitlines()]
    with torch.no_grad():
        theirs = torch.cat([model(torch.tensor([tokenizer.encode(text).ids])).logits for text in texts])

    torch.testing.assert_close(
        theirs,
        torch.tensor(predictions_of(Run(end_to_end.run_folder("finetune")), "in_domain_dev").logits),
        atol=1e-4,
        rtol=0,
    )


def test_names_are_kept_in_the_store(end_to_end):
    """A name is a file with a key a line."""
    kept = {name: (end_to_end.home / "refs" / name).read_text().split() for name in TRAINED.values()}

    assert kept == {name: [end_to_end[verb]["key"]] for verb, name in TRAINED.items()}


def test_seeds_give_runs_under_one_name(ask):
    """Two seeds are two runs with a key each, and the name stands for both."""
    document = ask(f"{STUDENT} --seed 5 --seeds 2 --name pair")
    keys = [one["key"] for one in document["runs"]]

    shown = ask("runs show pair")["runs"]
    assert (document["name"], len(set(keys))) == ("pair", 2)
    assert [(one["key"], one["spec"]["training"]["seed"]) for one in shown] == list(zip(keys, (5, 6), strict=True))
    assert [arm["key"] for arm in ask("compare pair")["arms"]] == keys
