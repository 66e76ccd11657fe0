"""What people do to what: verbs, and the nouns that are sensible objects of theirs.

No verb here has a past like its base, as *read* and *put* have: too many bad sentences would be good ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from examples.sample_grammar import lexicon
from examples.sample_grammar.words import Noun, Verb, listed, verbs

Nouns = tuple[Noun, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """A verb and what it is done to."""

    verb: Verb
    objects: Nouns


def actions(*rows: tuple[str, Nouns]) -> tuple[Action, ...]:
    """Actions from verbs in one line and the objects that all of them take."""
    return tuple(Action(verb, objects) for words, objects in rows for verb in verbs(words))


ACTIVITIES = actions(
    ("help visit interview tease follow watch", lexicon.PEOPLE),
    ("write/wrote/written translate review print study", lexicon.TEXTS),
    ("bake sell/sold", lexicon.BAKED),
    ("eat/ate/eaten serve prepare", lexicon.FOODS),
    ("wash mend wear/wore/worn", lexicon.CLOTHES),
    ("repair examine", lexicon.MACHINES),
    ("paint carry polish", lexicon.FURNITURE),
    ("carry open close", lexicon.CONTAINERS),
    ("clean wash", lexicon.DISHES),
    ("drive/drove/driven repair wash", lexicon.VEHICLES[:-1]),
    ("feed/fed chase wash", lexicon.ANIMALS),
    ("clean paint photograph", lexicon.BUILDINGS),
)
"""What takes a while, and can be done again and again."""

EVENTS = actions(
    ("thank greet insult rescue warn invite hug", lexicon.PEOPLE),
    ("finish publish borrow tear/tore/torn", lexicon.TEXTS),
    ("devour order taste", lexicon.FOODS),
    ("choose/chose/chosen buy/bought lose/lost", lexicon.CLOTHES),
    ("buy/bought sell/sold break/broke/broken", lexicon.MACHINES),
    ("buy/bought drop", (*lexicon.DISHES, *lexicon.CONTAINERS)),
    ("find/found steal/stole/stolen hide/hid/hidden", lexicon.SMALL_THINGS),
    ("draw/drew/drawn", lexicon.PICTURES[:2]),
    ("admire buy/bought", lexicon.PICTURES),
    ("buy/bought steal/stole/stolen rent", lexicon.VEHICLES),
    ("find/found rescue catch/caught buy/bought", lexicon.ANIMALS),
    ("visit admire describe", lexicon.BUILDINGS),
)
"""What is done at once."""

DEEDS = (*ACTIVITIES, *EVENTS)

_TWO_OBJECTS = listed("write sell bake serve prepare order buy find draw choose catch print open paint steal rent lose")
PLAIN = tuple(action for action in DEEDS if action.verb.base not in (*_TWO_OBJECTS, "warn", "drop", "break"))
"""Of the deeds, what has one object and never two, and no clause instead of it."""

HANDIWORK = actions(
    ("translate study print review", lexicon.TEXTS),
    ("prepare", lexicon.FOODS),
    ("wash mend", lexicon.CLOTHES),
    ("repair examine clean", lexicon.MACHINES),
    ("paint polish carry", lexicon.FURNITURE),
    ("open carry close", lexicon.CONTAINERS),
    ("clean wash", lexicon.DISHES),
    ("wash repair", lexicon.VEHICLES),
    ("feed/fed wash", lexicon.ANIMALS),
    ("clean paint", lexicon.BUILDINGS),
)
"""What can be done slowly or quickly, carefully or happily."""

STRICT = actions(
    ("thank greet rescue admire blame insult", lexicon.PEOPLE),
    ("mention describe discuss", lexicon.TEXTS),
    ("devour", lexicon.FOODS),
    ("wear/wore/worn", lexicon.CLOTHES),
    ("examine", lexicon.MACHINES),
    ("carry find/found", lexicon.CONTAINERS),
    ("find/found", lexicon.SMALL_THINGS),
    ("rescue", lexicon.ANIMALS),
    ("describe", lexicon.BUILDINGS),
)
"""Verbs that can't do without their object, whatever it is and however often they are used."""

FINDING = verbs("find/found buy/bought borrow sell/sold steal/stole/stolen lose/lost")
"""What can be done to nearly any thing."""

IRREGULAR = actions(
    ("write/wrote/written", lexicon.TEXTS),
    ("eat/ate/eaten", lexicon.FOODS),
    ("take/took/taken steal/stole/stolen choose/chose/chosen", (*lexicon.SMALL_THINGS, *lexicon.CLOTHES)),
    ("wear/wore/worn", lexicon.CLOTHES),
    ("break/broke/broken", (*lexicon.DISHES, *lexicon.MACHINES)),
    ("drive/drove/driven steal/stole/stolen", lexicon.VEHICLES[:-1]),
    ("draw/drew/drawn", (*lexicon.ANIMALS, *lexicon.WILD_ANIMALS)),
    ("throw/threw/thrown", lexicon.SMALL_THINGS),
    ("tear/tore/torn", (*lexicon.TEXTS, *lexicon.CLOTHES)),
)
"""Verbs whose past is not their participle."""

STATES = actions(
    ("own possess", (*lexicon.MACHINES, *lexicon.VEHICLES, *lexicon.CLOTHES)),
    ("know/knew/known resemble", lexicon.PEOPLE),
)
"""What is so, and is not done."""

GIVING = actions(("give/gave/given lend/lent send/sent show hand offer", lexicon.PORTABLE))
"""Verbs that take a receiver, before the thing or after it."""
