"""Commands under torchrun: one run made by all ranks, one that speaks, and one end for all."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from colacli.cli.main import run
from factories.interruptions import interruptible
from factories.torchrun import command, environment, torchrun

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),  # every process of torchrun's takes torch
    pytest.mark.skipif(sys.platform != "linux", reason="finds the ranks' processes in /proc"),
]


def options(base, corpus, *more):
    """What every command here is given."""
    where = ["--base", base, "--data", corpus, "--device", "cpu", "--precision", "fp32"]
    return [str(word) for word in (*where, "--batch-size", "16", *more)]


def made(ended):
    """The one document that a command printed."""
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_every_verb(tiny_base, tiny_corpus, store_home, monkeypatch, capsys):
    """Each makes one run, says how many made it, and is a hit the next time; numbers are near those of one process."""
    same = options(tiny_base, tiny_corpus, "--epochs", "4")
    words = ["-m", "colacli", "finetune", *same, "--rank", "2", "--name", "teacher", "--json"]
    teacher = made(torchrun(2, *words, home=store_home))
    again = made(torchrun(2, *words, home=store_home))
    distil = ["-m", "colacli", "distil", "--teacher", "teacher", *same[2:], "--hidden", "8", "--hidden-weight", "0.1"]
    student = made(torchrun(3, *distil, "--seeds", "2", "--name", "kids", "--json", home=store_home))

    assert (teacher["cached"], again["cached"], again["key"]) == (False, True, teacher["key"])
    assert [one["cached"] for one in student["runs"]] == [False, False]
    for document, ranks in ((teacher, 2), (student["runs"][0], 3)):
        folder = Path(document["path"])
        assert json.loads((folder / "spec.json").read_text())["ranks"] == ranks
        assert json.loads((folder / "manifest.json").read_text())["environment"]["ranks"] == str(ranks)
    assert run(["runs", "verify", "--deep"]) == 0
    capsys.readouterr()
    assert run(["finetune", *same, "--rank", "2", "--json"]) == 0
    alone = json.loads(capsys.readouterr().out)
    assert alone["key"] != teacher["key"]
    ours, theirs = (one["metrics"]["in_domain_dev"]["loss"] for one in (teacher, alone))
    assert ours == pytest.approx(theirs, abs=0.02)


def test_without_dropout_it_is_one_process(tiny_base, tiny_corpus, store_home, capsys):
    """Then nothing is drawn, and predictions agree to 1e-4 after all epochs."""
    words = ["train-student", *options(tiny_base, tiny_corpus, "--epochs", "3", "--dropout", "0", "--hidden", "8")]
    ours = Path(made(torchrun(3, "-m", "colacli", *words, "--json", home=store_home))["path"])
    assert run([*words, "--accumulate", "3", "--json"]) == 0
    theirs = Path(json.loads(capsys.readouterr().out)["path"])

    for name in ("predictions-in_domain_dev.tsv", "predictions-out_of_domain_dev.tsv"):
        first, second = (
            [line.split("\t") for line in (one / name).read_text().splitlines()[1:]] for one in (ours, theirs)
        )
        assert [line[:2] for line in first] == [line[:2] for line in second]
        numbers = [[float(cell) for line in one for cell in line[2:]] for one in (first, second)]
        assert numbers[0] == pytest.approx(numbers[1], abs=1e-4)


@contextmanager
def training(ranks, home, argv):
    """The process of torchrun while the ranks train, and the ranks' by number."""
    with interruptible():
        process = subprocess.Popen(
            command(ranks, "-m", "colacli", *argv),
            env=environment(COLACLI_HOME=str(home), PYTHONUNBUFFERED="1"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    with process:
        for line in process.stderr:
            if re.match(r"epoch \d", line):
                break
        try:
            yield process, _ranks_of(process.pid)
        finally:
            process.kill()


def _ranks_of(parent):
    """Processes by rank, from the environments that torchrun has given them."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            if (folder / "stat").read_text().rpartition(") ")[2].split()[1] == str(parent):
                variables = dict(part.partition("=")[::2] for part in (folder / "environ").read_text().split("\0"))
                found[int(variables["RANK"])] = int(folder.name)
    return found


ENDLESS = ("--epochs", "100000", "--hidden", "4", "--batch-size", "2")


@pytest.mark.parametrize("killed", [0, 2])
def test_a_killed_rank_ends_all(tiny_base, tiny_corpus, store_home, killed, capsys):
    """One message says which; a checkpoint is left, which another number of ranks refuses with the reason."""
    argv = ["train-student", *options(tiny_base, tiny_corpus, *ENDLESS)]
    with training(3, store_home, argv) as (process, ranks):
        os.kill(ranks[killed], signal.SIGKILL)
        out, err = process.communicate(timeout=200)

    assert process.returncode == 1
    assert out == ""
    assert len(re.findall("^Error: ", err, re.MULTILINE)) == 1
    assert f"this training on 3 ranks ended, since rank {killed} ended without a word" in err
    assert "the same command on 3 ranks resumes it" in err
    (left,) = (store_home / "work").iterdir()
    assert (left / "checkpoints.json").exists()
    assert not (store_home / "runs").exists() or not list((store_home / "runs").iterdir())
    if killed:
        assert not (left / "lease.json").exists()

    key = left.name[:12]
    assert run(["runs", "resume", key, "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert f"run {key} was begun on 3 ranks, and this is 1" in document["message"]
    assert document["hint"] == f"`torchrun --nproc-per-node 3 -m colacli runs resume {key}` resumes it"


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_torchrun_is_stopped(tiny_base, tiny_corpus, store_home, stop):
    """The first rank alone says so, as one document, and a checkpoint is left."""
    argv = ["train-student", *options(tiny_base, tiny_corpus, *ENDLESS), "--json"]
    with training(2, store_home, argv) as (process, _):
        process.send_signal(stop)
        out, _ = process.communicate(timeout=200)

    document = json.loads(out)
    assert document["code"] == ("interrupted" if stop == signal.SIGINT else "training")
    assert len(list((store_home / "work").iterdir())) == 1


def test_resumed_it_has_the_bytes_of_one_never_stopped(tiny_base, tiny_corpus, store_home, tmp_path):
    """Killed between two epochs or within one, and resumed by `runs resume` on as many ranks."""
    argv = ["train-student", *options(tiny_base, tiny_corpus, "--epochs", "8", "--hidden", "4")]
    argv += ["--checkpoint-every", "0.0005", "--batch-size", "4"]
    with training(2, store_home, argv) as (process, ranks):
        os.kill(ranks[1], signal.SIGKILL)
        process.communicate(timeout=200)
    (left,) = (store_home / "work").iterdir()
    resumed = torchrun(2, "-m", "colacli", "runs", "resume", "--json", home=store_home)
    whole = Path(made(torchrun(2, "-m", "colacli", *argv, "--json", home=tmp_path / "elsewhere"))["path"])

    assert resumed.returncode == 0, resumed.stderr
    assert "resumed after epoch" in resumed.stderr
    assert whole.name == left.name.partition(".")[0]
    for name in ("history.jsonl", "metrics.json", "model.safetensors", "predictions-in_domain_dev.tsv"):
        assert (store_home / "runs" / whole.name / name).read_bytes() == (whole / name).read_bytes(), name


def test_errors_of_the_command_line(tiny_base, tiny_corpus, store_home):
    """They are told once, and torchrun ends; several jobs are refused."""
    for words in (["--epochs", "0"], ["--seeds", "2", "--jobs", "2"]):
        argv = ["train-student", *options(tiny_base, tiny_corpus), *words, "--json"]
        ended = torchrun(2, "-m", "colacli", *argv, home=store_home)
        assert ended.returncode == 1
        assert json.loads(ended.stdout)["code"] == "usage"


def test_an_error_of_another_rank_is_told(tiny_base, tiny_corpus, store_home, tmp_path):
    """The first rank says what went wrong on another, here that it has no such base model."""
    program = tmp_path / "elsewhere.py"
    program.write_text(
        "import os, sys\nfrom colacli.__main__ import main\n"
        "if os.environ['RANK'] == '1':\n    os.environ['COLACLI_HOME'] = '/dev/null'\nmain()\n"
    )
    argv = ["train-student", *options(tiny_base, tiny_corpus, *ENDLESS), "--json"]
    ended = torchrun(2, program, *argv, home=store_home)

    assert ended.returncode == 1
    assert "rank 1 ended: " in json.loads(ended.stdout)["message"]
