"""Pairs of a good and a bad sentence, where the good one may itself be made from a real one.

Rules register here by the source that they draw from: clauses, or sentences that have what the rule needs. So a rule
seldom fails, and how often each is used is what its weight says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from clauses import Clause, NounPhrase, clause_of, named, noun_phrase
from fakes import Forger
from lexicon import REFLEXIVES, SUBJECTS, Lexicon, learn
from phrases import Words, bare, words_of
from words import listed

if TYPE_CHECKING:
    from draws import Draws

Made = tuple[str, str, str] | None
"""Good, bad, final mark; None where the rule finds no place."""
PairRule = Callable[["Pairer", Any, "Draws"], Made]
PAIR_RULES: dict[str, tuple[float, str, PairRule]] = {}
"""Name -> how often it is drawn, its source, and the rule."""
OLD_RULES = 0.35
"""Part of the pairs that are a real sentence and a fake of it, by the rules of `rules.py`."""
SAMPLE = 250_000
"""Sentences from which words' uses are counted, and those that rules of single sentences edit."""
ATTEMPTS = 40
"""Items that a rule is tried on before another rule is drawn."""
FREQUENT = 25
"""Clauses that are kept of one verb and object, 'shook his head'."""
_TIMES = frozenset(
    listed(
        "day night morning evening afternoon time week month year moment way hour minute minutes hours years "
        "times days weeks months nights bit lot sort kind"
    )
)
_LINKING = frozenset(listed("become feel seem look turn stay have get go grow remain keep run walk mean cost leave"))
_STARTS = frozenset(listed("the his her my our their there nobody"))
_CONJUNCTIONS = frozenset(listed("because when while although if before after until and but"))
_ITEMS = {
    "reflexive": REFLEXIVES - {"yourself", "myself", "itself"},
    "polarity": frozenset(listed("any anyone anybody anything ever yet")),
    "determined": frozenset(listed("this these those several many both each every two three few another")),
    "agreeing": frozenset(listed("is are was were has have")),
    "perfect": frozenset(listed("has have had he she they I we")),
}


def pair(weight: float, source: str) -> Callable[[PairRule], PairRule]:
    """Add a rule under its function's name."""

    def add(function: PairRule) -> PairRule:
        PAIR_RULES[function.__name__] = (weight, source, function)
        return function

    return add


