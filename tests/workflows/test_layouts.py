"""A corpus' layout is given once: it is remembered with a run, with an import, and by what resumes; it is in no key."""

import csv
import shutil
from dataclasses import replace

import pytest

from colacli.data.corpus import SPLITS
from colacli.data.layout import LAYOUT, Layout
from colacli.data.locate import find_corpus, read_test
from colacli.data.readers import read_corpus
from colacli.errors import DataError, UsageError
from colacli.events import ignore
from colacli.training.requests import BaseChoice, DataChoice
from colacli.workflows.breakdown import layout_of, own_corpus
from colacli.workflows.data import bring_in, listing
from colacli.workflows.evaluate import EvaluateOptions, evaluate
from colacli.workflows.judge import JudgeOptions, judge, sentences_of
from colacli.workflows.resume import resume
from colacli.workflows.train_student import TrainStudentRequest, train_student
from factories import interruptions
from factories.distillation import CPU, STUDENT, TRAINING

LAYOUT_OF_MINE = Layout(
    columns=("sentence=Satz", "label=Urteil", "source=Quelle", "split=Teil"), labels=("ja=1", "nein=0")
)
_SPLIT_WORDS = {"train": "Train", "in_domain_dev": "valid", "out_of_domain_dev": "out_of_domain_valid"}


@pytest.fixture
def mine(tiny_corpus, tmp_path):
    """The tiny corpus as one file with other columns, and a few sentences to test on."""
    path = tmp_path / "mine.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["Nummer", "Satz", "Urteil", "Quelle", "Teil"])
        for name, split in read_corpus(tiny_corpus).splits.items():
            for number, row in enumerate(split.sentences):
                writer.writerow([number, row.text, "ja" if row.label else "nein", row.source, _SPLIT_WORDS[name]])
        writer.writerows([["1", "The lamp is lit.", "ja", "new", "test"], ["2", "Lit lamp is.", "nein", "new", "test"]])
    return path


@pytest.fixture
def request_on(tiny_base):
    """A small training on a corpus."""

    def make(data, layout=Layout()):  # noqa: B008 - it is frozen
        choice = DataChoice(data=str(data), layout=layout)
        base = BaseChoice(base=tiny_base)
        return TrainStudentRequest(base=base, data=choice, student=STUDENT, training=TRAINING, execution=CPU)

    return make


def test_the_rows_alone_are_in_the_key(store, mine, tiny_corpus, request_on):
    """The same rows in another layout, with a test split beside them, are the same run."""
    run = train_student(request_on(mine, LAYOUT_OF_MINE), store).run
    again = train_student(request_on(tiny_corpus), store)

    assert (again.run.key, again.cached) == (run.key, True)
    assert sorted(run.spec.data) == sorted(SPLITS)


def test_a_run_remembers_the_layout(store, mine, request_on):
    """So that its own corpus is read again, for its parts and for a split that it was not measured on."""
    run = train_student(request_on(mine, LAYOUT_OF_MINE), store).run
    parts = evaluate(run.key, EvaluateOptions(device="cpu"), store).breakdown.by_source
    on_test = evaluate(run.key, EvaluateOptions(split="test", device="cpu"), store)

    assert layout_of(run) == LAYOUT_OF_MINE
    assert own_corpus(run, store).sizes == {"train": 60, "in_domain_dev": 20, "out_of_domain_dev": 10, "test": 2}
    assert {part.name for part in parts} == {"src10", "src11", "src12"}
    assert [part.name for part in on_test.breakdown.by_source] == ["new"]


def test_the_usual_layout_leaves_no_trace(store, tiny_corpus, request_on):
    """Manifests are as before."""
    run = train_student(request_on(tiny_corpus), store).run

    assert LAYOUT not in run.manifest.sources
    assert layout_of(run) == Layout()


def test_a_manifest_may_say_anything(store, mine, request_on):
    """A layout that is none is an error of the corpus, and no other."""
    run = train_student(request_on(mine, LAYOUT_OF_MINE), store).run
    run.manifest.sources[LAYOUT] = '{"columns": ["x"]}'

    with pytest.raises(DataError, match="can't be read here"):
        own_corpus(run, store)


