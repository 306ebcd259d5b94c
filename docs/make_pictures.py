"""Makes docs/captions/*.gif: each preset on 16:9 and 9:16, a real job's subtitles drawn by ffmpeg's libass.

Run in the tests' environment: .environments/venv/bin/python -m docs.make_pictures
"""

import asyncio
import base64
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from f5_worker.handler.worker import Worker
from f5_worker.presets import PRESETS
from f5_worker.services import warm_up
from f5_worker.settings import Settings

_FOLDER = Path(__file__).with_name("captions")
_SIZES = {"16:9": (384, 216), "9:16": (216, 384)}  # pixels
_JOB = {
    "text": "Every word lights up exactly when it is spoken.",
    "return_word_timings": True,
    "seed": 42,
}


def main() -> None:
    """Speak once; every look is made from the words that were kept."""
    _FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as volume:
        worker = Worker(warm_up(Settings.model_validate({"RUNPOD_VOLUME": volume, "TTS_ENGINE": "espeak"})))
        duration = _ask(worker, _JOB)["duration"]
        for name in ("FiraGO-Regular", "FiraGO-Bold"):
            _save(Path(volume, f"{name}.ttf"), _ask(worker, _DOWNLOAD | {"type": "font", "font": name}))
        for canvas in _SIZES:
            for preset in PRESETS:
                options = {"preset": preset, "canvas": canvas}
                made = _DOWNLOAD | {"type": "timing", "format": "ass", "subtitles": options}
                _save(Path(volume, "picture.ass"), _ask(worker, made))
                _draw(Path(volume), canvas, f"{preset}-{canvas.replace(':', 'x')}.gif", duration)


_DOWNLOAD = {"endpoint": "download", "job_id": "picture"}


def _ask(worker: Worker, job: dict[str, Any]) -> dict[str, Any]:
    return asyncio.run(worker.handle({"id": "picture", "input": job}))


def _save(path: Path, answer: dict[str, Any]) -> None:
    data = next(value for name, value in answer.items() if name.endswith("_data"))
    path.write_bytes(base64.b64decode(data))


def _draw(folder: Path, canvas: str, name: str, duration: float) -> None:
    width, height = _SIZES[canvas]
    background = f"color=0x1d4556:size={width}x{height}:rate=12:duration={duration}"
    colours = "split[a][b];[a]palettegen=max_colors=24[p];[b][p]paletteuse=dither=none"
    command = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", background),
        *("-filter_complex", f"format=rgb24,ass=picture.ass:fontsdir=.,{colours}", str(_FOLDER / name)),
    ]
    subprocess.run(command, cwd=folder, check=True)  # noqa: S603 - its own command line


if __name__ == "__main__":
    main()
