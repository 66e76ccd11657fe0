"""The whole road in subprocesses, walked once: what every verb prints, what is kept, and what a second time costs."""

import csv
import hashlib
import json
import math
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
from sklearn.metrics import brier_score_loss, confusion_matrix, f1_score, log_loss, matthews_corrcoef

from colacli.cli.main import run

_HOW = "--epochs 2 --batch-size 16 --precision fp32 --device cpu"
FINETUNE = f"finetune --base {{base}} --data {{corpus}} {_HOW} --rank 2"
STUDENT = f"train-student --base {{base}} --data {{corpus}} {_HOW} --hidden 8"
DISTIL = f"distil --teacher teacher --data {{corpus}} {_HOW} --hidden 8"

# Commands by what they are called here; those of one stage don't need each other.
STAGES = (
    {"finetune": f"{FINETUNE} --name teacher", "train-student": f"{STUDENT} --name alone"},
    {"distil": f"{DISTIL} --name taught"},
    {
        "latest": "eval latest",
        "teacher's": "eval taught^teacher",
        "path": "eval {home}/runs/{key}",
        "digits": "eval run:{digits}",
        "finetune again": FINETUNE,
        "train-student again": STUDENT,
        "distil again": DISTIL,
        "finetune dry": f"{FINETUNE} --dry-run",
        "train-student dry": f"{STUDENT} --dry-run",
        "distil dry": f"{DISTIL} --dry-run",
        "compare": "compare taught alone teacher",
        "eval": "eval taught --data {elsewhere} --device cpu",
        "submission": "eval taught --data {unlabelled} --submission glue -o {answers} --device cpu",
        "generate": "generate --base {base} --prompt 'The baker' --max-new-tokens 6 --num-samples 2 --device cpu",
        "judge": "judge taught 'The baker paints a lamp.' 'Paints a lamp the baker.' --device cpu",
    },
    {"verify": "runs verify --deep"},
)
TRAINED = {"finetune": "teacher", "train-student": "alone", "distil": "taught"}
METRICS = {"n", "accuracy", "mcc", "f1", "loss", "majority_accuracy", "confusion"}
SPLITS = ("in_domain_dev", "out_of_domain_dev")
EVERY_RUN = {
    "spec.json",
    "manifest.json",
    "metrics.json",
    "history.jsonl",
    "README.md",
    *(f"predictions-{split}.tsv" for split in SPLITS),
}


