"""What a job may ask of its subtitles: how words are grouped into cues, and how cues look."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from f5_worker.forms import ANY_CASE, Flag, Form, Number, Whole
from f5_worker.presets import with_preset
from f5_worker.rules import Rule, Unit

Granularity = Literal["word", "line", "sentence"]
Effect = Literal["none", "step", "sweep", "highlight", "box", "pop", "underline"]
Preset = Literal["plain", "karaoke", "highlight", "box", "pop", "underline", "one_word"]
FontFile = Literal["FiraGO-Regular", "FiraGO-Bold"]

Colour = Annotated[
    str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}\z"), Rule("a colour written as '#RRGGBB'")
]
FontName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,63}\z"),
    Rule("'auto' or the name of a font: letters, digits, spaces, '-' or '_', at most 64"),
]

Fraction = Annotated[Number, Rule("a fraction from 0 to 0.45")]


class SubtitleStyle(Form):
    """Look of the subtitles, in pixels of a canvas whose shorter side is 1080."""

    font: FontName = Field(
        "Arial", description="The font, which the player must have; `auto` chooses by the text."
    )
    size: Annotated[Whole, Unit("pixels")] = Field(72, ge=8, le=300, description="Height of the letters.")
    bold: Flag = Field(False, description="Bold letters.")
    colour: Colour = Field("#FFFFFF", description="Colour of the words.")
    highlight: Colour = Field("#FFD700", description="Colour of the word that is spoken, or of its box.")
    outline_colour: Colour = Field("#000000", description="Colour of the line around every letter.")
    outline: Annotated[Number, Unit("pixels")] = Field(
        3.0, ge=0, le=20, description="Width of the line around every letter; 0 for none."
    )
    shadow: Annotated[Number, Unit("pixels")] = Field(
        1.0, ge=0, le=20, description="How far the shadow lies from the letters; 0 for none."
    )
    position: Annotated[Literal["bottom", "middle", "top"], ANY_CASE] = Field(
        "bottom", description="Where in the picture the subtitles stand."
    )
    margin: Annotated[Whole, Unit("pixels")] = Field(
        60, ge=0, le=500, description="How far the subtitles stay from the picture's edges."
    )


class SafeZone(Form):
    """What is kept free along each edge of the canvas."""

    top: Fraction = Field(0.0, ge=0, le=0.45, description="Of the height.")
    right: Fraction = Field(0.0, ge=0, le=0.45, description="Of the width.")
    bottom: Fraction = Field(0.0, ge=0, le=0.45, description="Of the height.")
    left: Fraction = Field(0.0, ge=0, le=0.45, description="Of the width.")


class SubtitleOptions(Form):
    """How words are grouped into cues, and how cues look."""

    preset: Annotated[Preset, ANY_CASE] | None = Field(
        None, description="A look: a set of the options below, each of which counts more if it is given."
    )
    granularity: Annotated[Granularity, ANY_CASE] = Field(
        "word", description="What one cue holds: a word, as much as fits its lines, or a sentence."
    )
    max_line_chars: Whole = Field(42, ge=8, le=100, description="Longest line, in columns.")
    max_lines: Whole = Field(2, ge=1, le=4, description="Most lines that a cue has.")
    max_words: Whole | None = Field(None, ge=1, le=50, description="Most words that a cue has.")
    hold: Annotated[Number, Unit("seconds")] = Field(
        0.0, ge=0, le=5, description="A cue stays until the next one if that begins within so long."
    )
    uppercase: Flag = Field(False, description="Shows the words in capitals, by the language's rules.")
    punctuation: Annotated[Literal["keep", "drop"], ANY_CASE] = Field(
        "keep", description="Whether words are shown with what stands around them."
    )
    effect: Annotated[Effect, ANY_CASE] = Field("none", description="How the word that is spoken is marked.")
    canvas: Annotated[
        str,
        ANY_CASE,
        StringConstraints(pattern=r"^(16:9|9:16|1:1|[1-9][0-9]{2,3}x[1-9][0-9]{2,3})\z"),
        Rule("'16:9', '9:16', '1:1', or WIDTHxHEIGHT in pixels, each from 100 to 9999"),
    ] = Field("16:9", description="The size of the video.")
    safe_zone: Annotated[SafeZone | None, Rule("an object of fractions of the canvas to keep free")] = Field(
        None, description="What is kept free; without it what apps cover of an upright video."
    )
    style: Annotated[SubtitleStyle, Rule("an object of style options")] = Field(
        SubtitleStyle(), description="The look of the letters."
    )

    @model_validator(mode="before")
    @classmethod
    def _preset_below(cls, options: object) -> object:
        return with_preset(options)
