"""A corpus whose sentences have constructions, and runs that have judged them."""

from colacli.data.readers import read_corpus
from colacli.metrics import Predictions
from colacli.store.refs import set_name
from factories.runs import DEV, commit_run, make_spec

# source, label, constructions
ROWS = [
    ("x", 0, "Neg"),
    ("x", 0, "Neg Wh"),
    ("y", 1, "Wh"),
    ("y", 1, ""),
    ("x", 1, "Neg Wh"),
    ("y", 0, "Wh"),
    ("z", 1, "Neg"),
    ("z", 1, "Rare"),
]
LABELS = [label for _, label, _ in ROWS]


def text(row):
    """The sentence of a row: with a comma and quotation marks, and of different lengths."""
    return f'Sentence {row}, "said"' + " so" * (2 * row) + "."


def write(folder, rows=ROWS):
    """The corpus as CSV: a few sentences to train on, one of which is measured too, and the annotated ones."""
    folder.mkdir(exist_ok=True)
    lines = ["source,label,sentence,Neg,Wh,Rare"]
    for number, (source, label, constructions) in enumerate(rows):
        marks = [str(int(name in constructions.split())) for name in ("Neg", "Wh", "Rare")]
        quoted = text(number).replace('"', '""')
        lines.append(f'{source},{label},"{quoted}",{",".join(marks)}')
    (folder / "dev.csv").write_text("\n".join(lines) + "\n")
    (folder / "train.csv").write_text("\n".join([lines[0], lines[1], "x,1,Another.,0,0,0"]) + "\n")
    return folder


def judged(store, folder, margins, seed=0, **about):
    """A run whose logits for the sentences lie so far apart: above 0 it calls them acceptable."""
    digests = {name: split.digest for name, split in read_corpus(folder).splits.items()}
    logits = [[-margin / 2, margin / 2] for margin in margins]
    name = about.pop("name", f"run-{seed}")
    data = about.pop("data", str(folder))
    spec = make_spec(seed, data=digests, **about)
    return commit_run(store, spec, name=name, data=data, predictions=Predictions(list(LABELS), logits))


def several(store, folder, name, margins, **about):
    """Runs of several seeds under one name."""
    runs = [judged(store, folder, one, seed, name=f"{name}-{seed}", **about) for seed, one in enumerate(margins)]
    set_name(store, name, [run.key for run in runs])
    return runs


__all__ = ["DEV", "LABELS", "ROWS", "judged", "several", "text", "write"]