def test_an_interrupted_run_is_resumed_with_its_layout(store, mine, request_on):
    """What was asked for is stored whole."""
    request = replace(request_on(mine, LAYOUT_OF_MINE), training=interruptions.TRAINING, execution=interruptions.CPU)
    interruptions.interrupted(train_student, request, store)
    resumed = resume(store, [], ignore)

    assert [layout_of(result.run) for result in resumed.made] == [LAYOUT_OF_MINE]


def test_an_import_keeps_the_layout(store, mine, request_on):
    """By its name the corpus needs no options, and takes none; it is the run of the file."""
    arrival = bring_in(store, mine, "mine", LAYOUT_OF_MINE)
    run = train_student(request_on("mine"), store).run

    assert arrival.sizes == {"train": 60, "in_domain_dev": 20, "out_of_domain_dev": 10, "test": 2}
    assert train_student(request_on(mine, LAYOUT_OF_MINE), store).run.key == run.key
    assert evaluate(run.key, EvaluateOptions(device="cpu"), store).breakdown.by_source
    assert next(known.sizes for known in listing(store) if known.name == "mine") == arrival.sizes
    with pytest.raises(UsageError, match="'mine' has its own layout"):
        find_corpus(store, "mine", ignore, LAYOUT_OF_MINE)


def test_an_import_of_an_import_is_the_same(store, mine):
    """What is kept with a corpus goes with it."""
    bring_in(store, mine, "mine", LAYOUT_OF_MINE)
    copy = shutil.copytree(store.data / "mine", mine.parent / "copy")

    assert bring_in(store, copy, "again").digests == bring_in(store, mine, "mine", LAYOUT_OF_MINE).digests
    assert find_corpus(store, "again", ignore).about == find_corpus(store, "mine", ignore).about


def test_evaluation_takes_a_layout(store, mine, request_on, tiny_corpus):
    """For --data, and not without it."""
    run = train_student(request_on(tiny_corpus), store).run
    options = EvaluateOptions(data=str(mine), layout=LAYOUT_OF_MINE, split="test", device="cpu")

    assert evaluate(run.key, options, store).metrics.n == 2
    with pytest.raises(UsageError, match="which is not given"):
        evaluate(run.key, replace(options, data=None), store)


def test_judge_reads_a_file(store, mine, request_on, tiny_corpus):
    """All sentences of a file, or a corpus' test split, labelled or not."""
    run = train_student(request_on(tiny_corpus), store).run
    options = JudgeOptions(data=str(mine), layout=LAYOUT_OF_MINE, device="cpu")
    texts, source = sentences_of(None, options, store, ignore)
    (batch,) = judge(run.key, texts, source, options, store)
    bring_in(store, mine, "mine", LAYOUT_OF_MINE)

    assert (len(texts), source) == (92, str(mine))
    assert [judgement.sentence for judgement in batch] == texts
    assert sentences_of(None, JudgeOptions(data="mine"), store, ignore)[0] == ["The lamp is lit.", "Lit lamp is."]
    assert sentences_of(["A."], JudgeOptions(), store, ignore) == (["A."], "the command line")
    assert sentences_of([], JudgeOptions(), store, ignore) is None


def test_judge_takes_one_of_both(store, mine):
    """Sentences, or data."""
    with pytest.raises(UsageError, match="sentences and --data"):
        sentences_of(["A."], JudgeOptions(data=str(mine)), store, ignore)
    with pytest.raises(UsageError, match="which is not given"):
        sentences_of(["A."], JudgeOptions(layout=LAYOUT_OF_MINE), store, ignore)


def test_a_corpus_without_a_test_split(store, tiny_corpus):
    """Which splits there are is said; a submission needs ids too."""
    with pytest.raises(DataError, match="has no test split; it has train, in_domain_dev, out_of_domain_dev"):
        read_test(store, str(tiny_corpus), Layout(), ignore, with_ids=False)
    (tiny := shutil.copytree(tiny_corpus, store.root.parent / "tiny")).joinpath("test.csv").write_text(
        "sentence\nIt.\n"
    )
    with pytest.raises(DataError, match="has no test split with ids"):
        read_test(store, str(tiny), Layout(), ignore, with_ids=True)
    assert read_test(store, str(tiny), Layout(), ignore, with_ids=False).texts == ["It."]
