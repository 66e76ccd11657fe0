"""Negative polarity: *any*, *ever*, *yet* and *at all* need something negative, or a question, above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import FINDING
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import deed, doing, pastime, person, the
from examples.sample_grammar.words import HAVE, agree, verbs, with_article

if TYPE_CHECKING:
    from colacli.data.chooser import Chooser


@phenomenon("negative polarity")
def _ever(c: Chooser) -> Pair:
    """Nobody has ever seen the castle. / *Everybody has ever seen the castle."""
    rest = f"ever {deed(c).participle}"
    if c.chance(0.5):
        noun = c.pick(lexicon.PEOPLE).singular
        wrong = ("everybody", "somebody", f"the {noun}", f"every {noun}", with_article(noun))
        return slot(f"_ has {rest}", c.pick(("nobody", f"no {noun}")), c.pick(wrong))
    noun = c.pick(lexicon.PEOPLE).plural
    return slot(f"_ {noun} have {rest}", c.pick(("few", "no")), c.pick(("many", "some", "most", "all", "the")))


@phenomenon("negative polarity")
def _ever_after_not(c: Chooser) -> Pair:
    """The poet has not ever sung here. / *The poet has ever sung here."""
    subject = person(c)
    has = agree(HAVE, subject.number)
    return slot(f"{subject} _ ever {doing(c).participle}", f"{has} not", has)


@phenomenon("negative polarity")
def _any(c: Chooser) -> Pair:
    """Hugo did not buy any hats. / *Hugo bought any hats."""
    verb, things = c.pick(FINDING), c.pick(lexicon.THINGS).plural
    what = c.pick((things, things, "bread", "rice", "furniture"))
    return slot(f"{person(c)} _ any {what} {c.pick(lexicon.PAST_TIMES)}", f"did not {verb.base}", verb.past)


@phenomenon("negative polarity")
def _anyone(c: Chooser) -> Pair:
    """Nobody thanked anyone. / *Everybody thanked anyone."""
    met = c.pick(verbs("thank greet insult interview visit help rescue")).past
    # No place: *anyone in the park* may be all who are there.
    rest = f"{met} {c.pick(('anyone', 'anybody'))} {c.pick(lexicon.PAST_TIMES)}"
    noun = c.pick(lexicon.PEOPLE).singular
    return slot(f"_ {rest}", c.pick(("nobody", f"no {noun}")), c.pick(("everybody", "somebody", f"the {noun}")))


@phenomenon("negative polarity")
def _yet(c: Chooser) -> Pair:
    """The guests have not arrived yet. / *The guests have arrived yet."""
    subject = person(c)
    has = agree(HAVE, subject.number)
    return slot(f"{subject} _ {doing(c).participle} yet", f"{has} not", has)


@phenomenon("negative polarity")
def _at_all(c: Chooser) -> Pair:
    """The guests did not sleep at all. / *The guests slept at all."""
    verb = c.pick((*lexicon.PASTIMES, *verbs("sleep/slept smile hesitate help")))
    rest = f"at all {c.pick(lexicon.PAST_TIMES)}"
    return slot(f"{person(c)} _ {rest}", f"did not {verb.base}", verb.past)


@phenomenon("negative polarity")
def _commanding(c: Chooser) -> Pair:
    """No poet that the king met has ever sung. / *The poet that no king met has ever sung."""
    one, two = c.pick(lexicon.PEOPLE).singular, c.pick(lexicon.PEOPLE).plural
    met, rest = c.pick(verbs("visit invite thank help admire")).past, f"has ever {doing(c).participle}"
    return Pair(f"no {one} that the {two} {met} {rest}", f"the {one} that no {two} {met} {rest}")


@phenomenon("negative polarity")
def _conditional(c: Chooser) -> Pair:
    """If any guest complained, Ruth would leave. / *Because any guest complained, Ruth left."""
    rest = f"any {c.pick(lexicon.PEOPLE).singular} {pastime(c).past}, {person(c)}"
    left = c.pick(verbs("leave/left smile complain"))
    wrong = c.pick(("because", "although", "since"))
    return Pair(f"if {rest} would {left.base}", f"{wrong} {rest} {left.past}")


@phenomenon("negative polarity")
def _without(c: Chooser) -> Pair:
    """Philip left without any help. / *Philip left with any help."""
    done = c.pick(("left", "came back", "went home", "arrived"))
    what = c.pick((f"any {c.pick(lexicon.MASS)}", f"any {c.pick(lexicon.PORTABLE).plural}"))
    return slot(f"{person(c)} {done} _ {what} {c.pick(('', *lexicon.PAST_TIMES))}", "without", "with")


@phenomenon("negative polarity")
def _doubted(c: Chooser) -> Pair:
    """Susan doubts that Paul has ever been ill. / *Susan knows that Paul has ever been ill."""
    subject = the(c, lexicon.PEOPLE)
    rest = f"that {subject} {agree(HAVE, subject.number)} ever {doing(c).participle}"
    return slot(f"{person(c, 'singular')} _ {rest}", "doubts", c.pick(("knows", "thinks", "believes", "says")))
