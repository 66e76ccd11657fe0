"""Comparison, degree and conditionals. Training never shows them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import HANDIWORK, actions
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import NounPhrase, any_number, deed, done_to, gendered, name, person
from examples.sample_grammar.words import BE, agree, verbs

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom

_held_out = partial(phenomenon, in_training=False)
_SHORT = (("tall", "taller", "tallest"), ("old", "older", "oldest"), ("young", "younger", "youngest"),
          ("rich", "richer", "richest"), ("strong", "stronger", "strongest"), ("kind", "kinder", "kindest"),
          ("happy", "happier", "happiest"), ("short", "shorter", "shortest"))  # fmt: skip
_LONG = ("famous", "intelligent", "careful", "generous", "dangerous", "patient")


def _is(c: SeededRandom) -> tuple[NounPhrase, str]:
    """Somebody, and `is`, `are`, `was` or `were`."""
    subject = person(c)
    return subject, agree(BE, subject.number, past=c.chance(0.4))


@_held_out("comparatives")
def _than(c: SeededRandom) -> Pair:
    """Ruth is taller than the judge. / *Ruth is more taller than the judge."""
    (subject, be), (plain, more, _), whom = _is(c), c.choice(_SHORT), person(c)
    if c.chance(0.3):
        long = c.choice(_LONG)
        return slot(f"{subject} {be} _ than {whom}", f"more {long}", c.choice((long, f"the most {long}", f"as {long}")))
    return slot(f"{subject} {be} _ than {whom}", more, c.choice((plain, f"more {more}", f"as {plain}")))


@_held_out("comparatives")
def _as(c: SeededRandom) -> Pair:
    """Ruth is as tall as the judge. / *Ruth is as taller as the judge."""
    (subject, be), (plain, more, _), whom = _is(c), c.choice(_SHORT), person(c)
    wrong = c.choice((f"as {more} as", f"as {plain} than", f"{more} as", f"as {more} than"))
    return slot(f"{subject} {be} _ {whom}", f"as {plain} as", wrong)


@_held_out("comparatives")
def _superlative(c: SeededRandom) -> Pair:
    """Ruth is the tallest judge in the village. / *Ruth is the most tallest judge in the village."""
    subject, (_, more, most) = name(c), c.choice(_SHORT)
    noun = c.choice(lexicon.WORKERS).singular
    wrong = c.choice((f"the most {most}", f"the more {more}", f"a {most}"))
    return slot(f"{subject} is _ {noun} in the {c.choice(('village', 'hotel', 'room'))}", f"the {most}", wrong)


_ENOUGH = (
    (("strong",), actions(("carry lift move", lexicon.FURNITURE))),
    (("rich",), actions(("buy/bought rent", (*lexicon.VEHICLES, *lexicon.PICTURES)))),
    (("brave", "kind"), actions(("rescue", (*lexicon.ANIMALS, *lexicon.PEOPLE)))),
    (("careful", "clever", "patient"), actions(("repair clean", lexicon.MACHINES))),
    (("generous", "kind", "polite"), actions(("help invite thank", lexicon.PEOPLE))),
)
_TOO = ("tired", "ill", "busy", "sad", "lazy", "nervous", "angry", "bored")


@_held_out("comparatives")
def _enough(c: SeededRandom) -> Pair:
    """Ruth is rich enough to buy the car. / *Ruth is enough rich to buy the car."""
    subject, be = _is(c)
    if c.chance(0.4):
        how = c.choice(_TOO)
        return slot(f"{subject} {be} _ to {done_to(c, HANDIWORK).base}", f"too {how}", f"{how} too")
    qualities, among = c.choice(_ENOUGH)
    how = c.choice(qualities)
    return slot(f"{subject} {be} _ to {done_to(c, among).base}", f"{how} enough", f"enough {how}")


_RESULTS = (
    ("tired", ("fell asleep", "could not work", "slept all day")),
    ("hungry", ("ate four sandwiches", "devoured the cake", "could not sleep")),
    ("bored", ("fell asleep", "left the room", "went home")),
    ("ill", ("fainted", "could not work", "stayed at home")),
    ("weak", ("could not stand", "fell down", "stayed in bed")),
    ("busy", ("forgot the meeting", "could not rest", "worked at night")),
    ("rich", ("bought a castle", "owned three boats", "never worked")),
)
"""None of these takes a clause, as in *very happy that she sang*."""


@_held_out("comparatives")
def _so_that(c: SeededRandom) -> Pair:
    """Ruth was so tired that she fell asleep. / *Ruth was very tired that she fell asleep."""
    subject, (how, results) = gendered(c, any_number(c)), c.choice(_RESULTS)
    rest = f"{how} that {subject.pronouns[0]} {c.choice(results)}"
    was = agree(BE, subject.number, past=True)
    return slot(f"{subject} {was} _ {rest}", "so", c.choice(("very", "too", "quite", "as")))


_REACTIONS = verbs("smile laugh complain shout cry apologize celebrate")


@_held_out("conditionals")
def _counterfactual(c: SeededRandom) -> Pair:
    """If Paul had found the key, he would have smiled. / *If Paul had found the key, he would had smiled."""
    condition = f"if {person(c)} had {deed(c).participle}"
    wrong = c.choice(("would has", "would had", "has would"))
    return slot(f"{condition}, {person(c)} _ {c.choice(_REACTIONS).participle}", "would have", wrong)


@_held_out("conditionals", framed=False)
def _inverted(c: SeededRandom) -> Pair:
    """Had Paul found the key, he would have smiled. / *Had found Paul the key, he would have smiled."""
    done, subject = deed(c), person(c)
    wrong = c.choice((f"had {done.verb.participle} {subject} {done.rest}", f"if had {subject} {done.participle}"))
    return slot(
        f"_, {person(c)} would have {c.choice(_REACTIONS).participle}", f"had {subject} {done.participle}", wrong
    )


@_held_out("conditionals")
def _open(c: SeededRandom) -> Pair:
    """If the pilot finds the key, Ruth will smile. / *If the pilot finding the key, Ruth will smile."""
    subject, done = person(c), deed(c)
    right = done.present(subject.number)
    # No base after a singular: *if she find it* is only old.
    others = (done.gerund, f"to {done.base}", *([done.third] if subject.number == "plural" else []))
    return slot(f"if {subject} _, {person(c)} will {c.choice(_REACTIONS).base}", right, c.choice(others))


@_held_out("conditionals")
def _would(c: SeededRandom) -> Pair:
    """Ruth would smile if Paul found the key. / *Ruth would smiled if Paul found the key."""
    react = c.choice(_REACTIONS)
    tail = f"if {person(c)} {deed(c).past}"
    return slot(f"{person(c)} would _ {tail}", react.base, c.choice((react.past, f"to {react.base}")))
