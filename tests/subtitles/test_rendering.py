"""ffmpeg's libass renders the ASS file: words are on the screen when they are spoken, and only then."""

import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from f5_worker import subtitles
from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.fonts import font_file
from f5_worker.subtitles.transcript import Transcript
from f5_worker.text.words import Word, tokenize

WIDTH, HEIGHT, RATE = 480, 270, 50  # pixels, frames a second


def rendered(folder: Path, text: str, times: list[tuple[float, float]], **choice: Any) -> NDArray[np.uint8]:
    """Frames of one second of video with the words burnt in, [frames, height, width, rgb]."""
    tokens = tokenize(text, 0, len(text))
    words = [Word(token, *time, None, "engine") for token, time in zip(tokens, times, strict=True)]
    options = SubtitleOptions.model_validate(choice | {"style": {"font": "FiraGO"} | choice.get("style", {})})
    (folder / "FiraGO.ttf").write_bytes(font_file("FiraGO-Regular"))  # a machine may have none of its own
    (folder / "subtitles.ass").write_bytes(
        subtitles.write(Transcript(words, text, "en", 1.0), "ass", options)
    )
    command = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"),
        *(
            "-i",
            f"color=black:size={WIDTH}x{HEIGHT}:rate={RATE}:duration=1",
            "-vf",
            "ass=subtitles.ass:fontsdir=.",
        ),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-"),
    ]
    video = subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout
    return np.frombuffer(video, np.uint8).reshape(-1, HEIGHT, WIDTH, 3)


def brightness(frames: NDArray[np.uint8], seconds: float) -> int:
    return int(frames[int(seconds * RATE)].max())


def test_a_word_is_seen_while_it_is_spoken_and_only_then(tmp_path: Path) -> None:
    frames = rendered(tmp_path, "Hello", [(0.4, 0.6)])
    assert brightness(frames, 0.5) > 200
    assert brightness(frames, 0.3) == brightness(frames, 0.7) == 0


@pytest.mark.parametrize("text", ["{brace}", r"a\Nb", r"{\an8}x", "a-->b"])
def test_what_could_be_markup_is_seen_as_it_was_written(tmp_path: Path, text: str) -> None:
    """It is as wide as the same number of ordinary characters would be, on one line."""
    frame = rendered(tmp_path, text, [(0.0, 1.0)], style={"size": 100})[RATE // 2].max(axis=2)
    columns, rows = np.flatnonzero(frame.max(axis=0)), np.flatnonzero(frame.max(axis=1))
    assert columns.max() - columns.min() > len(text) * 7
    assert rows.max() - rows.min() < 40


def test_a_karaoke_word_is_lit_when_it_is_spoken(tmp_path: Path) -> None:
    style = {"colour": "#0000FF", "highlight": "#FF0000", "outline": 0, "shadow": 0}
    frames = rendered(
        tmp_path, "One two", [(0.1, 0.4), (0.6, 0.9)], granularity="line", effect="step", style=style
    )
    red = [int((frames[int(t * RATE)][..., 0] > 150).sum()) for t in (0.25, 0.75)]
    blue = [int((frames[int(t * RATE)][..., 2] > 150).sum()) for t in (0.25, 0.75)]
    assert red[1] > red[0] > 0
    assert blue[0] > blue[1] == 0


def test_a_line_wider_than_the_video_is_wrapped_inside_it(tmp_path: Path) -> None:
    text = "W" * 30
    frame = rendered(
        tmp_path, f"{text} {text}", [(0.0, 0.5), (0.5, 1.0)], granularity="line", max_line_chars=100
    )
    columns = np.flatnonzero(frame[RATE // 4].max(axis=2).max(axis=0))
    assert columns.min() > 0
    assert columns.max() < WIDTH - 1
