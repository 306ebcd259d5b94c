"""The picture that styled subtitles are drawn on: its size, and what of it they may use.

A style's pixels are those of a picture whose shorter side is 1080; on any other they are scaled with it.
"""

from dataclasses import dataclass

from f5_worker.subtitle_options import SafeZone, SubtitleOptions

_NAMED = {"16:9": (1920, 1080), "9:16": (1080, 1920), "1:1": (1080, 1080)}  # width and height in pixels
_SHORTER_SIDE = 1080
BOX_PADDING = 0.1  # of the letters' size: how much larger the box behind a word is
_DEEP = 0.14  # of the letters' size: Arabic and Devanagari marks reach below the font's own line
_MARGIN_SIDE = 0.05  # of the width: the usual title-safe area
# TikTok, Reels and Shorts put the caption and their bar on the lowest quarter and their buttons along the
# right edge; as much is kept free on the left, so that the words stay in the middle.
_UPRIGHT_ZONE = SafeZone(top=0.1, right=0.12, bottom=0.25, left=0.12)


@dataclass(frozen=True)
class Canvas:
    """A picture of `width` x `height` pixels; `scale` is what a style's pixels are multiplied by.

    `side`, `vertical`: the margins in pixels, (left, right) and (top, bottom), that text keeps free.
    """

    width: int
    height: int
    scale: float
    side: tuple[int, int]
    vertical: tuple[int, int]

    @property
    def room(self) -> tuple[int, int]:
        """Width and height in pixels that text may take."""
        return self.width - sum(self.side), self.height - sum(self.vertical)


def safe_zone(options: SubtitleOptions) -> SafeZone:
    """The parts of the picture to keep free, as asked for or as usual for its shape."""
    width, height = size(options)
    return options.safe_zone or (_UPRIGHT_ZONE if height > width else SafeZone())


def size(options: SubtitleOptions) -> tuple[int, int]:
    """Width and height of the picture in pixels."""
    if options.canvas in _NAMED:
        return _NAMED[options.canvas]
    width, height = options.canvas.split("x")
    return int(width), int(height)


def canvas_of(options: SubtitleOptions) -> Canvas:
    """The canvas; a margin is the style's, or more where the safe zone wants it."""
    width, height = size(options)
    scale = min(width, height) / _SHORTER_SIDE
    zone, style = safe_zone(options), options.style
    # What is drawn outside the line's letters.
    padding = BOX_PADDING * style.size if options.effect == "box" else 0.0
    around = max(style.outline + style.shadow, padding) * scale + _DEEP * style.size * scale

    def margin(least: float, free: float, length: int) -> int:
        return max(round(least), round(free * length + around) if free else 0)

    usual = style.margin * scale
    return Canvas(
        width,
        height,
        scale,
        (margin(_MARGIN_SIDE * width, zone.left, width), margin(_MARGIN_SIDE * width, zone.right, width)),
        (margin(usual, zone.top, height), margin(usual, zone.bottom, height)),
    )