class Pairer:
    """Makes pairs. It learns from real sentences first; `sentences` are in the order that the sample shall have."""

    def __init__(self, sentences: list[str]) -> None:
        self.sentences = sentences
        texts = [words_of(sentence) for sentence in sentences]
        self.lexicon: Lexicon = learn([words for words, _ in texts[:SAMPLE]])
        self.forger = Forger(sentences[:SAMPLE])
        clauses = [c for words, _ in texts for at in _beginnings(words) if (c := clause_of(self.lexicon, words[at:]))]
        self.sources: dict[str, list[Any]] = self._by_clause(clauses)
        people = [clause.subject for clause in clauses if clause.subject.person]
        self.subjects = [people, list(dict.fromkeys(people))]
        for name, items in _ITEMS.items():
            self.sources[name] = [(w, m) for w, m in texts[:SAMPLE] if len(w) < 20 and not items.isdisjoint(w)]
        self.sources["agreeing"] = [t for t in self.sources["agreeing"] if noun_phrase(self.lexicon, t[0], 0)]
        self.sources["there"] = [t for w, m in texts if (t := self._there(w, m))]
        self.sources["that"] = [(w, m) for w, m in texts if 4 < len(w) < 20 and w[2] == "that" and m == "."
                                and w[3] in SUBJECTS | _STARTS
                                and bare(w[1]) in self.lexicon.pasts and w[0] in SUBJECTS]  # fmt: skip
        # A rule without a source in a small text is left out.
        rules = [(name, *entry) for name, entry in PAIR_RULES.items() if self.sources[entry[1]]]
        self._rules = [(name, self.sources[source], function) for name, _, source, function in rules]
        self._weights = [weight for _, weight, _, _ in rules]

    def _by_clause(self, clauses: list[Clause]) -> dict[str, list[Any]]:
        """Clauses by what rules ask of them."""
        lexicon = self.lexicon
        seen: Counter[tuple[str, str]] = Counter()
        kept = []
        for clause in clauses:
            what = clause.verb.base, clause.object.head if clause.object else clause.tail
            seen[what] += 1
            if seen[what] <= FREQUENT:
                kept.append(clause)
        clauses = kept
        strict = {verb.base for verb in lexicon.transitive} - _LINKING
        intransitive = {verb.base for verb in lexicon.intransitive}
        taking = [c for c in clauses if c.object and c.verb.base not in _LINKING
                  and (uses := lexicon.uses.get(c.verb.base)) and uses.object >= 0.25 * uses.all]  # fmt: skip
        nominal = [
            c
            for c in taking
            if c.object
            and c.object.text != c.object.head
            and c.object.head not in _TIMES
            and c.object.text.split()[0] not in ("no", "any", "every")
        ]
        return {
            "clause": nominal,
            "any_object": taking,
            "noun_subject": [c for c in nominal if c.subject.person and c.subject.text != c.subject.head],
            "strict": [c for c in nominal if c.verb.base in strict],
            "people": [c for c in taking if c.object and c.object.person and c.subject.person],
            "noun_people": [
                c
                for c in taking
                if c.object and c.object.person and c.subject.person and c.subject.text != c.subject.head
            ],
            "intransitive": [c for c in clauses if c.object is None and c.verb.base in intransitive],
        }

    def _there(self, words: Words, mark: str) -> tuple[str, NounPhrase, str] | None:
        """'there was a man at the door' -> was, a man, at the door."""
        if words[0] != "there" or words[1] not in ("was", "were", "is", "are") or mark != "." or len(words) > 16:
            return None
        found = noun_phrase(self.lexicon, words, 2)
        if found is None or found[0].text.split()[0] not in ("a", "an", "some", "two", "three", "no"):
            return None
        rest = words[found[1] :]
        return words[1], found[0], " ".join(rest) if words[found[1] - 1] == bare(words[found[1] - 1]) else ""

    def subject(self, draws: Draws) -> NounPhrase:
        """Some person or persons: as often as in the text, or any as often as another."""
        return draws.choice(draws.choice(self.subjects))

    def clause(self, draws: Draws, source: str = "clause") -> Clause:
        """Some clause, pronouns renamed as `named` does."""
        return named(draws.choice(self.sources[source]), draws)

    def new(self, draws: Draws) -> tuple[str, str, str]:
        """Good, bad, and the rule's name."""
        while True:
            name, items, function = draws.choices(self._rules, weights=self._weights)[0]
            for _ in range(ATTEMPTS):
                item = draws.choice(items)
                made = function(self, named(item, draws) if isinstance(item, Clause) else item, draws)
                if made and made[0] != made[1]:
                    return _sentence(made[0], made[2]), _sentence(made[1], made[2]), name

    def old(self, draws: Draws) -> tuple[str, str, str]:
        """A real sentence, half of them renamed, a fake of it, and the rule's name."""
        good = draws.choice(self.sentences)
        if draws.random() < 0.5:
            good = self.forger.rename(good, draws)
        bad, name = self.forger.forge(good, draws)
        return good, bad, name

    def pair(self, draws: Draws) -> tuple[str, str, str]:
        """By an old rule or a new one."""
        return self.old(draws) if draws.random() < OLD_RULES else self.new(draws)


def _beginnings(words: Words) -> list[int]:
    """Where clauses may begin: at the first word, behind a comma or a conjunction."""
    last = len(words) - 2
    behind = [at + 1 for at, word in enumerate(words[:last]) if word in _CONJUNCTIONS or word[-1] in ",;"]
    return [0, *behind] if last > 0 else []


def _sentence(text: str, mark: str) -> str:
    words = " ".join(text.split()).rstrip(",;:- ").replace(" ,", ",")
    return words[:1].upper() + words[1:] + mark
