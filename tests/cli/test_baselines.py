"""Baselines are runs: each command that takes a run takes them."""

import json
import math
import shutil

import pytest

from colacli.cli.main import run
from colacli.store.store import Store
from factories.output import training

BASELINES = ("majority", "ngrams", "lm")


@pytest.fixture(scope="module")
def home(tiny_base, tiny_corpus, tmp_path_factory):
    """A store with each baseline under its name, and a student."""
    home = tmp_path_factory.mktemp("baselines") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLACLI_HOME", str(home))
        for name in BASELINES:
            assert run([*fit(name, tiny_corpus, tiny_base), "--name", name, "--json"]) == 0
        assert run([*training(tiny_base, tiny_corpus), "--name", "student", "--json"]) == 0
    return home


def fit(name, corpus, base, *options):
    """The command that makes a baseline."""
    model = ["--base", str(base), "--device", "cpu"] if name == "lm" else []
    return ["baseline", name, "--data", str(corpus), *model, *options]


@pytest.fixture
def ask(home, tmp_path, monkeypatch, capsys):
    """A command's document, on that store."""
    monkeypatch.setenv("COLACLI_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()

    def answer(*words, status=0):
        assert run([*map(str, words), "--json"]) == status
        return json.loads(capsys.readouterr().out)

    return answer


every_baseline = pytest.mark.parametrize("name", BASELINES)


@every_baseline
def test_it_has_the_fields_of_a_training(ask, tiny_corpus, tiny_base, name):
    """Those that every training verb gives; a second time it is a hit."""
    document = ask(*fit(name, tiny_corpus, tiny_base))
    student = ask(*training(tiny_base, tiny_corpus))

    assert document["schema"] == f"colacli.baseline.{name}/1"
    assert document.keys() == student.keys()
    assert document["metrics"].keys() == student["metrics"].keys()
    assert (document["cached"], document["name"], document["best_epoch"]) == (True, name, 1)


@every_baseline
def test_computed_again_it_has_the_same_bytes(ask, tiny_corpus, tiny_base, name):
    """File by file."""
    agreement = ask(*fit(name, tiny_corpus, tiny_base, "--force"))["agreement"]

    assert {"metrics.json", "history.jsonl", "predictions-in_domain_dev.tsv", "README.md"} <= agreement.keys()
    assert set(agreement.values()) == {"same"}


@every_baseline
def test_a_dry_run_knows_key_and_parameters(ask, tiny_corpus, tiny_base, name):
    """Of what is stored, and of what is not."""
    stored = ask(*fit(name, tiny_corpus, tiny_base))
    dry = ask(*fit(name, tiny_corpus, tiny_base, "--dry-run"))
    new = ask(*fit(name, tiny_corpus, tiny_base, "--validation", "holdout", "--dry-run"))

    assert (dry["key"], dry["parameters"], dry["cached"]) == (stored["key"], stored["parameters"], True)
    assert new["cached"] is False
    assert new["key"] != stored["key"]
    assert new["parameters"]["total"] >= 1


@every_baseline
def test_with_a_holdout_it_is_measured_on_it(ask, tiny_corpus, tiny_base, name):
    """It is fitted without that tenth, and its run is sound."""
    document = ask(*fit(name, tiny_corpus, tiny_base, "--validation", "holdout"))

    assert list(document["metrics"]) == ["holdout", "in_domain_dev", "out_of_domain_dev"]
    assert document["metrics"]["holdout"]["n"] == 6
    assert ask("runs", "verify", document["key"], "--deep")["faults"] == []


@every_baseline
def test_what_is_shown_of_it_is_whole(ask, name):
    """Its spec, one line of history, and no fault in it."""
    (document,) = ask("runs", "show", name)["runs"]
    (epoch,) = document["history"]

    assert (document["command"], document["spec"]["command"]) == (f"baseline.{name}", f"baseline.{name}")
    assert "lora" not in document["spec"]
    assert "student" not in document["spec"]
    assert epoch["dev_accuracy"] == document["metrics"]["in_domain_dev"]["accuracy"]
    assert ask("runs", "verify", name, "--deep")["faults"] == []


@every_baseline
def test_eval_and_judge_agree(ask, tiny_corpus, tmp_path, name):
    """Judged one by one, the sentences have the answers that were stored; another corpus is measured too."""
    lines = (tiny_corpus / "in_domain_dev.tsv").read_text().splitlines()
    judged = ask("judge", name, *[line.split("\t")[3] for line in lines])["judgements"]
    labels = [int(line.split("\t")[1]) for line in lines]
    own = ask("eval", name)
    right = sum(answer["label"] == label for answer, label in zip(judged, labels, strict=True))
    (tmp_path / "other.tsv").write_text("\n".join(lines[:5]) + "\n")
    elsewhere = ask("eval", name, "--data", tmp_path / "other.tsv")

    assert own["metrics"]["accuracy"] == right / len(labels)
    loss = -math.fsum(
        math.log(answer["probability"] if label else 1 - answer["probability"])
        for answer, label in zip(judged, labels, strict=True)
    )
    assert own["metrics"]["loss"] == pytest.approx(loss / len(labels), rel=1e-5)
    right = sum(answer["label"] == label for answer, label in zip(judged[:5], labels, strict=False))
    assert elsewhere["metrics"]["accuracy"] == right / 5


@every_baseline
def test_it_is_compared(ask, tmp_path, name):
    """With a student, and in a figure, where it is a line across all epochs."""
    pytest.importorskip("matplotlib")
    document = ask("compare", "student", name, "--save", tmp_path / "figure.svg")

    assert [arm["label"] for arm in document["arms"]] == ["student", name]
    assert name in (tmp_path / "figure.svg").read_text()


def test_baselines_alone_have_no_curves(home, monkeypatch, capsys):
    """Compared for a person, and shown."""
    monkeypatch.setenv("COLACLI_HOME", str(home))

    for words in (["compare", *BASELINES], ["runs", "show", "ngrams"]):
        assert run(words) == 0
        out = capsys.readouterr().out
        assert "ngrams" in out
        assert "curves" not in out
        assert "selected epoch" not in out


@every_baseline
def test_it_travels(ask, tmp_path, monkeypatch, name):
    """Exported and imported it judges as before."""
    before = ask("judge", name, "The baker paints a lamp.")["judgements"]
    ask("runs", "export", name, "-o", tmp_path / "run.tar")
    monkeypatch.setenv("COLACLI_HOME", str(tmp_path / "other"))
    (arrived,) = ask("runs", "import", tmp_path / "run.tar")["runs"]

    assert ask("judge", arrived["key"], "The baker paints a lamp.")["judgements"] == before


@every_baseline
def test_it_is_no_teacher_no_writer_and_no_network(ask, tiny_corpus, name):
    """The errors say what it is."""
    taught = ask("distil", "--teacher", name, "--data", tiny_corpus, status=2)
    written = ask("generate", "--run", name, "--prompt", "The", status=2)

    exported = [ask("export", name, "--to", kind, "-o", "out", status=2) for kind in ("peft", "transformers", "onnx")]

    assert all("is a baseline" in error["message"] for error in exported)
    assert "is a baseline" in taught["message"]
    assert "is a baseline" in written["message"]


def test_what_was_killed_is_resumed(ask, home, tiny_corpus, tiny_base, tmp_path, monkeypatch):
    """`runs resume` finishes it from the request that it left."""
    from colacli.training import measure

    def lose_power(*_arguments):
        raise SystemExit

    monkeypatch.setenv("COLACLI_HOME", str(tmp_path / "home"))
    with monkeypatch.context() as patch:
        patch.setattr(measure, "write_baseline", lose_power)
        patch.setattr("colacli.store.attempt.remove_folder", lambda _folder: None)
        with pytest.raises(SystemExit):
            run(fit("ngrams", tiny_corpus, tiny_base, "--words", "2", "--name", "mine"))
    (attempt,) = Store(tmp_path / "home").attempts()
    (document,) = ask("runs", "resume")["runs"]

    assert (document["key"], document["name"]) == (attempt.key, "mine")


def test_one_label_is_for_the_majority_alone(ask, tiny_base, tmp_path):
    """Nothing can be learnt of it but the constant."""
    rows = "".join(f"s\t1\t\tThe baker paints lamp {number}.\n" for number in range(12))
    for file in ("in_domain_train.tsv", "in_domain_dev.tsv"):
        (tmp_path / file).write_text(rows)

    assert ask("baseline", "majority", "--data", tmp_path)["metrics"]["in_domain_dev"]["accuracy"] == 1.0
    for name in ("ngrams", "lm"):
        assert "has the label 1" in ask(*fit(name, tmp_path, tiny_base), status=1)["message"]


def test_a_base_that_has_moved_is_named(ask, tiny_base, tiny_corpus, tmp_path, monkeypatch):
    """The language model is no part of its run: it is found where it was, or where --base says."""
    monkeypatch.setenv("COLACLI_HOME", str(tmp_path / "home"))
    folder = shutil.copytree(tiny_base, tmp_path / "base")
    key = ask(*fit("lm", tiny_corpus, folder))["key"]
    before = ask("judge", key, "A lamp.")["judgements"]
    folder.rename(tmp_path / "moved")

    assert "which is gone" in ask("judge", key, "A lamp.", status=1)["message"]
    assert ask("judge", key, "A lamp.", "--base", tmp_path / "moved")["judgements"] == before


def test_a_base_without_a_start_token_is_refused(ask, tiny_base, tiny_corpus, tmp_path):
    """No setting names one, and the tokenizer has no end of text."""
    folder = shutil.copytree(tiny_base, tmp_path / "base")
    (folder / "generation_config.json").unlink(missing_ok=True)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"bos_token_id": 10**6}))

    assert "no document-start token" in ask(*fit("lm", tiny_corpus, folder), status=1)["message"]
