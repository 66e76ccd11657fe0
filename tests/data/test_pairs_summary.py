"""What `data show` says of minimal pairs."""

from __future__ import annotations

from colacli.data.pairs import Pair, PairSet
from colacli.data.pairs_summary import PairsOfPhenomenon, summarise_pairs


def test_pairs_are_counted_by_phenomenon():
    """With their paradigms, by field and name; a pair of equal sentences is counted apart."""
    pairs = (
        Pair("It rains.", "It rain.", "verb", "agreement", "morphology"),
        Pair("They rain.", "They rains.", "verb_2", "agreement", "morphology"),
        Pair("It snows.", "It snows.", "verb", "agreement", "morphology"),
        Pair("Who came?", "Came who?", "order", "questions", "syntax"),
    )
    summary = summarise_pairs(PairSet("mine", pairs), None)
    assert (summary.pairs, summary.paradigms, summary.equal) == (4, 3, 1)
    assert summary.phenomena == [
        PairsOfPhenomenon("morphology", "agreement", 2, 3),
        PairsOfPhenomenon("syntax", "questions", 1, 1),
    ]
