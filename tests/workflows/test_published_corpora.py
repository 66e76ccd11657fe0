"""Each published corpus comes in by its name, trains a student, and is measured by source."""

import pytest

from colacli.data.locate import find_corpus
from colacli.events import ignore
from colacli.training.requests import BaseChoice, DataChoice
from colacli.workflows.data import bring_in, summary
from colacli.workflows.evaluate import EvaluateOptions, evaluate
from colacli.workflows.train_student import TrainStudentRequest, train_student
from factories.distillation import CPU, STUDENT, TRAINING
from factories.releases import SHARED, needs_corpora


def small(folder, corpus):
    """The first hundred short sentences of each split, as files in CoLA's form."""
    folder.mkdir()
    for name, split in corpus.splits.items():
        rows = [row for row in split.sentences if len(row.text) < 100][:100]
        lines = [f"{row.source}\t{row.label}\t{row.mark}\t{row.text}\n" for row in rows]
        (folder / f"{name}.tsv").write_text("".join(lines))
    return folder


@needs_corpora
@pytest.mark.parametrize("name", ["rucola", "itacola", "jcola"])
def test_a_published_corpus_is_used_from_its_files_to_its_sources(store, tiny_base, tmp_path, name):
    """Imported with licence and citation, trained on for an epoch, and each of its sources measured."""
    arrival = bring_in(store, SHARED / "corpora" / name, name)
    corpus = find_corpus(store, name, ignore)
    data = DataChoice(data=str(small(tmp_path / "small", corpus)))
    base = BaseChoice(base=tiny_base)
    run = train_student(
        TrainStudentRequest(base=base, data=data, student=STUDENT, training=TRAINING, execution=CPU), store
    ).run
    parts = evaluate(run.key, EvaluateOptions(device="cpu"), store).breakdown.by_source

    assert arrival.sizes == corpus.sizes
    assert all((corpus.about.licence, corpus.about.citation))
    assert summary(store, name, ignore).about == corpus.about == arrival.about
    assert sum(part.metrics.n for part in parts) == 100
    assert {part.name for part in parts} <= {row.source for row in corpus.split("in_domain_dev").sentences}
    assert len(parts) > 1
