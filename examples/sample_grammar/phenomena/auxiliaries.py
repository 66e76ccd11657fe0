"""Inside the verb group: the order of auxiliaries, the form that each asks for, irregular forms, tense and aspect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import IRREGULAR, STATES
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import (
    activity,
    deed,
    doing,
    done_to,
    pastime,
    person,
)
from examples.sample_grammar.words import BE, HAVE, agree, verbs

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom

_MIGHT = ("might", "could", "must", "should", "may")
_MODALS = (*_MIGHT, "will", "can", "would")


@phenomenon("auxiliaries")
def _order(c: SeededRandom) -> Pair:
    """The nurse might have been singing. / *The nurse might been have singing."""
    modal, done = c.choice(_MIGHT), activity(c)
    wrong = c.choice((f"{modal} been have", f"have {modal} been", f"{modal} be have", f"been {modal} have"))
    return slot(f"{person(c)} _ {done.gerund}", f"{modal} have been", wrong)


@phenomenon("auxiliaries")
def _perfect_order(c: SeededRandom) -> Pair:
    """The nurse might have found the key. / *The nurse have might found the key."""
    modal = c.choice(_MIGHT)
    wrong = c.choice((f"have {modal}", f"{modal} had", f"{modal} has"))
    return slot(f"{person(c)} _ {doing(c).participle}", f"{modal} have", wrong)


@phenomenon("auxiliaries")
def _progressive(c: SeededRandom) -> Pair:
    """Peter has been cleaning the mirror. / *Peter has be cleaning the mirror."""
    subject, done = person(c), activity(c)
    has, be = agree(HAVE, subject.number), agree(BE, subject.number)
    wrong = c.choice((f"{has} being", f"{has} be", f"{be} been", has))
    return slot(f"{subject} _ {done.gerund}", f"{has} been", wrong)


@phenomenon("auxiliaries")
def _after_modal(c: SeededRandom) -> Pair:
    """The pilot can drive the truck. / *The pilot can drives the truck."""
    done = deed(c)
    wrong = c.choice((done.third, f"to {done.base}", done.gerund, done.past))
    return slot(f"{person(c)} {c.choice(_MODALS)} _", done.base, wrong)


@phenomenon("auxiliaries")
def _after_have(c: SeededRandom) -> Pair:
    """The pilot has sold the truck. / *The pilot has selling the truck."""
    subject, done = person(c), deed(c)
    return slot(f"{subject} {agree(HAVE, subject.number)} _", done.participle, c.choice((done.gerund, done.base)))


@phenomenon("auxiliaries")
def _after_be(c: SeededRandom) -> Pair:
    """The pilot is painting the fence. / *The pilot is paint the fence."""
    subject, done = person(c), activity(c)
    be = agree(BE, subject.number, past=c.chance(0.4))
    return slot(f"{subject} {be} _", done.gerund, c.choice((done.base, f"to {done.gerund}")))


@phenomenon("auxiliaries")
def _going_to(c: SeededRandom) -> Pair:
    """The pilot is going to sell the truck. / *The pilot is going sell the truck."""
    subject, done = person(c), deed(c)
    be = agree(BE, subject.number)
    return slot(
        f"{subject} {be} going _", f"to {done.base}", c.choice((done.base, f"to {done.past}", f"to {done.gerund}"))
    )


@phenomenon("irregular forms")
def _participle_for_past(c: SeededRandom) -> Pair:
    """Simon wrote the letter. / *Simon written the letter."""
    done = done_to(c, IRREGULAR)
    return slot(
        f"{person(c)} _ {done.rest} {c.choice(('', *lexicon.PAST_TIMES))}", done.verb.past, done.verb.participle
    )


@phenomenon("irregular forms")
def _past_for_participle(c: SeededRandom) -> Pair:
    """Simon has written the letter. / *Simon has wrote the letter."""
    subject, done = person(c), done_to(c, IRREGULAR)
    auxiliary = agree(HAVE, subject.number) if c.chance(0.6) else f"{c.choice(_MIGHT)} have"
    return slot(f"{subject} {auxiliary} _ {done.rest}", done.verb.participle, done.verb.past)


@phenomenon("irregular forms")
def _past_for_base(c: SeededRandom) -> Pair:
    """Simon wanted to write the letter. / *Simon wanted to wrote the letter."""
    done = done_to(c, IRREGULAR)
    head = c.choice(("wanted to", "tried to", "managed to", "will", "must", "did not"))
    return slot(f"{person(c)} {head} _ {done.rest}", done.verb.base, c.choice((done.verb.past, done.verb.participle)))


_AS_ADJECTIVES = (
    (verbs("steal/stole/stolen"), (*lexicon.VEHICLES, *lexicon.SMALL_THINGS, *lexicon.PICTURES)),
    (verbs("break/broke/broken"), (*lexicon.DISHES, *lexicon.MACHINES)),
    (verbs("tear/tore/torn"), (*lexicon.CLOTHES, *lexicon.TEXTS)),
    (verbs("hide/hid/hidden"), (*lexicon.TEXTS, *lexicon.SMALL_THINGS)),
)


@phenomenon("irregular forms")
def _adjective(c: SeededRandom) -> Pair:
    """Anna found the stolen car. / *Anna found the stole car."""
    forms, among = c.choice(_AS_ADJECTIVES)
    verb, noun = c.choice(forms), c.choice(among)
    head = f"{person(c)} {c.choice(('found', 'bought', 'mentioned', 'described', 'examined'))} the"
    return slot(f"{head} _ {c.choice((noun.singular, noun.plural))}", verb.participle, verb.past)


@phenomenon("tense and aspect")
def _perfect(c: SeededRandom) -> Pair:
    """The judge left the hotel yesterday. / *The judge has left the hotel yesterday."""
    subject, done = person(c), deed(c)
    right, wrong = done.past, f"{agree(HAVE, subject.number)} {done.participle}"
    return slot(f"{subject} _ {c.choice(lexicon.PAST_TIMES)}", right, wrong)


@phenomenon("tense and aspect")
def _time(c: SeededRandom) -> Pair:
    """The clerk will visit the castle tomorrow. / *The clerk visited the castle tomorrow."""
    done = activity(c) if c.chance(0.7) else pastime(c)
    if c.chance(0.5):
        return slot(f"{person(c)} _ {c.choice(lexicon.FUTURE_TIMES)}", f"will {done.base}", done.past)
    return slot(f"{person(c)} _ {c.choice(lexicon.PAST_TIMES)}", done.past, f"will {done.base}")


@phenomenon("tense and aspect")
def _since(c: SeededRandom) -> Pair:
    """The nurses have lived here since last summer. / *The nurses live here since last summer."""
    subject, verb = person(c), c.choice(verbs("live work"))
    since = c.choice(("since last summer", "since the war", "since last year", "since the wedding"))
    has, be = agree(HAVE, subject.number), agree(BE, subject.number)
    right = c.choice((f"{has} {verb.participle}", f"{has} been {verb.gerund}"))
    wrong = c.choice((agree(verb, subject.number), f"{be} {verb.gerund}"))
    return slot(f"{subject} _ {c.choice(('here', *lexicon.HOMES))} {since}", right, wrong)


@phenomenon("tense and aspect")
def _state(c: SeededRandom) -> Pair:
    """The waiter knows the poet. / *The waiter is knowing the poet."""
    subject, done = person(c), done_to(c, STATES)
    return slot(f"{subject} _", done.present(subject.number), f"{agree(BE, subject.number)} {done.gerund}")


@phenomenon("tense and aspect")
def _until(c: SeededRandom) -> Pair:
    """Ruth will leave when Paul arrives. / *Ruth will leave when Paul will arrive."""
    subject, done = person(c), activity(c)
    arrive = c.choice(verbs("arrive wake complain"))
    when = c.choice(("when", "before", "after", "as soon as"))
    return slot(
        f"{person(c)} will {done.base} {when} {subject} _", agree(arrive, subject.number), f"will {arrive.base}"
    )


@phenomenon("tense and aspect")
def _while(c: SeededRandom) -> Pair:
    """Ruth was painting the chair when Paul arrived. / *Ruth is painting the chair when Paul arrived."""
    subject, done = person(c), activity(c)
    was, be = agree(BE, subject.number, past=True), agree(BE, subject.number)
    when = f"when {person(c)} {c.choice(verbs('arrive faint call')).past}"
    return slot(f"{subject} _ {done.gerund} {when}", was, c.choice((be, "will be")))


@phenomenon("tense and aspect")
def _sequence(c: SeededRandom) -> Pair:
    """Last week Ruth found the key. / *Last week Ruth will find the key."""
    subject, done = person(c), deed(c)
    has = agree(HAVE, subject.number)
    wrong = c.choice((f"will {done.base}", f"{has} {done.participle}"))
    return slot(f"{c.choice(lexicon.PAST_TIMES)} {subject} _", done.past, wrong)
