"""The words of the sample. Sentences are made of these and of the function words that the phenomena bring."""

from __future__ import annotations

from colacli.data.sample.words import Noun, Verb, listed, nouns, verbs

MEN = listed("John David Peter Thomas Robert Michael Daniel Paul George Henry Edward Simon Martin Frank Oliver Arthur")
WOMEN = listed("Mary Susan Anna Laura Emily Julia Sarah Helen Alice Rachel Clara Emma Nora Ruth Diana Irene")
NAMES = [*MEN, *WOMEN]

PEOPLE = [
    *nouns(
        "person",
        "teacher doctor lawyer student nurse artist singer farmer baker painter writer actor dancer driver pilot "
        "sailor soldier guard judge banker scientist engineer neighbor tourist visitor guest cousin musician "
        "journalist reporter librarian gardener plumber waiter senator mayor poet critic "
        "director manager clerk tailor butcher",
    ),
    *nouns("person", "boy king father uncle brother", "man/men", "m"),
    *nouns("person", "girl queen mother aunt sister", "woman/women", "f"),
]
NEUTRAL = [noun for noun in PEOPLE if noun.gender == "n"]
GENDERED = [noun for noun in PEOPLE if noun.gender != "n"]
ANIMALS = nouns(
    "animal",
    "dog cat horse rabbit monkey elephant tiger bear bird duck cow pig goat lion camel donkey kitten puppy parrot frog",
    "mouse/mice",
)
FOODS = nouns(
    "food",
    "apple sandwich pizza cookie pie potato carrot pancake cake omelet sausage banana pear orange tart",
)
FOODS = [noun if noun.singular != "potato" else Noun("potato", "potatoes", "food") for noun in FOODS]
TEXTS = nouns("text", "book letter novel poem report story article essay message newspaper diary magazine")
VEHICLES = nouns("vehicle", "car truck bus van tractor taxi jeep ambulance")
THINGS = nouns(
    "thing",
    "lamp umbrella chair table box basket bottle clock mirror vase key coat hat blanket guitar violin camera bicycle "
    "ladder hammer pencil pillow candle suitcase jacket ring necklace painting cup plate bucket toy",
    "knife/knives",
)
PLACES = nouns(
    "place",
    "school library museum hospital kitchen garden park office station restaurant theater castle church village "
    "market hotel cottage barn harbor bakery bank",
)
PORTABLE = [*FOODS, *TEXTS, *THINGS]
INANIMATE = [*PORTABLE, *VEHICLES, *PLACES]
IRREGULAR_NOUNS = [noun for noun in [*PEOPLE, *ANIMALS, *THINGS] if noun.plural not in (noun.singular + "s",)]
IRREGULAR_NOUNS = [noun for noun in IRREGULAR_NOUNS if not noun.plural.endswith(("ies", "ches", "xes", "sses"))]

INTRANSITIVE = verbs(
    "sleep/slept arrive laugh sneeze cough smile yawn disappear fall/fell/fallen faint snore giggle wait blush shiver "
    "frown hesitate collapse complain vanish"
)
"""Take no object."""
AGENTIVE = verbs("laugh smile sing/sang/sung dance swim/swam/swum work complain sneeze yawn run/ran/run shout wait")
"""What people do at will or often, without an object."""

ON_PEOPLE = verbs(
    "admire help visit invite thank praise watch follow hug! blame criticize meet/met see/saw/seen interview greet "
    "call hire remember ignore describe"
)
ON_TEXTS = verbs("read/read write/wrote/written publish translate print copy finish study review")
ON_FOODS = verbs("eat/ate/eaten cook taste buy/bought serve prepare sell/sold")
ON_THINGS = verbs(
    "carry find/found drop! repair clean buy/bought sell/sold paint steal/stole/stolen borrow hide/hid/hidden"
)
ON_VEHICLES = verbs("drive/drove/driven repair park buy/bought sell/sold rent wash")
ON_ANIMALS = verbs("feed/fed watch chase follow find/found wash draw/drew/drawn photograph")
ON_PLACES = verbs("visit photograph paint clean describe leave/left reach")
OBJECTS: list[tuple[list[Verb], list[Noun]]] = [
    (ON_PEOPLE, PEOPLE),
    (ON_TEXTS, TEXTS),
    (ON_FOODS, FOODS),
    (ON_THINGS, THINGS),
    (ON_VEHICLES, VEHICLES),
    (ON_ANIMALS, ANIMALS),
    (ON_PLACES, PLACES),
]
"""Verbs, and what they are done to."""
ACTIVITIES: list[tuple[list[Verb], list[Noun]]] = [
    (verbs("help visit watch follow interview"), PEOPLE),
    (verbs("read/read write/wrote/written translate print copy study review"), TEXTS),
    (verbs("eat/ate/eaten cook prepare sell/sold"), FOODS),
    (verbs("carry repair clean paint"), THINGS),
    (verbs("drive/drove/driven repair wash"), VEHICLES),
    (verbs("feed/fed watch chase follow wash draw/drew/drawn photograph"), ANIMALS),
    (verbs("photograph paint clean describe"), PLACES),
]
"""Of those, what takes a while and can be done quickly or slowly."""
NEEDS_OBJECT: list[tuple[list[Verb], list[Noun]]] = [
    (verbs("admire praise thank invite blame greet criticize hire describe"), PEOPLE),
    (verbs("find/found repair carry borrow mention examine fix"), THINGS),
    (verbs("repair rent examine fix"), VEHICLES),
    (verbs("publish describe mention praise criticize"), TEXTS),
    (verbs("devour mention borrow"), FOODS),
]
"""Verbs that can't stand without an object."""
REFLEXIVE = verbs("hurt/hurt blame admire criticize praise describe defend introduce embarrass cut/cut see/saw/seen")
GIVING = verbs("give/gave/given send/sent show/showed/shown hand lend/lent offer")
"""With two objects, or an object and "to"."""
TO_ONLY = verbs("explain describe mention donate return deliver announce")
"""With "to" only: nothing is *donated somebody*."""
PLACING = verbs("put/put place")
SAYING = verbs("say/said think/thought believe claim know/knew/known suspect")
"""With a clause that "that" may open."""
ASKING = verbs("wonder ask inquire")
"""With a question."""
WANTING = verbs("try want decide refuse promise hope agree")
"""With "to" and a verb of the same subject."""
URGING = verbs("persuade force order tell/told ask urge encourage")
"""With an object and "to"."""
SIZES = listed("big small tall huge tiny large little")
AGES = listed("old new young ancient modern")
COLORS = listed("red blue green yellow black white brown gray")
ANY_ADJECTIVES = listed("old new expensive cheap small large strange beautiful ugly")
THING_ADJECTIVES = listed("old new expensive cheap heavy beautiful strange dirty small large useful broken red green")
PERSON_ADJECTIVES = listed(
    "old young tall famous clever lazy friendly honest nervous polite rich tired happy quiet brave"
)
FEELINGS = listed("happy tired angry nervous hungry sad proud busy ready late ill")
MANNER = listed("quickly slowly carefully quietly happily secretly suddenly eagerly calmly proudly")
FREQUENCY = listed("often always usually sometimes rarely never")
PAST_TIMES = ["yesterday", "last week", "two days ago", "last night", "last summer", "a year ago"]
FUTURE_TIMES = ["tomorrow", "next week", "next summer", "in two days"]
