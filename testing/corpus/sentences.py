"""Sentences drawn from templates: plain ones, and ones with numbers, money, dates and abbreviations."""

import random

_SUBJECTS = (
    *(
        "the old captain",
        "a young engineer",
        "my neighbour",
        "the committee",
        "her brother",
        "every traveller",
    ),
    *(
        "the night train",
        "our teacher",
        "the weather station",
        "a quiet stranger",
        "the museum",
        "the orchestra",
    ),
    *("Kubernetes", "Professor Wojciechowska", "the Szczecin office", "our GraphQL server", "the codebase"),
)
_VERBS = (
    *("watched", "carried", "followed", "described", "repaired", "remembered", "photographed", "discovered"),
    *("replaced", "measured", "painted", "sold", "borrowed", "translated", "refactored", "questioned"),
)
_OBJECTS = (
    *(
        "the harbour",
        "a broken clock",
        "three letters",
        "the narrow bridge",
        "an empty theatre",
        "the recipe",
    ),
    *("the frozen lake", "a wooden box", "the last chapter", "the neural network", "an unusual melody"),
    *(
        "the mountain road",
        "the vegetable garden",
        "a forgotten language",
        "the hyperparameters",
        "the lighthouse",
    ),
)
_ADVERBIALS = (
    *("before the storm arrived", "without a word", "in the early morning", "because nobody else could"),
    *("while the children slept", "on the other side of the river", "as if nothing had happened"),
    *("with great patience", "after a long silence", "under a pale yellow sky", "just in time for dinner"),
)
_OPENINGS = ("However,", "In the end,", "That evening,", "To our surprise,", "Meanwhile,", "", "", "", "")


def plain(draw: random.Random) -> str:
    """One sentence without a digit or a symbol, with one to three commas."""
    opening = draw.choice(_OPENINGS)
    core = (
        f"{draw.choice(_SUBJECTS)} {draw.choice(_VERBS)} {draw.choice(_OBJECTS)} {draw.choice(_ADVERBIALS)}"
    )
    more = draw.choice(("", f", and {draw.choice(_SUBJECTS)} {draw.choice(_VERBS)} {draw.choice(_OBJECTS)}"))
    sentence = f"{opening} {core}{more}.".strip()
    return sentence[0].upper() + sentence[1:]


def with_numbers(draw: random.Random) -> str:
    """One sentence with two or three of: amounts, dates, times, percent, units, years, abbreviations."""
    day, month = draw.randint(1, 28), draw.choice(("January", "March", "May", "August", "October"))
    year, hour, minute = draw.randint(1850, 2030), draw.randint(1, 12), draw.randint(10, 59)
    big, small, cents = draw.randint(1001, 99_999), draw.randint(2, 99), draw.randint(10, 99)
    number = draw.choice((f"{big:,}", str(small), f"{small}.{cents}", f"{draw.randint(2, 9)} million"))
    return draw.choice(
        (
            f"On {month} {day}, {year}, Dr. Smith paid ${small}.{cents} for {number} copies of the map.",
            f"The train leaves at {hour}:{minute} pm and covers {big % 900 + 100} km in {small} min.",
            f"About {small}% of the {number} visitors came from the U.S. in {year}, e.g. by ship.",
            f"Mr. Lee & Mrs. Brown sold {number} boxes, weighing {small}.5 kg, for €{big:,}.",
            f"Flight BX{small} climbed to {big:,} feet at {hour}:{minute}, {small}°C vs. {cents}°C inside.",
            f"In {year} the price rose from £{small} to £{small + cents}, i.e. by {cents}%, on the {day}th.",
            f"Prof. Miller counted {number} stars between {year - 20} and {year}, the {day}th of {month}.",
        )
    )
