"""The surest mistakes of each kind, with what is known of their sentences."""

import shutil

import pytest

from colacli.errors import DataError
from colacli.workflows.evaluate import EvaluateOptions, evaluate
from colacli.workflows.mistakes import surest_mistakes
from factories.annotated import judged, text, write

# Labels are 0 0 1 1 1 0 1 1: rows 0, 1 and 5 are accepted wrongly, rows 3 and 6 rejected wrongly.
MARGINS = [1, 3, 1, -1, 2, 2, -40, 1]


@pytest.fixture
def corpus(tmp_path):
    """Eight sentences with constructions."""
    return write(tmp_path / "corpus")


def test_the_surest_come_first(store, corpus):
    """By the distance of the logits: also where both probabilities are 0 or 1 to the last digit."""
    judged(store, corpus, MARGINS)
    mistakes = surest_mistakes(evaluate("run-0", EvaluateOptions(), store), 2)

    assert [one.sentence.text for one in mistakes.accepted] == [text(1), text(5)]
    assert [one.sentence.text for one in mistakes.rejected] == [text(6), text(3)]
    assert [round(one.probability, 4) for one in mistakes.accepted] == [0.9526, 0.8808]
    assert mistakes.accepted[0].sentence.constructions == ("Neg", "Wh")
    assert mistakes.total == (3, 2)


def test_without_the_corpus_there_is_a_message(store, corpus):
    """The sentences are the corpus's: where it is gone the message says what to do."""
    judged(store, corpus, MARGINS)
    shutil.rmtree(corpus)

    with pytest.raises(DataError, match=f"the sentences of in_domain_dev can't be shown: .*{corpus}") as caught:
        surest_mistakes(evaluate("run-0", EvaluateOptions(), store), 2)
    assert "--data" in caught.value.hint
