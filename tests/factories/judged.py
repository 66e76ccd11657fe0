"""A corpus of a few sentences and a run that has judged them, for tests of evaluation."""

from colacli.data.readers import read_corpus
from colacli.workflows.evaluate import EvaluateOptions
from factories.runs import answering, commit_run, make_spec

# source, label, what the run answers
ROWS = [
    ("island", 0, 1),
    ("order", 0, 0),
    ("island", 1, 1),
    ("binding", 1, 1),
    ("order", 1, 1),
    ("island", 0, 1),
    ("agreement", 0, 1),
    ("binding", 0, 1),
    ("agreement", 1, 1),
    ("order", 1, 0),
    ("agreement", 0, 0),
]
LABELS = [label for _, label, _ in ROWS]
ANSWERS = [answer for _, _, answer in ROWS]
OWN = EvaluateOptions()


def write(folder, rows=ROWS, file="in_domain_dev.tsv"):
    """A corpus of one split, a sentence a row."""
    folder.mkdir(exist_ok=True)
    lines = [f"{source}\t{label}\t\tSentence {number}.\n" for number, (source, label, _) in enumerate(rows)]
    (folder / file).write_text("".join(lines))
    return folder


def judged(store, folder, data=None):
    """A run on a corpus that is there now, and says it was called `data`."""
    digests = {name: split.digest for name, split in read_corpus(folder).splits.items()}
    spec = make_spec(data={"train": "1" * 64, **digests})
    return commit_run(store, spec, name="run", data=data or str(folder), predictions=answering(ANSWERS, LABELS))


def sources(result):
    """Names of the sources, in their order."""
    return [part.name for part in result.breakdown.by_source]
