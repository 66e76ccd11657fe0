"""Exports of runs on the tiny base, and what other programs make of them, without colacli."""

import json
import shutil
import subprocess
import sys

from colacli.exports.kinds import ExportOptions
from colacli.results import metrics_of, predictions_of
from colacli.training.requests import DataChoice
from colacli.workflows.export import export


def exported(trainings, run, kind, path, force=False, **options):
    """A run as this kind."""
    return export(str(run.path), kind, path, ExportOptions(**options), trainings.store, force=force)


def dev(trainings, run):
    """Texts and logits of all sentences that a run was measured on."""
    texts, logits = [], []
    for split in metrics_of(run):
        texts += trainings.corpus.split(split).texts
        logits += predictions_of(run, split).logits
    return texts, logits


def without_corpus(trainings, corpus, folder, make):
    """A run whose corpus is gone: of a copy that is removed."""
    copy = shutil.copytree(corpus, folder)
    trainings.data = DataChoice(data=str(copy))
    run = make()
    shutil.rmtree(copy)
    return run


def elsewhere(script, *values):
    """What a Python process prints as JSON, that has no colacli and fails where it would import it."""
    block = "import sys; sys.modules['colacli'] = None\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", block + script, *map(json.dumps, values)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
