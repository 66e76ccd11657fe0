"""Negative polarity: *any*, *ever*, *yet* and *at all* need something negative, or a question, above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import FINDING
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import deed, doing, pastime, person, the
from examples.sample_grammar.words import HAVE, agree, verbs, with_article

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom


@phenomenon("negative polarity")
def _ever(c: SeededRandom) -> Pair:
    """Nobody has ever seen the castle. / *Everybody has ever seen the castle."""
    rest = f"ever {deed(c).participle}"
    if c.chance(0.5):
        noun = c.choice(lexicon.PEOPLE).singular
        wrong = ("everybody", "somebody", f"the {noun}", f"every {noun}", with_article(noun))
        return slot(f"_ has {rest}", c.choice(("nobody", f"no {noun}")), c.choice(wrong))
    noun = c.choice(lexicon.PEOPLE).plural
    return slot(f"_ {noun} have {rest}", c.choice(("few", "no")), c.choice(("many", "some", "most", "all", "the")))


@phenomenon("negative polarity")
def _ever_after_not(c: SeededRandom) -> Pair:
    """The poet has not ever sung here. / *The poet has ever sung here."""
    subject = person(c)
    has = agree(HAVE, subject.number)
    return slot(f"{subject} _ ever {doing(c).participle}", f"{has} not", has)


@phenomenon("negative polarity")
def _any(c: SeededRandom) -> Pair:
    """Hugo did not buy any hats. / *Hugo bought any hats."""
    verb, things = c.choice(FINDING), c.choice(lexicon.THINGS).plural
    what = c.choice((things, things, "bread", "rice", "furniture"))
    return slot(f"{person(c)} _ any {what} {c.choice(lexicon.PAST_TIMES)}", f"did not {verb.base}", verb.past)


@phenomenon("negative polarity")
def _anyone(c: SeededRandom) -> Pair:
    """Nobody thanked anyone. / *Everybody thanked anyone."""
    met = c.choice(verbs("thank greet insult interview visit help rescue")).past
    # No place: *anyone in the park* may be all who are there.
    rest = f"{met} {c.choice(('anyone', 'anybody'))} {c.choice(lexicon.PAST_TIMES)}"
    noun = c.choice(lexicon.PEOPLE).singular
    return slot(f"_ {rest}", c.choice(("nobody", f"no {noun}")), c.choice(("everybody", "somebody", f"the {noun}")))


@phenomenon("negative polarity")
def _yet(c: SeededRandom) -> Pair:
    """The guests have not arrived yet. / *The guests have arrived yet."""
    subject = person(c)
    has = agree(HAVE, subject.number)
    return slot(f"{subject} _ {doing(c).participle} yet", f"{has} not", has)


@phenomenon("negative polarity")
def _at_all(c: SeededRandom) -> Pair:
    """The guests did not sleep at all. / *The guests slept at all."""
    verb = c.choice((*lexicon.PASTIMES, *verbs("sleep/slept smile hesitate help")))
    rest = f"at all {c.choice(lexicon.PAST_TIMES)}"
    return slot(f"{person(c)} _ {rest}", f"did not {verb.base}", verb.past)


@phenomenon("negative polarity")
def _commanding(c: SeededRandom) -> Pair:
    """No poet that the king met has ever sung. / *The poet that no king met has ever sung."""
    one, two = c.choice(lexicon.PEOPLE).singular, c.choice(lexicon.PEOPLE).plural
    met, rest = c.choice(verbs("visit invite thank help admire")).past, f"has ever {doing(c).participle}"
    return Pair(f"no {one} that the {two} {met} {rest}", f"the {one} that no {two} {met} {rest}")


@phenomenon("negative polarity")
def _conditional(c: SeededRandom) -> Pair:
    """If any guest complained, Ruth would leave. / *Because any guest complained, Ruth left."""
    rest = f"any {c.choice(lexicon.PEOPLE).singular} {pastime(c).past}, {person(c)}"
    left = c.choice(verbs("leave/left smile complain"))
    wrong = c.choice(("because", "although", "since"))
    return Pair(f"if {rest} would {left.base}", f"{wrong} {rest} {left.past}")


@phenomenon("negative polarity")
def _without(c: SeededRandom) -> Pair:
    """Philip left without any help. / *Philip left with any help."""
    done = c.choice(("left", "came back", "went home", "arrived"))
    what = c.choice((f"any {c.choice(lexicon.MASS)}", f"any {c.choice(lexicon.PORTABLE).plural}"))
    return slot(f"{person(c)} {done} _ {what} {c.choice(('', *lexicon.PAST_TIMES))}", "without", "with")


@phenomenon("negative polarity")
def _doubted(c: SeededRandom) -> Pair:
    """Susan doubts that Paul has ever been ill. / *Susan knows that Paul has ever been ill."""
    subject = the(c, lexicon.PEOPLE)
    rest = f"that {subject} {agree(HAVE, subject.number)} ever {doing(c).participle}"
    return slot(f"{person(c, 'singular')} _ {rest}", "doubts", c.choice(("knows", "thinks", "believes", "says")))
