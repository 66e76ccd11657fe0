"""The nouns, names, adjectives and adverbs of the sample.

Words spelled alike on both sides of the Atlantic, and none that is a name of either sex.
"""

from __future__ import annotations

from examples.sample_grammar.words import listed, nouns, verbs

MEN = listed(
    "John David Peter Thomas Robert Daniel Paul George Henry Edward Simon Martin Frank Oliver Arthur Victor "
    "Walter Hugo Oscar Philip"
)
WOMEN = listed(
    "Mary Susan Anna Laura Emily Julia Sarah Helen Alice Rachel Clara Emma Nora Ruth Diana Irene Martha Lucy "
    "Nancy Teresa"
)

WORKERS = nouns(
    "person",
    "teacher doctor lawyer student nurse artist singer farmer baker painter writer dancer driver pilot sailor soldier "
    "judge banker scientist engineer tourist visitor guest musician journalist reporter librarian gardener plumber "
    "senator mayor poet critic director manager clerk tailor butcher dentist carpenter detective photographer "
    "mechanic violinist chemist surgeon architect editor secretary diplomat waiter child/children",
    "common",
)
GENTLEMEN = nouns("person", "boy king prince monk duke man/men gentleman/gentlemen", "masculine")
LADIES = nouns("person", "girl queen princess actress duchess nun woman/women", "feminine")
GENDERED = (*GENTLEMEN, *LADIES)
PEOPLE = (*WORKERS, *GENDERED)
KINSMEN = nouns("person", "father uncle brother grandfather nephew son", "masculine")
KINSWOMEN = nouns("person", "mother aunt sister grandmother niece daughter", "feminine")
KIN = (*KINSMEN, *KINSWOMEN)

ANIMALS = nouns(
    "animal",
    "dog cat horse rabbit monkey donkey goat pig duck cow parrot kitten puppy camel lamb pony goose/geese mouse/mice",
)
WILD_ANIMALS = nouns("animal", "lion tiger bear elephant fox wolf/wolves eagle snake owl frog")

BAKED = nouns("food", "cake pie pizza tart muffin pancake cookie")
SNACKS = nouns("food", "apple pear banana orange sandwich sausage carrot potato/potatoes peach egg")
FOODS = (*BAKED, *SNACKS)
TEXTS = nouns("text", "book letter novel poem report story article essay magazine pamphlet manuscript")
CLOTHES = nouns("garment", "coat hat shirt scarf/scarves jacket sweater glove belt boot raincoat")
MACHINES = nouns("thing", "lamp clock camera radio bicycle guitar violin flute telephone")
FURNITURE = nouns("thing", "chair table bench desk ladder shelf/shelves cupboard")
CONTAINERS = nouns("thing", "box basket suitcase bag wallet")
DISHES = nouns("thing", "vase cup plate bottle mirror jug knife/knives")
SMALL_THINGS = nouns("thing", "umbrella key pencil candle ring necklace hammer blanket coin")
PICTURES = nouns("picture", "portrait picture photograph")
VEHICLES = nouns("vehicle", "car truck bus van tractor taxi boat")
HAPPENINGS = nouns("event", "accident fire fight theft wedding concert party festival")
BUILDINGS = nouns("building", "school library museum hospital church hotel castle cottage barn factory tower bakery")
PORTABLE = (*TEXTS, *CLOTHES, *CONTAINERS, *SMALL_THINGS, *PICTURES, *DISHES)
THINGS = (*PORTABLE, *MACHINES, *FURNITURE)
IRREGULAR = tuple(noun for noun in (*PEOPLE, *ANIMALS, *THINGS) if noun.plural[-1] != "s")
"""Nouns whose plural has no -s."""
MASS = listed("furniture luggage advice information equipment bread rice money")
"""Nouns that can't be counted, however one tries."""

ADJECTIVES = {
    kind: listed(words)
    for kind, words in {
        "person": "old young tall famous clever friendly honest polite lazy rich shy brave quiet cheerful",
        "animal": "old young small brown black white friendly noisy hungry beautiful lazy",
        "food": "fresh large small cold delicious expensive cheap",
        "text": "long short old new famous boring interesting funny strange",
        "garment": "old new red blue green expensive cheap beautiful dirty",
        "thing": "old new small large heavy red blue green expensive cheap beautiful dirty",
        "picture": "old new small large famous beautiful strange expensive",
        "vehicle": "old new red blue green expensive cheap dirty",
        "event": "terrible strange big",
        "building": "old new large small beautiful famous modern",
    }.items()
}
"""By kind: what can be said of all of its nouns."""
FEELINGS = listed("tired hungry angry happy sad nervous busy ill late ready thirsty bored")
"""What a person can be for a while."""

PLACES = (
    "in the garden", "in the kitchen", "at the station", "near the river", "behind the barn", "in the park",
    "at the market", "in the library", "on the beach", "near the bridge", "outside the museum", "in the hotel",
    "in front of the church", "at the airport", "in the village", "next to the school",
)  # fmt: skip
HOMES = ("in the village", "near the river", "in the hotel", "next to the school", "near the bridge", "in the castle")
SURFACES = ("on the table", "under the bed", "on the shelf", "next to the lamp", "in the drawer", "near the window")
PAST_TIMES = ("yesterday", "last week", "last night", "last year", "two days ago", "last summer", "a month ago")
FUTURE_TIMES = ("tomorrow", "next week", "next month", "next year", "tomorrow morning")
FREQUENCY = ("often", "usually", "rarely", "always", "sometimes", "never")
MANNER = ("carefully", "quickly", "slowly", "quietly", "happily", "calmly")
SUBJECT_MATTERS = ("plan", "problem", "decision", "idea", "question", "mistake", "secret")

INTRANSITIVE = verbs("arrive faint yawn hesitate giggle stumble kneel/knelt smile blush shiver frown tremble")
"""What a person can do, and never to something: not *sleep*, as a cabin sleeps four, nor *vanish*, as conjurors do."""
PASTIMES = verbs("sing/sang/sung dance talk work complain laugh run/ran/run shout wait")
"""What a person can do for a while, or often."""

LEMMAS = {name: name for name in (*MEN, *WOMEN)} | {
    form: noun.singular
    for noun in (*PEOPLE, *KIN, *ANIMALS, *WILD_ANIMALS, *FOODS, *THINGS, *VEHICLES, *BUILDINGS)
    for form in (noun.singular, noun.plural)
}
"""From the forms of names and nouns to the word; a sentence has none twice."""
