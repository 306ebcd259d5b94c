"""Makes docs/subtitles.png: a real job's karaoke subtitles burnt into a frame of video by ffmpeg.

Run in the tests' environment, whose Python ./run_tests.sh leaves at .environments/venv/bin/python.
"""

import asyncio
import subprocess
import tempfile
from pathlib import Path

import font_roboto
import imageio_ffmpeg

from f5_worker.handler.worker import Worker
from f5_worker.services import warm_up
from f5_worker.settings import Settings

_PICTURE = Path(__file__).with_name("subtitles.png")
_FONTS = Path(font_roboto.__file__).parent / "files"
_SECOND = 1.3  # the frame that is shown
_JOB = {
    "text": "Every word lights up exactly when it is spoken, and the words are your own: 5 o'clock, $9.99.",
    "return_word_timings": True,
    "timing_format": "ass",
    "seed": 42,
    "subtitles": {"granularity": "sentence", "karaoke": True, "style": {"font": "Roboto", "bold": True}},
}


def main() -> None:
    """Speak the job and render one frame of its subtitles."""
    with tempfile.TemporaryDirectory() as volume:
        settings = Settings.model_validate({"RUNPOD_VOLUME": volume, "TTS_ENGINE": "espeak"})
        answer = asyncio.run(Worker(warm_up(settings)).handle({"id": "picture", "input": _JOB}))
        background = (
            f"gradients=s=1280x720:c0=0x16324f:c1=0x2f7f6f:x0=0:y0=0:x1=1280:y1=720:d={answer['duration']}"
        )
        command = [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", background),
            *("-vf", f"ass=timings/picture.ass:fontsdir={_FONTS}", "-ss", str(_SECOND), "-frames:v", "1"),
            str(_PICTURE),
        ]
        subprocess.run(command, cwd=volume, check=True)  # noqa: S603 - its own command line


if __name__ == "__main__":
    main()
