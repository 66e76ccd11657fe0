"""The whole road in subprocesses, walked once: what is kept, and what a second time costs."""

import csv
import hashlib
import json
import math

import pytest
from sklearn.metrics import confusion_matrix, f1_score, log_loss, matthews_corrcoef

from colacli.cli.main import run
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
def road(road, tmp_path_factory):
    """The road with a copy of its store, which the commands here may write into."""
    return road.copied(tmp_path_factory.mktemp("again"))


@pytest.fixture
def ask(road, monkeypatch, capsys):
    """More commands on the road's store, in this process; gives their documents."""
    monkeypatch.setenv("COLACLI_HOME", str(road.home))
    monkeypatch.chdir(road.home)

    def answer(command):
        assert run(road.words(command)) == 0
        return json.loads(capsys.readouterr().out)

    return answer


@pytest.mark.parametrize("verb", TRAINED)
def test_a_repeat_is_a_hit(road, verb):
    """The same command again gives the stored document, says so, and trains nothing."""
    assert road[f"{verb} again"] == {**road[verb], "cached": True}
    assert "epoch" not in road.answers[f"{verb} again"].err


@pytest.mark.parametrize("verb", TRAINED)
def test_a_dry_run_of_what_is_stored_says_hit(road, verb):
    """It gives the stored run's key and its spec, and no metrics."""
    document = road[f"{verb} dry"]
    spec = json.loads((road.run_folder(verb) / "spec.json").read_bytes())

    assert (document["cached"], document["key"], document["spec"]) == (True, road[verb]["key"], spec)
    assert document["parameters"] == road[verb]["parameters"]
    assert "metrics" not in document


def test_a_dry_run_of_something_new_says_miss(road, ask):
    """It gives key, place, parameters and spec of a run that is not there, and makes none."""
    before = sorted((road.home / "runs").iterdir())

    document = ask(f"{STUDENT} --seed 77 --dry-run")

    assert (document["cached"], document["best_epoch"], document["spec"]["training"]["seed"]) == (False, None, 77)
    assert document["path"] == str(road.home / "runs" / document["key"])
    assert document["parameters"] == road["train-student"]["parameters"]
    assert sorted((road.home / "runs").iterdir()) == before


@pytest.mark.parametrize(("verb", "command"), [("finetune", FINETUNE), ("train-student", STUDENT), ("distil", DISTIL)])
def test_force_finds_every_file_the_same(road, ask, verb, command):
    """Another process computes the same bytes, file by file; only the manifest is not compared."""
    files = {path.name for path in road.run_folder(verb).iterdir()} - {"manifest.json"}

    document = ask(f"{command} --force")

    assert (document["cached"], document["key"]) == (False, road[verb]["key"])
    assert document["agreement"] == dict.fromkeys(files, "same")


@pytest.mark.parametrize(
    ("verb", "own"),
    [
        ("finetune", {"adapter_config.json", "adapter_model.safetensors"}),
        ("train-student", {"student.json", "model.safetensors", "tokenizer.json"}),
        ("distil", {"student.json", "model.safetensors", "tokenizer.json"}),
    ],
)
def test_a_run_s_folder(road, verb, own):
    """It holds the files that every run has and its kind's own, and no other."""
    assert {path.name for path in road.run_folder(verb).iterdir()} == EVERY_RUN | own


@pytest.mark.parametrize("verb", TRAINED)
def test_a_key_is_its_spec_s_hash(road, verb):
    """The folder is called by the SHA-256 of spec.json's bytes."""
    folder = road.run_folder(verb)

    assert hashlib.sha256((folder / "spec.json").read_bytes()).hexdigest() == folder.name


def test_what_is_stored_is_sound(road):
    """Every artifact's bytes are what its manifest says, and no work is left over."""
    verified = road["verify"]

    assert verified["faults"] == []
    assert verified["checked"] >= 5
    assert list((road.home / "work").iterdir()) == []


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("verb", TRAINED)
def test_predictions_recompute_to_the_metrics(road, verb, split):
    """scikit-learn, given the stored logits, finds the stored numbers, and the document has the same."""
    folder = road.run_folder(verb)
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
    assert road[verb]["metrics"][split] == stored


@pytest.mark.parametrize("verb", TRAINED)
def test_the_history_has_a_line_an_epoch(road, verb):
    """Each has its number, and train's and dev's loss, accuracy and MCC, learning rate and tokens."""
    lines = [json.loads(line) for line in (road.run_folder(verb) / "history.jsonl").read_text().splitlines()]
    sides = {f"{side}_{what}" for side in ("train", "dev") for what in ("loss", "accuracy", "mcc")}

    assert [line["epoch"] for line in lines] == [1, 2]
    assert all(set(line) >= {"learning_rate", "tokens", *sides} for line in lines)


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_the_teacher_s_folder_is_an_adapter_of_peft_s(road, tiny_base, tiny_corpus):
    """PEFT loads it onto the base, and its logits are the stored predictions, to 1e-4."""
    import torch
    from peft import PeftModel
    from transformers import GPT2ForSequenceClassification

    from colacli.store.run import Run

    base = GPT2ForSequenceClassification.from_pretrained(tiny_base, num_labels=2, attn_implementation="eager")
    model = PeftModel.from_pretrained(base, road.run_folder("finetune")).eval()
    tokenizer = tokenizer_at(tiny_base)
    texts = [line.split("\t")[3] for line in (tiny_corpus / "in_domain_dev.tsv").read_text().splitlines()]
    with torch.no_grad():
        theirs = torch.cat([model(torch.tensor([tokenizer.encode(text).ids])).logits for text in texts])

    torch.testing.assert_close(
        theirs, torch.tensor(Run(road.run_folder("finetune")).predictions("in_domain_dev").logits), atol=1e-4, rtol=0
    )


def test_names_are_kept_in_the_store(road):
    """A name is a file with a key a line."""
    kept = {name: (road.home / "refs" / name).read_text().split() for name in TRAINED.values()}

    assert kept == {name: [road[verb]["key"]] for verb, name in TRAINED.items()}


def test_seeds_give_runs_under_one_name(ask):
    """Two seeds are two runs with a key each, and the name stands for both."""
    document = ask(f"{STUDENT} --seed 5 --seeds 2 --name pair")
    keys = [one["key"] for one in document["runs"]]

    shown = ask("runs show pair")["runs"]
    assert (document["name"], len(set(keys))) == ("pair", 2)
    assert [(one["key"], one["spec"]["training"]["seed"]) for one in shown] == list(zip(keys, (5, 6), strict=True))
    assert [arm["key"] for arm in ask("compare pair")["arms"]] == keys