class Answer(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


class Road:
    """A store, and what each command of the road answered."""

    def __init__(self, folder, base, corpus):
        self.home = folder / "home"
        self.places = {"home": self.home, "base": base, "corpus": corpus, "elsewhere": folder / "elsewhere.tsv"}
        self.places["elsewhere"].write_text("x\t1\t\tThe sailor finds a lamp.\nx\t0\t*\tFinds a lamp the sailor.\n")
        self.places |= {"unlabelled": folder / "test.tsv", "answers": folder / "answers.tsv"}
        self.places["unlabelled"].write_text(
            "index\tsentence\n7\tThe sailor finds a lamp.\n8\tFinds a lamp the sailor.\n"
        )
        self.answers = {}
        self._folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COLACLI_")}
        hidden = {"COLACLI_HOME": str(self.home), "HF_HOME": str(folder / "hub")}
        self._environment = {**kept, **hidden, "OMP_WAIT_POLICY": "passive"}

    def walk(self):
        """Every stage, two commands at a time."""
        with ThreadPoolExecutor(2) as pool:
            for stage in STAGES:
                self.answers |= zip(stage, pool.map(self._answer, stage.values()), strict=True)
                if "distil" in stage:
                    key = self["distil"]["key"]
                    self.places |= {"key": key, "digits": key[:12]}

    def words(self, command):
        """A command as arguments, its places filled in, asking for JSON."""
        return [*(word.format(**self.places) for word in shlex.split(command)), "--json"]

    def _answer(self, command):
        done = subprocess.run(
            [sys.executable, "-m", "colacli", *self.words(command)],
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def __getitem__(self, name):
        """A command's document."""
        return json.loads(self.answers[name].out)

    def run_folder(self, verb):
        """Where the run of a training verb stands."""
        return self.home / "runs" / self[verb]["key"]


@pytest.fixture(scope="module")
def road(tiny_base, tiny_corpus, tmp_path_factory):
    """The road, walked."""
    one = Road(tmp_path_factory.mktemp("road"), tiny_base, tiny_corpus)
    one.walk()
    return one


def brier(road, verb):
    """scikit-learn's, of the stored logits."""
    with (road.run_folder(verb) / "predictions-in_domain_dev.tsv").open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    margins = [float(row["logit_1"]) - float(row["logit_0"]) for row in rows]
    return brier_score_loss([int(row["label"]) for row in rows], [1 / (1 + math.exp(-one)) for one in margins])


@pytest.fixture
def ask(road, monkeypatch, capsys):
    """More commands on the road's store, in this process; gives their documents."""
    monkeypatch.setenv("COLACLI_HOME", str(road.home))
    monkeypatch.chdir(road.home)

    def answer(command):
        assert run(road.words(command)) == 0
        return json.loads(capsys.readouterr().out)

    return answer


@pytest.mark.parametrize("name", [name for stage in STAGES for name in stage])
def test_standard_output_is_one_document(road, name):
    """Every command ends well and prints one line of JSON with its schema, and nothing else."""
    status, out, err = road.answers[name]
    words = shlex.split(next(stage[name] for stage in STAGES if name in stage))
    command = ".".join(words[:2]) if words[0] == "runs" else words[0]

    assert (status, "Traceback" in err) == (0, False), err
    assert out.endswith("}\n")
    assert out.count("\n") == 1
    assert json.loads(out)["schema"] == f"colacli.{command}/1"


@pytest.mark.parametrize("verb", TRAINED)
def test_progress_goes_to_standard_error(road, verb):
    """Each epoch has its line there, and the parameters are counted."""
    lines = road.answers[verb].err.splitlines()

    assert [line.split()[:2] for line in lines if line.startswith("epoch")] == [["epoch", "1"], ["epoch", "2"]]
    assert any("parameters are trained" in line for line in lines)


@pytest.mark.parametrize(("verb", "name"), TRAINED.items())
def test_a_training_s_document(road, verb, name):
    """It has key, name, path, the epoch that was kept, the parameters and the metrics of every dev split."""
    document = road[verb]
    parameters = document["parameters"]
    reduction = 100 * (1 - parameters["trainable"] / parameters["total"])

    assert (document["name"], document["cached"]) == (name, False)
    assert document["path"] == str(road.run_folder(verb))
    assert document["best_epoch"] in (1, 2)
    assert parameters["reduction_percent"] == pytest.approx(reduction, abs=0.01)
    assert set(document["metrics"]) == set(SPLITS)
    assert all(set(metrics) >= METRICS for metrics in document["metrics"].values())


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

    from colacli.models.tokenizer import load_tokenizer
    from colacli.store.run import Run

    base = GPT2ForSequenceClassification.from_pretrained(tiny_base, num_labels=2, attn_implementation="eager")
    model = PeftModel.from_pretrained(base, road.run_folder("finetune")).eval()
    tokenizer = load_tokenizer(tiny_base)
    texts = [line.split("\t")[3] for line in (tiny_corpus / "in_domain_dev.tsv").read_text().splitlines()]
    with torch.no_grad():
        theirs = torch.cat([model(torch.tensor([tokenizer.encode(text).ids])).logits for text in texts])

    torch.testing.assert_close(
        theirs, torch.tensor(Run(road.run_folder("finetune")).predictions("in_domain_dev").logits), atol=1e-4, rtol=0
    )


def test_eval_on_another_corpus(road):
    """It measures the run there, and says on which split of what."""
    document = road["eval"]

    assert (document["key"], document["split"], document["cached"]) == (road["distil"]["key"], "train", False)
    assert document["metrics"]["n"] == 2
    assert set(document["metrics"]) >= METRICS


def test_a_test_file_is_answered(road):
    """With the labels that the same sentences get from judge, under the file's own ids."""
    found = road["submission"]["submission"]
    lines = road.places["answers"].read_text().splitlines()

    assert (found["n"], found["form"], found["file"]) == (2, "glue", str(road.places["answers"]))
    assert lines[0] == "index\tprediction"
    assert [line.split("\t")[0] for line in lines[1:]] == ["7", "8"]
    assert sum(int(line.split("\t")[1]) for line in lines[1:]) == found["acceptable"]


def test_eval_knows_what_a_run_learnt_from(road):
    """Sentences of train are told apart from new ones, in train itself as in a corpus that was never trained on."""
    assert [part["overlap"] for part in road["latest"]["by_overlap"]] == ["new"]
    assert sum(part["n"] for part in road["eval"]["by_overlap"]) == 2
    assert road["latest"]["calibration"]["brier"] == pytest.approx(brier(road, "distil"))


def test_eval_is_broken_down_by_source(road):
    """What is stored and what was just measured alike: the worst source first, all their sentences the split's."""
    stored, new = road["latest"], road["eval"]
    accuracies = [part["accuracy"] for part in stored["by_source"]]

    assert {part["source"] for part in stored["by_source"]} == {"src10", "src11", "src12"}
    assert accuracies == sorted(accuracies)
    assert sum(part["n"] for part in stored["by_source"]) == stored["metrics"]["n"]
    assert all(low <= part["accuracy"] <= high for part in stored["by_source"] for low, high in [part["interval"]])
    assert [(part["source"], part["n"]) for part in new["by_source"]] == [("x", 2)]


@pytest.mark.parametrize("name", ["latest", "path", "digits"])
def test_a_run_may_be_called_in_many_ways(road, name):
    """Latest, the path of its folder and its key's first digits all find the run and its stored numbers."""
    document = road[name]

    assert (document["key"], document["split"]) == (road["distil"]["key"], "in_domain_dev")
    assert document["metrics"] == road["distil"]["metrics"]["in_domain_dev"]


def test_a_student_s_teacher_may_be_called(road):
    """NAME^teacher is the run that taught it, which its manifest names too."""
    manifest = json.loads((road.run_folder("distil") / "manifest.json").read_bytes())

    assert road["teacher's"]["key"] == road["finetune"]["key"]
    assert manifest["parents"] == {"teacher": road["finetune"]["key"]}


def test_names_are_kept_in_the_store(road):
    """A name is a file with a key a line."""
    kept = {name: (road.home / "refs" / name).read_text().split() for name in TRAINED.values()}

    assert kept == {name: [road[verb]["key"]] for verb, name in TRAINED.items()}


def test_compare_has_every_arm_and_pair(road):
    """Three runs are three arms and three pairs, each pair with its counts, test, interval and verdict."""
    document = road["compare"]
    pair = {"a", "b", "only_a_right", "only_b_right", "accuracy_difference", "mcc_difference", "verdict"}

    assert [arm["key"] for arm in document["arms"]] == [road[verb]["key"] for verb in ("distil", *list(TRAINED)[1::-1])]
    assert [(one["a"], one["b"]) for one in document["pairs"]] == [
        ("taught", "alone"),
        ("taught", "teacher"),
        ("alone", "teacher"),
    ]
    assert all(set(one) >= pair | {"interval"} for one in document["pairs"])
    assert all(set(one["mcnemar"]) == {"exact_p", "mid_p"} for one in document["pairs"])


def test_generate_gives_the_prompt_and_its_samples(road):
    """Each sample has its text and how many tokens were added."""
    document = road["generate"]

    assert document["prompt"] == "The baker"
    assert [set(sample) for sample in document["samples"]] == [{"text", "tokens"}] * 2
    assert all(1 <= sample["tokens"] <= 6 for sample in document["samples"])


def test_judge_gives_each_sentence_its_judgement(road):
    """In the order of the sentences, a label and the probability that leads to it."""
    judgements = road["judge"]["judgements"]

    assert [one["sentence"] for one in judgements] == ["The baker paints a lamp.", "Paints a lamp the baker."]
    assert all(one["label"] == int(one["probability"] > 0.5) for one in judgements)


def test_seeds_give_runs_under_one_name(ask):
    """Two seeds are two runs with a key each, and the name stands for both."""
    document = ask(f"{STUDENT} --seed 5 --seeds 2 --name pair")
    keys = [one["key"] for one in document["runs"]]

    shown = ask("runs show pair")["runs"]
    assert (document["name"], len(set(keys))) == ("pair", 2)
    assert [(one["key"], one["spec"]["training"]["seed"]) for one in shown] == list(zip(keys, (5, 6), strict=True))
    assert [arm["key"] for arm in ask("compare pair")["arms"]] == keys
