"""The benchmarks' arithmetic and words. How fast anything is, no test asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import main, parse
from benchmarks.limits import frozen_flops, judging_flops
from benchmarks.material import choose_corpus, distinct, read_split, write_data, write_tokenizer
from benchmarks.our_training import Clock, Enough
from benchmarks.peer_training import spread_out
from benchmarks.results import Spread, spread
from benchmarks.row import Claim, Settings, less, more, share
from benchmarks.rows import all_rows
from colacli.data.corpus import IN_DOMAIN_DEV, TRAIN
from colacli.data.readers import read_corpus
from colacli.events import Counted, Step
from colacli.models.config import GPT2Config
from colacli.models.gpt2 import Classifier, Conv1D
from colacli.parameters import ParameterCounts
from factories.tiny import tokenizer_at

if TYPE_CHECKING:
    from pathlib import Path

    from colacli.store.store import Store

ROWS = all_rows(Settings())


def test_frozen_flops_are_two_products_of_every_projection_of_the_model() -> None:
    """Forward and input gradient take 2 operations each for every element of every projection and token."""
    config = GPT2Config(n_embd=24, n_layer=3, n_head=2, vocab_size=50)
    model = Classifier(config)
    elements = sum(one.weight.numel() for one in model.modules() if isinstance(one, Conv1D))

    assert frozen_flops(24, 3, config.inner, tokens=7) == 7 * 4 * elements


def test_frozen_flops_of_gpt2() -> None:
    """GPT-2's projections hold 12 x 768² elements a block, 84,934,656 in twelve."""
    assert frozen_flops(768, 12, 4 * 768, tokens=1) == 4 * 84_934_656


def test_judging_needs_each_distinct_prefix_once() -> None:
    """Five prefixes of three sentences, two of which are equal: of the last block keys and values, and two tokens."""
    d, inner = 24, 96
    block, rest = 12 * d * d, (d + d + 2 * inner) * d  # queries, attn.c_proj, c_fc and mlp.c_proj

    needed = judging_flops(d, 3, inner, [[1, 2, 3], [1, 2, 4, 5], [1, 2, 3]])

    assert needed == 2 * (2 * 5 * block + 5 * 2 * d * d + 2 * rest)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([3.0], Spread(3.0, 3.0, 3.0, 1)), ([5.0, 1.0, 2.0], Spread(2.0, 1.0, 5.0, 3)), ([1, 3], Spread(2, 1, 3, 2))],
)
def test_a_spread_is_the_median_and_both_ends(values: list[float], expected: Spread) -> None:
    """Whatever the order they came in."""
    assert spread(values) == expected


def test_ratios_are_how_many_times_better_we_are() -> None:
    """Fewer seconds and more tokens a second are both more than 1."""
    turn = {"ours": {"s": 2.0, "rate": 30.0}, "peer": {"s": 8.0, "rate": 10.0}}

    assert less("s", "ours", "peer")(turn) == 4
    assert more("rate", "ours", "peer")(turn) == 3


def test_a_share_is_in_percent_of_the_limit_in_one_unit() -> None:
    """30 tokens a second of 2 bytes each are 60 of 120 bytes a second."""
    turn = {"ours": {"rate": 30.0}, "limit": {"bytes": 120.0}}

    assert share("rate", "ours", "bytes", "limit", 2)(turn) == 50


@pytest.mark.parametrize(
    ("claim", "reached", "missed"),
    [
        (Claim("w", "p", lambda _: 0, 10), 10, 9.9),
        (Claim("w", "p", lambda _: 0, 0.35, unit="s", at_most=True), 0.35, 0.36),
    ],
)
def test_a_goal_is_reached_from_its_side(claim: Claim, reached: float, missed: float) -> None:
    """At least for ratios, at most for seconds."""
    assert claim.holds(reached)
    assert not claim.holds(missed)


def test_judged_sentences_are_distinct_however_few_there_are() -> None:
    """More are made by a word before one."""
    made = distinct(["A cat sat.", "Dogs bark.", "A cat sat."], 7)

    assert len(set(made)) == 7
    assert made[:3] == ["A cat sat.", "Dogs bark.", "A A cat sat."]


def test_material_is_read_as_it_was_written(tmp_path: Path, tiny_corpus: Path) -> None:
    """The pieces learn from the corpus that was chosen."""
    corpus = read_corpus(tiny_corpus)

    write_data(tmp_path / "data", corpus)

    for name in (TRAIN, IN_DOMAIN_DEV):
        assert read_split(tmp_path, name).digest == corpus.split(name).digest
    judged = (tmp_path / "data" / "judged.txt").read_text(encoding="utf-8").splitlines()
    assert judged[0] == corpus.split(TRAIN).texts[0]
    assert len(set(judged)) == len(judged)


def test_without_a_folder_the_bundled_corpus_is_taken(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where CoLA is neither imported nor named, nothing is fetched."""
    assert choose_corpus(store, None).origin == "sample"


def test_the_stand_in_tokenizer_has_gpt2s_size_and_reads_any_text(tmp_path: Path) -> None:
    """It gives back what it was given, in fewer tokens than bytes where it knows the words."""
    write_tokenizer(tmp_path, None, ["The old man walked to the house."] * 3)
    tokenizer = tokenizer_at(tmp_path)

    ids = tokenizer.encode("The old man, naïve.", add_special_tokens=False).ids

    assert tokenizer.get_vocab_size() == 50_257
    assert tokenizer.decode(ids) == "The old man, naïve."
    assert len(ids) < len("The old man, naïve.")


def test_steps_of_grouped_batches_stand_for_all_of_them() -> None:
    """In the middles of equal parts."""
    assert spread_out(66, 3) == [11, 33, 55]
    assert spread_out(4, 4) == [0, 1, 2, 3]


def test_the_clock_stops_a_training_after_its_steps() -> None:
    """The first step warms up and is not counted."""
    clock = Clock(3)
    clock(Counted(ParameterCounts(1, 1)))
    for step in (1, 2):
        clock(Step(1, 1, step, 9, 8, 0.5, 0.5, 0.0))
    with pytest.raises(Enough):
        clock(Step(1, 1, 3, 9, 8, 0.5, 0.5, 0.0))
    clock.times = [0.0, 10.0, 11.0, 13.0]

    assert clock.seconds_per_step == 1.5
    assert clock.seconds == 13.0


def test_every_piece_that_a_row_names_is_a_function() -> None:
    """A renamed piece is found before an hour of measuring is."""
    import importlib

    for row in ROWS.values():
        for contender in row.contenders:
            module, _, name = contender.piece.partition(".")
            assert callable(getattr(importlib.import_module(f"benchmarks.{module}"), name))


def test_rows_that_are_not_there_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that are."""
    with pytest.raises(SystemExit):
        parse(["--rows", "step,typing"])

    assert "there is no typing; there is step, distil" in capsys.readouterr().err


def test_a_corpus_that_is_not_there_is_said(
    tmp_path: Path, store_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is made."""
    status = main(["--data", str(tmp_path / "nowhere"), "--output", str(tmp_path / "out")])

    assert status == 1
    assert "nowhere" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
