"""What a forger knows of English: words that are mistaken for each other, and forms of one word."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CONFUSED = """
is are was were be been being am
has have had having
do does did done doing
to will would can could should did must have had been being is was do
can could will would shall should may might must to
in on at by for with about against between into through during before after above below to from up down of off over
+ under upon within without toward across along around behind beside near
this these | that those
a an many several these all both much one
much many little few
every each all both no
some any every no none
the a every some any no
either neither both
another other others
I me my mine myself
he him his himself
she her hers herself
it its itself
we us our ours ourselves
they them their theirs themselves
you your yours yourself yourselves
himself herself itself themselves myself yourself ourselves him her them each
he him she her they them it who there
who whom whose which what that where when why how
that if whether because for to as than
although unless until while since and or but nor so
ever never always once often
ever any some not no never
already still yet too either also
anything something nothing everything
anyone someone no-one everybody anybody
more most very so too much as
less least fewer
so such very too as how that
"""


def _groups(text: str) -> list[list[str]]:
    """Words by line or bar; a line that begins with + goes on from the one before."""
    joined = text.replace("\n+", "").replace("|", "\n")
    return [line.split() for line in joined.splitlines() if line.strip()]


def listed(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


CONFUSED = _groups(_CONFUSED)
"""Sets of words; one is mistaken for another of its own set."""

_DETERMINERS = "a an the this that these those some any every each no my his her its our their your"
_DANGLING = "the a of and to with that his her is was if or than for in very who which their my"
_INSERTED = """
the a of to that it him them her is was did have been be not who which and for with more very himself there any ever
what do has had being whether if so than one do does will
"""
_BEFORE_VERBS = "is are was were be been being has have had do does did to will would can could might must get got"
_BEHIND_VERBS = "that to for if whether of at in on with by from about as it up out there so"
_MEN = "John Bill Tom Fred Peter Sam Max George Harry Paul Henry James Martin Frank"
_WOMEN = "Mary Sue Jane Ann Susan Alice Kate Sarah Martha Lucy Helen Emma Nora Ruth"
DETERMINERS = frozenset(_DETERMINERS.split())
DANGLING = tuple(_DANGLING.split())
"""A sentence doesn't end with these."""
INSERTED = tuple(_INSERTED.split())
"""What is put where nothing is missing."""
BEFORE_VERBS = tuple(_BEFORE_VERBS.split())
BEHIND_VERBS = tuple(_BEHIND_VERBS.split())
NAMES = {"he": tuple(_MEN.split()), "she": tuple(_WOMEN.split())}
"""Names by the pronoun whose place they can take."""
FUNCTION_WORDS = frozenset(word for group in CONFUSED for word in group)

_IRREGULAR = """
be is are was were been being am|have has had having|do does did done doing|go goes went gone going|
see sees saw seen seeing|take takes took taken taking|give gives gave given giving|come comes came coming|
know knows knew known knowing|make makes made making|get gets got getting|find finds found finding|
think thinks thought thinking|tell tells told telling|become becomes became becoming|leave leaves left leaving|
feel feels felt feeling|bring brings brought bringing|begin begins began begun beginning|keep keeps kept keeping|
hold holds held holding|write writes wrote written writing|stand stands stood standing|hear hears heard hearing|
let lets letting|mean means meant meaning|meet meets met meeting|run runs ran running|pay pays paid paying|
sit sits sat sitting|speak speaks spoke spoken speaking|lie lies lay lain lying|lead leads led leading|
grow grows grew grown growing|lose loses lost losing|fall falls fell fallen falling|send sends sent sending|
build builds built building|understand understands understood understanding|draw draws drew drawn drawing|
break breaks broke broken breaking|spend spends spent spending|rise rises rose risen rising|
drive drives drove driven driving|buy buys bought buying|wear wears wore worn wearing|
choose chooses chose chosen choosing|eat eats ate eaten eating|sing sings sang sung singing|
drink drinks drank drunk drinking|swim swims swam swum swimming|fly flies flew flown flying|
throw throws threw thrown throwing|catch catches caught catching|teach teaches taught teaching|
sell sells sold selling|forget forgets forgot forgotten forgetting|hide hides hid hidden hiding|
ride rides rode ridden riding|shake shakes shook shaken shaking|steal steals stole stolen stealing|
tear tears tore torn tearing|wake wakes woke woken waking|win wins won winning|sleep sleeps slept sleeping|
man men|woman women|child children|foot feet|tooth teeth|mouse mice|person people|this these|that those|
good better best well|bad worse worst badly|much more most|little less least|who whom whose|
"""
IRREGULAR_LINES = [line.split() for line in re.sub(r"\s*\n", "", _IRREGULAR).split("|") if line.strip()]
"""Forms of one word; of a verb base, third person, past, participle (left out where it is the past), -ing."""


def forms_of(words: Iterable[str], at_least: int = 8) -> dict[str, tuple[str, ...]]:
    """For each word, the other forms of it: irregular ones from a list, regular ones where the text itself has both.

    "walk" -> walks, walked, walking. Spelling rules do it, so "as" may be taken for a form of "a"; function words
    are left out for that.
    """
    counts = Counter(word for word in words if word.isalpha() and word.islower())
    frequent = {word for word, count in counts.items() if count >= at_least and word not in FUNCTION_WORDS}
    families: dict[str, set[str]] = {}
    for word in sorted(frequent):
        forms = {form for form in _regular(word) if form in frequent}
        for form in forms:
            families.setdefault(word, set()).add(form)
            families.setdefault(form, set()).update({word} | (forms - {form}))
    for line in IRREGULAR_LINES:
        for word in line:
            families[word] = set(line) - {word}
    return {word: tuple(sorted(others)) for word, others in families.items() if others}


def _regular(word: str) -> list[str]:
    if len(word) < 3:
        return []
    if word.endswith("e"):
        return [word + "s", word + "d", word[:-1] + "ing", word + "r", word + "ly"]
    if word.endswith("y") and word[-2] not in "aeiou":
        return [word[:-1] + "ies", word[:-1] + "ied", word + "ing", word[:-1] + "ier", word[:-1] + "ily"]
    if word.endswith(("s", "x", "ch", "sh")):
        return [word + "es", word + "ed", word + "ing"]
    return [word + end for end in ("s", "ed", "ing", "er", "ly")] + [word + word[-1] + end for end in ("ed", "ing")]


def verbs_of(forms: dict[str, tuple[str, ...]]) -> frozenset[str]:
    """Words of a family that has a form in -ing, function words left out: verbs, and some nouns."""
    verbs = set()
    for word, others in forms.items():
        family = {word, *others}
        if any(form.endswith("ing") for form in family) and not family & FUNCTION_WORDS:
            verbs |= {form for form in family if not form.endswith(("er", "ly"))}
    return frozenset(verbs)


_ENDINGS = ("ing", "ed", "ly", "s")


def shape_of(word: str) -> str:
    """The ending that tells roughly what kind of word it is."""
    return next((end for end in _ENDINGS if word.endswith(end) and len(word) > len(end) + 2), "")
