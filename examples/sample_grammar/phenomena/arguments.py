"""What verbs need and what they refuse: objects, causers, receivers, places, prepositions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import GIVING, STRICT
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import an, done_to, people, person, some, the
from examples.sample_grammar.words import nouns, verbs

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom


def _when_or_where(c: SeededRandom) -> str:
    """Never *last night*, which could itself be what somebody described."""
    return c.choice((*lexicon.PLACES, *(4 * ("two days ago", "a month ago"))))


@phenomenon("transitivity")
def _object_missing(c: SeededRandom) -> Pair:
    """Mary thanked the nurse two days ago. / *Mary thanked two days ago."""
    doing = done_to(c, STRICT)
    return slot(f"{person(c)} {doing.verb.past} _ {_when_or_where(c)}", doing.rest, "")


@phenomenon("transitivity")
def _object_added(c: SeededRandom) -> Pair:
    """The guest yawned in the park. / *The guest yawned the pencil in the park."""
    thing = the(c, (*lexicon.PORTABLE, *lexicon.PEOPLE))
    return slot(f"{person(c)} {c.choice(lexicon.INTRANSITIVE).past} _ {_when_or_where(c)}", "", thing.text)


@phenomenon("transitivity")
def _verb_before_object(c: SeededRandom) -> Pair:
    """The judge found the key in the park. / *The judge arrived the key in the park."""
    doing = done_to(c, STRICT)
    wrong = c.choice(lexicon.INTRANSITIVE).past
    return slot(f"{person(c)} _ {doing.rest} {_when_or_where(c)}", doing.verb.past, wrong)


@phenomenon("transitivity")
def _verb_without_object(c: SeededRandom) -> Pair:
    """The judge arrived two days ago. / *The judge found two days ago."""
    right, wrong = c.choice(lexicon.INTRANSITIVE).past, c.choice(STRICT).verb.past
    return slot(f"{person(c)} _ {_when_or_where(c)}", right, wrong)


_LIKE_IN_MEANING = (
    ("reached", "arrived", "at", lexicon.BUILDINGS),
    ("entered", "went", "into", lexicon.BUILDINGS),
    ("visited", "went", "to", lexicon.BUILDINGS),
    ("watched", "looked", "at", lexicon.ANIMALS),
    ("heard", "listened", "to", lexicon.PEOPLE),
    ("discussed", "talked", "about", lexicon.TEXTS),
    ("criticized", "complained", "about", lexicon.TEXTS),
    ("answered", "replied", "to", nouns("text", "letter postcard message question")),
    ("approached", "came", "to", lexicon.PEOPLE),
)
"""A verb with an object, one of much the same meaning without, its preposition, and what the first is done to."""


@phenomenon("transitivity")
def _near_synonyms(c: SeededRandom) -> Pair:
    """The boys reached the castle. / *The boys arrived the castle."""
    direct, wrong, preposition, among = c.choice(_LIKE_IN_MEANING)
    right = direct if c.chance(0.5) else f"{wrong} {preposition}"
    return slot(f"{person(c)} _ {the(c, among)} {c.choice(('', *lexicon.PAST_TIMES))}", right, wrong)


_CHANGES = (
    (nouns("thing", "door window gate cupboard"), ("opened", "closed"), ("admired", "repaired", "examined")),
    (nouns("thing", "vase mirror cup plate bottle jug"), ("broke", "cracked"), ("found", "bought", "admired")),
    (nouns("thing", "boat ship ferry"), ("sank", "stopped"), ("repaired", "bought", "found")),
    (nouns("thing", "bell telephone alarm"), ("rang", "stopped"), ("repaired", "bought", "examined")),
)
"""Things, what happens to them by itself too, and what is only done to them."""


@phenomenon("causative alternation")
def _by_itself(c: SeededRandom) -> Pair:
    """The window opened suddenly. / *The window repaired suddenly."""
    things, happens, done = c.choice(_CHANGES)
    when = c.choice(("suddenly", "at midnight", "in the morning", "during the storm", "last night", "in the end"))
    return slot(f"the {c.choice(things).singular} _ {when}", c.choice(happens), c.choice(done))


_CAUSES = (
    (("joke", "story", "poem", "clown", "play"), ("amused", "pleased", "surprised"), verbs("laugh smile giggle blush")),
    (("noise", "storm", "explosion", "fire", "ghost"), ("frightened", "shocked", "woke"), verbs("tremble cry faint")),
    (("lecture", "speech", "report", "concert"), ("annoyed", "bored", "disappointed"), verbs("sleep/slept yawn snore")),
)
"""What moves people, verbs for that, and verbs for what they do of it."""


@phenomenon("causative alternation")
def _moved(c: SeededRandom) -> Pair:
    """The joke amused the guests. / *The joke laughed the guests."""
    causes, moved, reactions = c.choice(_CAUSES)
    cause, reaction, subject = f"the {c.choice(causes)}", c.choice(reactions).past, person(c)
    when = c.choice(("", *lexicon.PAST_TIMES))
    bad = f"{cause} {reaction} {subject} {when}"
    if c.chance(0.5):
        return Pair(f"{subject} {reaction} because of {cause} {when}", bad)
    return Pair(f"{cause} {c.choice(moved)} {subject} {when}", bad)


@phenomenon("causative alternation")
def _made_to(c: SeededRandom) -> Pair:
    """The joke made the guests laugh. / *The joke laughed the guests."""
    causes, _, reactions = c.choice(_CAUSES)
    cause, subject, reaction = c.choice(causes), person(c), c.choice(reactions)
    when = c.choice(("", *lexicon.PAST_TIMES))
    return Pair(f"the {cause} made {subject} {reaction.base} {when}", f"the {cause} {reaction.past} {subject} {when}")


@phenomenon("causative alternation")
def _by_somebody(c: SeededRandom) -> Pair:
    """The sailor hid the box. / *The sailor appeared the box."""
    subject, thing, when = person(c), the(c, lexicon.CONTAINERS), c.choice(lexicon.PAST_TIMES)
    verb = c.choice(("arrived", "appeared"))
    bad = f"{subject} {verb} {thing} {when}"
    if c.chance(0.5):
        return Pair(f"{thing} {verb} {when}", bad)
    return Pair(f"{subject} {c.choice(verbs('move hide/hid drop lift')).past} {thing} {when}", bad)


_TELLING = verbs("explain describe mention announce reveal report")
_INSTITUTIONS = nouns("building", "museum library school hospital church")
_GIFTS = (*lexicon.PICTURES, *lexicon.MACHINES, *lexicon.SMALL_THINGS)
_PRICES = (
    (("the castle", "the bridge", "the wedding", "the new roof"), ("a fortune", "a lot of money", "too much money")),
    (("the mistake", "the accident", "the delay"), ("a fortune", "three months", "a lot of time", "too much money")),
)


@phenomenon("dative alternation")
def _explained(c: SeededRandom) -> Pair:
    """Ruth explained the plan to the boy. / *Ruth explained the boy the plan."""
    subject, verb, receiver = person(c), c.choice(_TELLING).past, person(c)
    matter = f"the {c.choice(lexicon.SUBJECT_MATTERS)}"
    return Pair(f"{subject} {verb} {matter} to {receiver}", f"{subject} {verb} {receiver} {matter}")


@phenomenon("dative alternation")
def _told(c: SeededRandom) -> Pair:
    """Ruth told the boy the secret. / *Ruth revealed the boy the secret."""
    matter = c.choice(("the secret", "the truth", "the story", "the news", "the answer"))
    return slot(f"{person(c)} _ {person(c)} {matter}", "told", c.choice(_TELLING).past)


@phenomenon("dative alternation")
def _donated(c: SeededRandom) -> Pair:
    """Paul donated a clock to the school. / *Paul donated the school a clock."""
    head = f"{person(c)} {c.choice(verbs('donate contribute')).past}"
    thing, receiver = some(c, _GIFTS), the(c, _INSTITUTIONS, "singular")
    return Pair(f"{head} {thing} to {receiver}", f"{head} {receiver} {thing}")


@phenomenon("dative alternation")
def _given(c: SeededRandom) -> Pair:
    """Paul lent the judge a ring. / *Paul lent a ring the judge."""
    action, receiver = c.choice(GIVING), person(c)
    head, thing = f"{person(c)} {action.verb.past}", an(c, action.objects)
    good = f"{head} {receiver} {thing}" if c.chance(0.5) else f"{head} {thing} to {receiver}"
    return Pair(good, f"{head} {thing} {receiver}")


@phenomenon("dative alternation")
def _for_somebody(c: SeededRandom) -> Pair:
    """My aunt baked a cake for the boy. / *My aunt baked a cake to the boy."""
    verb, among = c.choice((("baked", lexicon.BAKED), ("bought", lexicon.CLOTHES), ("chose", lexicon.CLOTHES),
                          ("bought", lexicon.DISHES), ("made", lexicon.BAKED), ("drew", lexicon.ANIMALS)))  # fmt: skip
    thing = an(c, among, chance=0)
    return slot(f"{person(c)} {verb} {thing} _ {person(c)} {c.choice(('', *lexicon.PAST_TIMES))}", "for", "to")


@phenomenon("dative alternation")
def _cost(c: SeededRandom) -> Pair:
    """The bridge cost the king a fortune. / *The bridge cost a fortune the king."""
    costly, sums = c.choice(_PRICES)
    head, who, much = f"{c.choice(costly)} cost", person(c), c.choice(sums)
    return Pair(f"{head} {who} {much}", f"{head} {much} {who}")


@phenomenon("dative alternation")
def _nothing_handed(c: SeededRandom) -> Pair:
    """Clara handed the clerk a key. / *Clara handed the clerk."""
    return slot(f"{person(c)} handed {people(c)} _ {_when_or_where(c)}", an(c, lexicon.PORTABLE).text, "")
