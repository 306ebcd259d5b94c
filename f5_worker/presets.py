"""The looks that captions have where people post them: each a set of subtitle options, in one table."""

from typing import Any

_HOLD = 0.3  # seconds: shorter silences between words do not leave the screen empty
_BOLD = {"font": "auto", "bold": True, "outline": 4.0}
_FEW_WORDS = {"granularity": "line", "max_words": 5, "max_line_chars": 28, "hold": _HOLD}

PRESETS: dict[str, dict[str, Any]] = {
    "plain": {"granularity": "sentence", "hold": _HOLD, "style": {"font": "auto"}},
    "karaoke": {"granularity": "sentence", "hold": _HOLD, "effect": "sweep", "style": _BOLD},
    "highlight": {**_FEW_WORDS, "effect": "highlight", "style": _BOLD | {"size": 88}},
    "box": {
        **_FEW_WORDS,
        "effect": "box",
        "style": _BOLD | {"size": 84, "highlight": "#D6246E"},
    },
    "pop": {
        **_FEW_WORDS,
        "max_words": 3,
        "effect": "pop",
        "uppercase": True,
        "punctuation": "drop",
        "style": _BOLD | {"size": 96, "outline": 6.0},
    },
    "underline": {"granularity": "sentence", "hold": _HOLD, "effect": "underline", "style": _BOLD},
    "one_word": {
        "granularity": "word",
        "hold": _HOLD,
        "uppercase": True,
        "punctuation": "drop",
        "style": _BOLD | {"size": 120, "outline": 6.0, "position": "middle"},
    },
}


def with_preset(options: object) -> object:
    """Subtitle options as a caller wrote them, on top of those of the preset that they name."""
    if not isinstance(options, dict):
        return options
    name = options.get("preset")
    preset = PRESETS.get(name) if isinstance(name, str) else None
    return _on_top(preset, options) if preset else options


def _on_top(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`above` with what only `below` has; what is null or empty above counts as not set."""
    merged = below | {name: value for name, value in above.items() if value not in (None, "")}
    for name in below.keys() & merged.keys():
        if isinstance(below[name], dict) and isinstance(merged[name], dict):
            merged[name] = _on_top(below[name], merged[name])
    return merged
