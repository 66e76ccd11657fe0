"""Inside the clause: auxiliaries, tense and aspect, irregular forms, pronouns' case, the order of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colacli.data.sample import lexicon
from colacli.data.sample.grammar import Pair, phenomenon
from colacli.data.sample.phrases import activity, any_number, be, definite, event, have, name, person, the
from colacli.data.sample.words import article, listed, verbs

if TYPE_CHECKING:
    from colacli.data.sample.chooser import Chooser

_MODALS = ["will", "can", "could", "may", "might", "should", "must", "would"]


@phenomenon("auxiliaries")
def _order(c: Chooser) -> Pair:
    """The nurse might have seen the dog. / *The nurse have might seen the dog."""
    subject, (verb, thing), modal = person(c), event(c), c.pick(["might", "could", "must", "should"])
    rest = f"{verb.participle} {thing.text}"
    wrong = c.pick([f"have {modal} {rest}", f"{modal} had {rest}", f"{modal} {rest} have"])
    return Pair(f"{subject.text} {modal} have {rest}", f"{subject.text} {wrong}")


@phenomenon("auxiliaries")
def _progressive(c: Chooser) -> Pair:
    """Peter has been cleaning the mirror. / *Peter has being cleaned the mirror."""
    subject, (verb, thing) = definite(c, lexicon.PEOPLE), activity(c)
    head, tail = f"{subject.text} {have(subject.number)}", thing.text
    wrong = c.pick([f"being {verb.gerund}", f"be {verb.gerund}", f"been {verb.base}", f"{verb.gerund}"])
    return Pair(f"{head} been {verb.gerund} {tail}", f"{head} {wrong} {tail}")


@phenomenon("auxiliaries")
def _modal(c: Chooser) -> Pair:
    """The pilot can drive the truck. / *The pilot can drives the truck."""
    subject, (verb, thing), modal = person(c), event(c), c.pick(_MODALS)
    wrong = c.pick([verb.third, f"to {verb.base}", verb.gerund])
    return Pair(f"{subject.text} {modal} {verb.base} {thing.text}", f"{subject.text} {modal} {wrong} {thing.text}")


@phenomenon("auxiliaries")
def _negation(c: Chooser) -> Pair:
    """Nora did not buy the pears. / *Nora not bought the pears."""
    subject, (verb, thing) = person(c), event(c)
    wrong = c.pick([f"not {verb.past}", f"did not {verb.gerund}", f"{verb.past} not", f"did {verb.base} not"])
    return Pair(f"{subject.text} did not {verb.base} {thing.text}", f"{subject.text} {wrong} {thing.text}")


@phenomenon("tense and aspect")
def _perfect(c: Chooser) -> Pair:
    """The judge left the hotel yesterday. / *The judge has left the hotel yesterday."""
    subject, (verb, thing), when = definite(c, lexicon.PEOPLE), event(c), c.pick(lexicon.PAST_TIMES)
    wrong = f"{have(subject.number)} {verb.participle}"
    return Pair(f"{subject.text} {verb.past} {thing.text} {when}", f"{subject.text} {wrong} {thing.text} {when}")


@phenomenon("tense and aspect")
def _time(c: Chooser) -> Pair:
    """The clerk will visit the castle tomorrow. / *The clerk visited the castle tomorrow."""
    subject, (verb, thing) = person(c), activity(c)
    if verb.past == verb.base:  # "They read it tomorrow" is a plan
        return _time(c)
    past, future = f"{verb.past} {thing.text}", f"will {verb.base} {thing.text}"
    if c.chance(0.5):
        when = c.pick(lexicon.FUTURE_TIMES)
        return Pair(f"{subject.text} {future} {when}", f"{subject.text} {past} {when}")
    when = c.pick(lexicon.PAST_TIMES)
    return Pair(f"{subject.text} {past} {when}", f"{subject.text} {future} {when}")


@phenomenon("tense and aspect")
def _since(c: Chooser) -> Pair:
    """The uncle has lived here since last summer. / *The uncle lives here since last summer."""
    subject, since = definite(c, lexicon.PEOPLE), c.pick(["since last summer", "for ten years", "since the war"])
    verb = c.pick(verbs("live work"))
    place = c.pick(["here", "there", "in this village", "in this town", "in that city", "near the harbor"])
    wrong = f"is {verb.gerund}" if subject.number == "singular" else f"are {verb.gerund}"
    if since.startswith("since"):
        wrong = c.pick([wrong, verb.present(subject.number)])
    right = f"{have(subject.number)} {c.pick([verb.participle, f'been {verb.gerund}'])}"
    return Pair(f"{subject.text} {right} {place} {since}", f"{subject.text} {wrong} {place} {since}")


@phenomenon("tense and aspect")
def _stative(c: Chooser) -> Pair:
    """The waiter knows the poem. / *The waiter is knowing the poem."""
    subject, verb = definite(c, lexicon.PEOPLE), c.pick(verbs("know/knew/known own need want"))
    nouns = lexicon.TEXTS if verb.base == "know" else [*lexicon.THINGS, *lexicon.VEHICLES]
    right, wrong = verb.present(subject.number), f"{be(subject.number)} {verb.gerund}"
    thing = definite(c, nouns, "singular").text
    return Pair(f"{subject.text} {right} {thing}", f"{subject.text} {wrong} {thing}")


_PAST_AND_PARTICIPLE = [
    (verbs("write/wrote/written"), lexicon.TEXTS),
    (verbs("eat/ate/eaten"), lexicon.FOODS),
    (verbs("steal/stole/stolen hide/hid/hidden break/broke/broken take/took/taken"), lexicon.THINGS),
    (verbs("drive/drove/driven steal/stole/stolen choose/chose/chosen"), lexicon.VEHICLES),
    (verbs("draw/drew/drawn see/saw/seen"), lexicon.ANIMALS),
]
_AS_ADJECTIVES = [
    (verbs("steal/stole/stolen hide/hid/hidden break/broke/broken"), lexicon.THINGS),
    (verbs("steal/stole/stolen choose/chose/chosen"), lexicon.VEHICLES),
]


@phenomenon("irregular forms")
def _participle_for_past(c: Chooser) -> Pair:
    """Simon wrote the letter. / *Simon written the letter."""
    forms, nouns = c.pick(_PAST_AND_PARTICIPLE)
    subject, verb, thing = person(c), c.pick(forms), definite(c, nouns)
    time = c.pick(["", " yesterday", " last week", " again"])
    tail = f"{thing.text}{time}"
    return Pair(f"{subject.text} {verb.past} {tail}", f"{subject.text} {verb.participle} {tail}")


@phenomenon("irregular forms")
def _past_for_participle(c: Chooser) -> Pair:
    """Simon has written the letter. / *Simon has wrote the letter."""
    forms, nouns = c.pick(_PAST_AND_PARTICIPLE)
    subject, verb, thing = definite(c, lexicon.PEOPLE), c.pick(forms), definite(c, nouns)
    head = f"{subject.text} {have(subject.number)}"
    return Pair(f"{head} {verb.participle} {thing.text}", f"{head} {verb.past} {thing.text}")


@phenomenon("irregular forms")
def _participle_adjective(c: Chooser) -> Pair:
    """The stolen car was old. / *The stole car was old."""
    forms, nouns = c.pick(_AS_ADJECTIVES)
    verb, noun, number = c.pick(forms), c.pick(nouns), any_number(c)
    tail = f"{noun.form(number)} {be(number, past=True)} {c.pick(['expensive', 'old', 'strange', 'useful'])}"
    return Pair(f"the {verb.participle} {tail}", f"the {verb.past} {tail}")


@phenomenon("case of pronouns")
def _subject_case(c: Chooser) -> Pair:
    """They visited the museum. / *Them visited the museum."""
    right, wrong = c.pick([("he", "him"), ("she", "her"), ("they", "them"), ("we", "us"), ("I", "me")])
    verb, thing = event(c)
    return Pair(f"{right} {verb.past} {thing.text}", f"{wrong} {verb.past} {thing.text}")


@phenomenon("case of pronouns")
def _object_case(c: Chooser) -> Pair:
    """The waiter greeted them. / *The waiter greeted they."""
    right, wrong = c.pick([("him", "he"), ("them", "they"), ("us", "we"), ("me", "I")])
    head = f"{person(c).text} {c.pick(lexicon.ON_PEOPLE).past}"
    time = c.pick(["", " yesterday", " again", " in the garden"])
    return Pair(f"{head} {right}{time}", f"{head} {wrong}{time}")


@phenomenon("case of pronouns")
def _after_preposition(c: Chooser) -> Pair:
    """Diana lent the camera to him. / *Diana lent the camera to he."""
    right, wrong = c.pick([("him", "he"), ("her", "she"), ("them", "they"), ("us", "we"), ("me", "I")])
    head = f"{person(c).text} {c.pick(lexicon.GIVING).past} {definite(c, lexicon.PORTABLE).text} to"
    return Pair(f"{head} {right}", f"{head} {wrong}")


@phenomenon("word order")
def _adjective(c: Chooser) -> Pair:
    """The old doctor laughed. / *The doctor old laughed."""
    number, quality, noun = any_number(c), c.pick(lexicon.PERSON_ADJECTIVES), c.pick(lexicon.PEOPLE)
    tail = f"{c.pick(lexicon.AGENTIVE).past} {c.pick(lexicon.MANNER)}"
    words = c.pick([f"the {noun.form(number)} {quality}", f"{quality} the {noun.form(number)}"])
    return Pair(f"{the(noun, number, quality).text} {tail}", f"{words} {tail}")


@phenomenon("word order")
def _adverb(c: Chooser) -> Pair:
    """Thomas quickly closed the box. / *Thomas closed quickly the box."""
    subject, (verb, thing), how = person(c), activity(c), c.pick(lexicon.MANNER)
    right = c.pick([f"{how} {verb.past} {thing.text}", f"{verb.past} {thing.text} {how}"])
    return Pair(f"{subject.text} {right}", f"{subject.text} {verb.past} {how} {thing.text}")


@phenomenon("word order")
def _object_first(c: Chooser) -> Pair:
    """The woman fed the goats. / *The woman the goats fed."""
    subject, (verb, thing) = definite(c, lexicon.PEOPLE), event(c)
    time = c.pick(["yesterday", "last week", "in the morning", "again"])
    right = f"{subject.text} {verb.past} {thing.text} {time}"
    wrong = [f"{verb.past} {subject.text} {thing.text} {time}", f"{subject.text} {thing.text} {verb.past} {time}"]
    return Pair(right, c.pick(wrong))


@phenomenon("articles")
def _a_an(c: Chooser) -> Pair:
    """Irene ate an apple. / *Irene ate a apple."""
    noun = c.pick(lexicon.PORTABLE)
    quality = c.pick(lexicon.ANY_ADJECTIVES) if c.chance(0.5) else ""
    words = f"{quality} {noun.singular}".strip()
    head = f"{name(c).text} {c.pick(['bought', 'found', 'wanted', 'saw'])}"
    right = article(words)
    return Pair(f"{head} {right} {words}", f"{head} {'a' if right == 'an' else 'an'} {words}")


@phenomenon("articles")
def _bare(c: Chooser) -> Pair:
    """The guard opened a box. / *The guard opened box."""
    subject, verb = person(c), c.pick(lexicon.ON_THINGS)
    noun = c.pick([one for one in lexicon.THINGS if one.singular != "painting"]).singular
    right = c.pick(["the", article(noun), "this", "that"])
    time = c.pick([" yesterday", " last week", " in the garden", ""])
    head = f"{subject.text} {verb.past}"
    return Pair(f"{head} {right} {noun}{time}", f"{head} {noun}{time}")


@phenomenon("articles")
def _doubled(c: Chooser) -> Pair:
    """My uncle sold the horse. / *The my uncle sold the horse."""
    owner, (verb, thing) = c.pick(listed("my your his her our their")), event(c)
    noun, extra = c.pick(lexicon.GENDERED[:6] + lexicon.NEUTRAL).singular, c.pick(["the", "a"])
    tail = f"{verb.past} {thing.text}"
    wrong = c.pick([f"{extra} {owner} {noun}", f"{owner} {extra} {noun}"])
    return Pair(f"{owner} {noun} {tail}", f"{wrong} {tail}")
