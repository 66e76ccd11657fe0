"""Minimal pairs, and runs whose scores of them are made up."""

from __future__ import annotations

import json
from random import Random

from colacli.data.pairs import read_pairs
from colacli.store.refs import set_name
from factories.runs import commit_run, make_spec
from factories.tiny import made_sentences


def write_pairs(folder):
    """Thirty pairs of the tiny corpus' sentences in two files: a whole one, and one with its words in reverse."""
    folder.mkdir()
    texts = [text for text, label in made_sentences() if label][:30]
    for number, name in enumerate(("first", "second")):
        rows = [
            {"sentence_good": text, "sentence_bad": " ".join(reversed(text.split())), "linguistics_term": "order"}
            for text in texts[number::2]
        ]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def made_up_arm(store, folder, name, seeds, right, command="train-student"):
    """Runs under a name that prefer the good sentence with this probability; None is a judge that always ties."""
    pair_set = read_pairs(folder)
    runs = [commit_run(store, make_spec(seed, command=command)) for seed in seeds]
    for seed, run in zip(seeds, runs, strict=True):
        draws = Random(f"{name} {seed}")
        scores = [(0.0, 0.0) if right is None else (float(draws.random() < right), 0.5) for _ in pair_set.pairs]
        put_scores(store, run, pair_set, scores)
    set_name(store, name, [run.key for run in runs])
    return name


def put_scores(store, run, pair_set, scores):
    """Store scores (pairs, 2) as those of a run."""
    spec = {"kind": "pairs", "revision": 3, "run": run.key, "content": run.content, "pairs": pair_set.digest}
    content = "".join(f"{good!r}\t{bad!r}\n" for good, bad in scores).encode()
    store.put_cached("pairs", spec | {"score": "logit difference"}, "scores.tsv", content, seconds=0, device="cpu")
