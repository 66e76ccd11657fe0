"""Made-up runs on a corpus of hostile text, for tests of reports."""

from colacli.config import Lora
from colacli.data.readers import read_corpus
from colacli.distillation import Distillation
from colacli.store.refs import set_name
from factories.runs import answering, commit_run, make_spec

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)> & \"quoted\" 'too'",
    "| a cell | of a table |",
    "*bold* _thin_ `code` [link](http://example.org) https://example.org @user #1 ~~gone~~ $x$",
    r"\input{/etc/passwd} \\ {curly} 50 % of ^2 ~ # & --- ,, ?`",
    "Ο σκύλος 犬 собака \u202e reversed \u0007 bell",
    "1. One",
    "- item",
]
_LABELS = [1, 0, 1, 1, 0, 1, 1, 0]


def write_hostile(folder):
    """A corpus whose sentences and sources would be markup somewhere."""
    folder.mkdir()
    rows = [f"<b>|{label}$\t{label}\t\t{text}\n" for label, text in zip(_LABELS, HOSTILE, strict=True)]
    (folder / "in_domain_dev.tsv").write_text("".join(rows), encoding="utf-8")
    return folder


def commit_arms(store, corpus):
    """`teacher`, and `alone` and `distilled` of two seeds, all of which get the same sentences wrong."""
    data = {"train": "1" * 64, **{name: split.digest for name, split in read_corpus(corpus).splits.items()}}
    answers = [answering([1, 1, 0, 1, 1, 0, 0, 1][shift:] + [1] * shift, _LABELS) for shift in (0, 1)]
    content = {"data": str(corpus), "base": "gpt2-mini"}
    lora = {"command": "finetune", "student": None, "lora": Lora().resolved(), "data": data}
    teacher = commit_run(store, make_spec(**lora), name="teacher", predictions=answers[0], **content)
    for name, more in (
        ("alone", {}),
        ("distilled", {"command": "distil", "distillation": Distillation(), "parents": {"teacher": teacher.key}}),
    ):
        specs = [make_spec(seed, data=data, **more) for seed in (0, 1)]
        runs = [commit_run(store, spec, predictions=answers[0], **content) for spec in specs]
        set_name(store, name, [run.key for run in runs])
    return teacher
