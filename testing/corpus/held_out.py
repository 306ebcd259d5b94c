"""Voices and English sentences for figures: no model was trained on them and no setting chosen by them."""

import random

VOICES = (
    *("gmw/en-US+aunty", "gmw/en-US+grandma", "gmw/en-GB-x-rp+grandpa", "gmw/en-US+announcer"),
    *("gmw/en-US+AnxiousAndy", "gmw/en-GB-x-rp+Mr serious", "gmw/en-US+edward2", "gmw/en-US+mike2"),
    *("gmw/en-GB-x-gbclan+iven2", "gmw/en-US+klatt4", "gmw/en-GB-x-rp+steph2", "gmw/en-US+Nguyen"),
)

_PEOPLE = (
    *(
        "Zofia",
        "Miss Abernathy",
        "the beekeeper",
        "an apprentice",
        "whoever lives there",
        "Ngozi",
        "the ferryman",
    ),
    *("both archaeologists", "Quentin", "nobody in Reykjavik", "the Tuesday choir", "his grandmother's cat"),
)
_DEEDS = (
    *("kept asking about", "never quite trusted", "wrote a ballad on", "would rather ignore", "polished"),
    *("had inherited", "is going to auction", "tripped over", "whispered to", "designed", "cannot afford"),
)
_THINGS = (
    *("seven umbrellas", "the accordion", "a jar of marmalade", "some ugly wallpaper", "eighteen goats"),
    *("that old typewriter", "the Voynich manuscript", "a cryptocurrency", "an igloo", "his own shadow"),
    *("the zoological garden", "a blockchain start-up", "every third stair", "the owl in the attic"),
)
_ENDINGS = (
    *("until the kettle boiled", "although it was raining", "for reasons unknown", "near the aqueduct"),
    *("twice a week", "which surprised us all", "and laughed", "in spite of the fog", "at her uncle's farm"),
)
_PLAIN = (
    "{person} {deed} {thing} {ending}.",
    "Yes, {person} {deed} {thing}; {other} {deed2} {thing2}.",
    "Why is it that {person} {deed} {thing}, I wonder?",
    "{thing}, {thing2} and {thing3}: {person} {deed} them all {ending}.",
    '"Stop," said {person}, "before {other} {deed} {thing}!"',
    "{ending}, {person} and {other} {deed} {thing}.",
)
_NUMBERS = (
    "Invoice no. {small} of {month} {day} comes to ${big:,}.{cents}, VAT at {percent}% included.",
    "Set the oven to {hundreds}°F, wait {small} min, then add {percent} g of salt & {tiny}.5 l of water.",
    "Between {year} and {later}, {tiny}.{cents} million people left St. Petersburg, approx. {percent}%.",
    "{person}, Ph.D., ran {tiny}.{percent} km by {hour}:{minute} on {month} {day}th.",
    "Room {hundreds}B costs €{small} or £{percent} a night from {month} {day}, {later}.",
    "At {hour}:{minute} a.m. gate A{tiny} closes; seats {day}-{small} board first, i.e. {percent} people.",
    "The {ordinal} edition sold {big:,} copies @ ${tiny}.{cents} each, vs. {hundreds} in {year}.",
    "Call {person} at {hour}:{minute} pm: #{small} weighs {big:,} kg and holds {hundreds} GB.",
)


def plain(draw: random.Random) -> str:
    """One sentence without a digit or a symbol."""
    names = {
        name: draw.choice(words)
        for name, words in (
            *(("person", _PEOPLE), ("other", _PEOPLE), ("deed", _DEEDS), ("deed2", _DEEDS)),
            *(("thing", _THINGS), ("thing2", _THINGS), ("thing3", _THINGS), ("ending", _ENDINGS)),
        )
    }
    sentence = draw.choice(_PLAIN).format(**names)
    return sentence[0].upper() + sentence[1:]


def with_numbers(draw: random.Random) -> str:
    """One sentence with several of: amounts, dates, times, percent, units, years, ordinals, abbreviations."""
    year = draw.randint(1701, 1999)
    return draw.choice(_NUMBERS).format(
        person=draw.choice(("Dr. Okafor", "Mrs. Lindqvist", "Prof. Ito", "Mr. Vandenberg")),
        month=draw.choice(("February", "April", "June", "July", "September", "November", "December")),
        ordinal=draw.choice(("1st", "2nd", "3rd", "12th", "25th", "40th")),
        day=draw.randint(4, 19),
        hour=draw.randint(1, 12),
        minute=draw.randint(10, 59),
        cents=draw.randint(10, 99),
        tiny=draw.randint(2, 9),
        small=draw.randint(20, 59),
        percent=draw.randint(3, 98),
        hundreds=draw.randint(101, 999),
        big=draw.randint(1200, 98_000),
        year=year,
        later=year + draw.randint(3, 200),
    )
