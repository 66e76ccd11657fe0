"""What verbs go with: objects, places, clauses; passives, control and raising."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colacli.data.sample import lexicon
from colacli.data.sample.grammar import Pair, phenomenon
from colacli.data.sample.phrases import a, be, deed, definite, event, name, person, the
from colacli.data.sample.words import verbs

if TYPE_CHECKING:
    from colacli.data.sample.chooser import Chooser
    from colacli.data.sample.phrases import NounPhrase
    from colacli.data.sample.words import Verb


@phenomenon("transitivity")
def _object_missing(c: Chooser) -> Pair:
    """Mary thanked the nurse. / *Mary thanked."""
    subject, (verb, noun) = person(c), deed(c)
    time = c.pick(["", " again"])
    return Pair(f"{subject.text} {verb.past} {definite(c, [noun]).text}{time}", f"{subject.text} {verb.past}{time}")


@phenomenon("transitivity")
def _object_added(c: Chooser) -> Pair:
    """The baby slept. / *The baby slept the pillow."""
    subject, verb = person(c), c.pick(_NEVER_WITH_OBJECT)
    thing = definite(c, [*lexicon.THINGS, *lexicon.PEOPLE])
    place = f" {c.pick(['in', 'near'])} {definite(c, lexicon.PLACES, 'singular').text}"
    return Pair(f"{subject.text} {verb.past}{place}", f"{subject.text} {verb.past} {thing.text}{place}")


_NEVER_WITH_OBJECT = verbs(
    "sleep/slept arrive sneeze disappear fall/fell/fallen faint snore yawn hesitate shiver smile laugh cough collapse"
)


@phenomenon("transitivity")
def _not_causative(c: Chooser) -> Pair:
    """The letter disappeared. / *Peter disappeared the letter."""
    subject, thing = person(c), definite(c, [*lexicon.THINGS, *lexicon.TEXTS])
    verb = c.pick(verbs("disappear fall/fell/fallen arrive vanish"))
    when = c.pick(["yesterday", "last night", "in the morning", "last week"])
    return Pair(f"{thing.text} {verb.past} {when}", f"{subject.text} {verb.past} {thing.text} {when}")


@phenomenon("argument frames")
def _put(c: Chooser) -> Pair:
    """Anna put the cup on the table. / *Anna put the cup."""
    head = f"{person(c).text} put {definite(c, [*lexicon.THINGS, *lexicon.FOODS]).text}"
    place = f"{c.pick(['on', 'under', 'next to'])} the {c.pick(['table', 'chair', 'bed', 'shelf'])}"
    return Pair(f"{head} {place}", head)


@phenomenon("argument frames")
def _explain(c: Chooser) -> Pair:
    """She explained the story to the boy. / *She explained the boy the story."""
    subject, verb = person(c), c.pick(verbs("explain describe mention donate return announce deliver"))
    thing, receiver = definite(c, lexicon.TEXTS), definite(c, lexicon.PEOPLE)
    head = f"{subject.text} {verb.past}"
    return Pair(f"{head} {thing.text} to {receiver.text}", f"{head} {receiver.text} {thing.text}")


@phenomenon("argument frames")
def _give(c: Chooser) -> Pair:
    """He gave the queen a ring. / *He gave a ring the queen."""
    subject, verb = person(c), c.pick(lexicon.GIVING)
    thing, receiver = a(c.pick(lexicon.PORTABLE)), definite(c, lexicon.PEOPLE)
    head = f"{subject.text} {verb.past}"
    if c.chance(0.5):
        return Pair(f"{head} {receiver.text} {thing.text}", f"{head} {thing.text} {receiver.text}")
    return Pair(f"{head} {thing.text} to {receiver.text}", f"{head} to {receiver.text} to {thing.text}")


@phenomenon("argument frames")
def _preposition(c: Chooser) -> Pair:
    """Laura waited for the bus. / *Laura waited the bus."""
    verb, preposition = c.pick(_WITH_PREPOSITION)
    subject, thing = person(c), definite(c, [*lexicon.PEOPLE, *lexicon.ANIMALS])
    past = verbs(verb)[0].past
    return Pair(f"{subject.text} {past} {preposition} {thing.text}", f"{subject.text} {past} {thing.text}")


_WITH_PREPOSITION = [
    ("wait", "for"),
    ("listen", "to"),
    ("look", "at"),
    ("rely", "on"),
    ("depend", "on"),
    ("laugh", "at"),
    ("think/thought", "about"),
    ("apologize", "to"),
    ("talk", "about"),
]


@phenomenon("clausal complements")
def _statement(c: Chooser) -> Pair:
    """Ruth believed that the king was ill. / *Ruth believed whether the king was ill."""
    head, clause = person(c).text, f"{person(c, 'singular').text} was {c.pick(lexicon.FEELINGS)}"
    verb = c.pick(verbs("think/thought believe claim suspect"))
    return Pair(f"{head} {verb.past} that {clause}", f"{head} {verb.past} whether {clause}")


@phenomenon("clausal complements")
def _question(c: Chooser) -> Pair:
    """Ruth asked whether the king was ill. / *Ruth asked that the king was ill."""
    head, clause = person(c).text, f"{person(c, 'singular').text} was {c.pick(lexicon.FEELINGS)}"
    verb = c.pick(verbs("inquire ask"))
    return Pair(f"{head} {verb.past} whether {clause}", f"{head} {verb.past} that {clause}")


@phenomenon("clausal complements")
def _infinitive(c: Chooser) -> Pair:
    """They decided to paint the chair. / *They decided painting the chair."""
    subject, (verb, thing) = person(c), event(c)
    choose = c.pick(verbs("decide promise hope agree"))
    head = f"{subject.text} {choose.past}"
    wrong = f"{head} {verb.gerund} {thing.text}" if c.chance(0.5) else f"{head} {verb.base} {thing.text}"
    return Pair(f"{head} to {verb.base} {thing.text}", wrong)


@phenomenon("clausal complements")
def _gerund(c: Chooser) -> Pair:
    """They enjoyed painting the chair. / *They enjoyed to paint the chair."""
    subject, (verb, thing) = person(c), event(c)
    head = f"{subject.text} {c.pick(verbs('enjoy avoid finish')).past}"
    wrong = f"{head} to {verb.base} {thing.text}" if c.chance(0.6) else f"{head} {verb.base} {thing.text}"
    return Pair(f"{head} {verb.gerund} {thing.text}", wrong)


@phenomenon("passive")
def _participle(c: Chooser) -> Pair:
    """The book was written by Anna. / *The book was wrote by Anna."""
    agent, (verb, noun) = person(c), _object_of(c)
    head = f"{noun.text} {be(noun.number, past=True)}"
    wrong = c.pick([verb.past, verb.base])
    return Pair(f"{head} {verb.participle} by {agent.text}", f"{head} {wrong} by {agent.text}")


def _object_of(c: Chooser) -> tuple[Verb, NounPhrase]:
    """A verb whose past and participle differ, and what it was done to."""
    verbs_, nouns = c.pick(
        [
            (verbs("write/wrote/written"), lexicon.TEXTS),
            (verbs("eat/ate/eaten"), lexicon.FOODS),
            (verbs("steal/stole/stolen hide/hid/hidden"), lexicon.THINGS),
            (verbs("drive/drove/driven steal/stole/stolen"), lexicon.VEHICLES),
            (verbs("draw/drew/drawn see/saw/seen"), lexicon.ANIMALS),
        ]
    )
    return c.pick(verbs_), definite(c, nouns)


@phenomenon("passive")
def _intransitive(c: Chooser) -> Pair:
    """The lamp was repaired by the guard. / *The lamp was slept by the guard."""
    verbs_, nouns = c.pick(lexicon.OBJECTS)
    agent, noun = person(c), definite(c, nouns)
    head, wrong = f"{noun.text} {be(noun.number, past=True)}", c.pick(_NEVER_WITH_OBJECT)
    return Pair(f"{head} {c.pick(verbs_).participle} by {agent.text}", f"{head} {wrong.participle} by {agent.text}")


@phenomenon("passive")
def _two_objects(c: Chooser) -> Pair:
    """The letters were found by Emma. / *The letters were found the cup by Emma."""
    verb, noun = deed(c)
    head, agent = definite(c, [noun]), person(c)
    extra = the(c.pick([one for one in lexicon.THINGS if one != noun]))
    start = f"{head.text} {be(head.number, past=True)} {verb.participle}"
    return Pair(f"{start} by {agent.text}", f"{start} {extra.text} by {agent.text}")


@phenomenon("control and raising")
def _raising(c: Chooser) -> Pair:
    """Clara seems to be tired. / *Clara seems that is tired."""
    subject, feeling = name(c), c.pick(lexicon.FEELINGS)
    verb = c.pick(["seems", "appears"])
    wrong = c.pick([f"{verb} that is {feeling}", f"{verb} being {feeling}", f"{verb} that to be {feeling}"])
    return Pair(f"{subject.text} {verb} to be {feeling}", f"{subject.text} {wrong}")


@phenomenon("control and raising")
def _object_control(c: Chooser) -> Pair:
    """Frank persuaded the cook to leave. / *Frank persuaded to leave the cook."""
    subject, target, (verb, thing) = person(c), definite(c, lexicon.PEOPLE), event(c)
    head = f"{subject.text} {c.pick(verbs('persuade force order urge encourage')).past}"
    right = f"{head} {target.text} to {verb.base} {thing.text}"
    wrong = f"{head} {target.text} {c.pick([verb.gerund, verb.base])} {thing.text}"
    return Pair(right, wrong if c.chance(0.7) else f"{head} to {verb.base} {thing.text} {target.text}")


@phenomenon("control and raising")
def _likely(c: Chooser) -> Pair:
    """The guests are likely to arrive. / *The guests are probable to arrive."""
    subject, verb = definite(c, lexicon.PEOPLE), c.pick(lexicon.INTRANSITIVE)
    head, right = f"{subject.text} {be(subject.number)}", c.pick(["likely", "certain", "sure"])
    return Pair(f"{head} {right} to {verb.base}", f"{head} {c.pick(['probable', 'possible'])} to {verb.base}")


@phenomenon("control and raising")
def _dummy(c: Chooser) -> Pair:
    """It is hard to repair the car. / *Alice is hard to repair the car."""
    (verb, noun), hard = deed(c), c.pick(["hard", "easy", "difficult", "impossible"])
    rest = f"is {hard} to {verb.base} {definite(c, [noun]).text}"
    return Pair(f"it {rest}", f"{name(c).text} {rest}")
