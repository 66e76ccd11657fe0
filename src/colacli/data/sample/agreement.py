"""Agreement: of verbs with subjects, of determiners with nouns, of anaphors with antecedents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colacli.data.sample import lexicon
from colacli.data.sample.grammar import Pair, phenomenon
from colacli.data.sample.phrases import (
    any_number,
    be,
    definite,
    event,
    have,
    man,
    name,
    other,
    person,
    the,
    woman,
)

if TYPE_CHECKING:
    from colacli.data.sample.chooser import Chooser


@phenomenon("subject-verb agreement")
def _present(c: Chooser) -> Pair:
    """The boys laugh often. / *The boys laughs often."""
    subject, verb, often = (
        definite(c, lexicon.PEOPLE),
        c.pick(lexicon.AGENTIVE),
        c.pick(["often", "every day", "a lot"]),
    )
    right, wrong = verb.present(subject.number), verb.present(other(subject.number))
    return Pair(f"{subject.text} {right} {often}", f"{subject.text} {wrong} {often}")


@phenomenon("subject-verb agreement")
def _transitive(c: Chooser) -> Pair:
    """The nurse has read the letters. / *The nurse have read the letters."""
    subject, (verb, thing) = definite(c, lexicon.PEOPLE), event(c)
    right, wrong = have(subject.number), have(other(subject.number))
    rest = f"{verb.participle} {thing.text}"
    return Pair(f"{subject.text} {right} {rest}", f"{subject.text} {wrong} {rest}")


@phenomenon("subject-verb agreement")
def _copula(c: Chooser) -> Pair:
    """The teachers are tired. / *The teachers is tired."""
    subject, feeling, past = definite(c, lexicon.PEOPLE), c.pick(lexicon.FEELINGS), c.chance(0.4)
    right, wrong = be(subject.number, past=past), be(other(subject.number), past=past)
    return Pair(f"{subject.text} {right} {feeling}", f"{subject.text} {wrong} {feeling}")


@phenomenon("agreement with an attractor")
def _prepositional(c: Chooser) -> Pair:
    """The key near the boxes is old. / *The key near the boxes are old."""
    number = any_number(c)
    subject, place = definite(c, lexicon.THINGS, number), definite(c, lexicon.THINGS, other(number))
    where, quality, past = c.pick(["near", "behind", "next to"]), c.pick(lexicon.THING_ADJECTIVES), c.chance(0.3)
    head = f"{subject.text} {where} {place.text}"
    return Pair(f"{head} {be(number, past=past)} {quality}", f"{head} {be(other(number), past=past)} {quality}")


@phenomenon("agreement with an attractor")
def _relative(c: Chooser) -> Pair:
    """The boy that the girls admire is late. / *The boy that the girls admire are late."""
    number = any_number(c)
    subject, inner = definite(c, lexicon.PEOPLE, number), definite(c, lexicon.PEOPLE, other(number))
    verb, feeling, past = c.pick(lexicon.ON_PEOPLE), c.pick(lexicon.FEELINGS), c.chance(0.3)
    head = f"{subject.text} that {inner.text} {verb.past}"
    return Pair(f"{head} {be(number, past=past)} {feeling}", f"{head} {be(other(number), past=past)} {feeling}")


@phenomenon("agreement with an attractor")
def _friends_of(c: Chooser) -> Pair:
    """The sister of the actors works here. / *The sister of the actors work here."""
    number = any_number(c)
    kin = c.pick([noun for noun in lexicon.GENDERED if noun.singular in _KIN])
    head = f"{the(kin, number).text} of {definite(c, lexicon.NEUTRAL, other(number)).text}"
    verb, rest = c.pick([*lexicon.AGENTIVE[:5]]), c.pick(["every day", "a lot", "all the time"])
    return Pair(f"{head} {verb.present(number)} {rest}", f"{head} {verb.present(other(number))} {rest}")


_KIN = ("father", "mother", "uncle", "aunt", "brother", "sister")


@phenomenon("agreement after there")
def _there(c: Chooser) -> Pair:
    """There are two books on the table. / *There is two books on the table."""
    number, past = any_number(c), c.chance(0.4)
    noun = c.pick([*lexicon.THINGS, *lexicon.TEXTS])
    count = c.pick(["one", "only one"]) if number == "singular" else c.pick(["two", "three", "several", "many", "some"])
    rest = f"{count} {noun.form(number)} {c.pick(_WHERE)} {definite(c, lexicon.PLACES, 'singular').text}"
    return Pair(f"there {be(number, past=past)} {rest}", f"there {be(other(number), past=past)} {rest}")


_WHERE = ("in", "near", "behind", "in front of")


@phenomenon("agreement after there")
def _there_people(c: Chooser) -> Pair:
    """There were many students at the station. / *There was many students at the station."""
    number, past, noun = any_number(c), c.chance(0.5), c.pick(lexicon.NEUTRAL)
    count = c.pick(["one", "only one"]) if number == "singular" else c.pick(["two", "three", "several", "many", "some"])
    rest = f"{count} {noun.form(number)} {c.pick(_WHERE)} {definite(c, lexicon.PLACES, 'singular').text}"
    return Pair(f"there {be(number, past=past)} {rest}", f"there {be(other(number), past=past)} {rest}")


@phenomenon("anaphor agreement")
def _gender(c: Chooser) -> Pair:
    """Mary blamed herself. / *Mary blamed himself."""
    subject, verb = name(c), c.pick(lexicon.REFLEXIVE)
    wrong = c.pick(["himself" if subject.gender == "f" else "herself", "themselves"])
    return Pair(f"{subject.text} {verb.past} {subject.reflexive}", f"{subject.text} {verb.past} {wrong}")


@phenomenon("anaphor agreement")
def _number(c: Chooser) -> Pair:
    """The girls have hurt themselves. / *The girls have hurt herself."""
    subject = definite(c, lexicon.GENDERED)
    wrong = c.pick(["himself", "herself"]) if subject.number == "plural" else "themselves"
    head = f"{subject.text} {have(subject.number)} {c.pick(lexicon.REFLEXIVE).participle}"
    return Pair(f"{head} {subject.reflexive}", f"{head} {wrong}")


@phenomenon("anaphor agreement")
def _embedded(c: Chooser) -> Pair:
    """The king bought a hat for himself. / *The king bought a hat for herself."""
    subject, thing = definite(c, lexicon.GENDERED, "singular"), c.pick([*lexicon.THINGS, *lexicon.FOODS])
    wrong = "himself" if subject.gender == "f" else "herself"
    head = f"{subject.text} bought {definite(c, [thing]).text} for"
    return Pair(f"{head} {subject.reflexive}", f"{head} {wrong}")


@phenomenon("determiner-noun agreement")
def _demonstrative(c: Chooser) -> Pair:
    """John bought those lamps. / *John bought that lamps."""
    number, (one, many) = any_number(c), c.pick([("this", "these"), ("that", "those")])
    right, wrong = (one, many) if number == "singular" else (many, one)
    verbs, nouns = c.pick(lexicon.OBJECTS)
    head, noun = f"{person(c).text} {c.pick(verbs).past}", c.pick(nouns).form(number)
    return Pair(f"{head} {right} {noun}", f"{head} {wrong} {noun}")


@phenomenon("determiner-noun agreement")
def _adjective_between(c: Chooser) -> Pair:
    """She carried this heavy box. / *She carried these heavy box."""
    number, (one, many) = any_number(c), c.pick([("this", "these"), ("that", "those")])
    right, wrong = (one, many) if number == "singular" else (many, one)
    head, quality = f"{person(c).text} {c.pick(lexicon.ON_THINGS).past}", c.pick(lexicon.THING_ADJECTIVES)
    noun = c.pick(lexicon.THINGS).form(number)
    return Pair(f"{head} {right} {quality} {noun}", f"{head} {wrong} {quality} {noun}")


@phenomenon("determiner-noun agreement")
def _count(c: Chooser) -> Pair:
    """Every student left. / *Every students left."""
    number = any_number(c)
    word = c.pick(["every", "each", "another"] if number == "singular" else ["many", "several", "two", "both", "few"])
    noun, verb = c.pick([*lexicon.PEOPLE, *lexicon.ANIMALS]), c.pick(lexicon.INTRANSITIVE)
    return Pair(f"{word} {noun.form(number)} {verb.past}", f"{word} {noun.form(other(number))} {verb.past}")


@phenomenon("binding")
def _local(c: Chooser) -> Pair:
    """Mary thinks that John blamed himself. / *Mary thinks that John blamed herself."""
    outer, inner = (woman(c), man(c)) if c.chance(0.5) else (man(c), woman(c))
    say, verb = c.pick(lexicon.SAYING), c.pick(lexicon.REFLEXIVE)
    head = f"{outer.text} {say.past} that {inner.text} {verb.past}"
    return Pair(f"{head} {inner.reflexive}", f"{head} {outer.reflexive}")


@phenomenon("binding")
def _command(c: Chooser) -> Pair:
    """John's mother praised herself. / *John's mother praised himself."""
    owner, kin = man(c), c.pick(["mother", "sister", "aunt"])
    if c.chance(0.5):
        owner, kin = woman(c), c.pick(["father", "brother", "uncle"])
    head = f"{owner.text}'s {kin} {c.pick(lexicon.REFLEXIVE).past}"
    kin_reflexive = "himself" if owner.gender == "f" else "herself"
    return Pair(f"{head} {kin_reflexive}", f"{head} {owner.reflexive}")


@phenomenon("binding")
def _subject(c: Chooser) -> Pair:
    """Susan said that she was tired. / *Susan said that herself was tired."""
    subject, say, feeling = name(c), c.pick(lexicon.SAYING), c.pick(lexicon.FEELINGS)
    head = f"{subject.text} {say.past} that"
    return Pair(f"{head} {subject.pronoun} was {feeling}", f"{head} {subject.reflexive} was {feeling}")
