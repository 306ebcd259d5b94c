"""Frames of an ASS file as ffmpeg's libass draws them, with fonts that the tests' own packages bring."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import cvttf_NotoSansCJK_Regular
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from f5_worker.subtitles.fonts import font_file

Frames = NDArray[np.int16]  # [frames, height, width, rgb], 0 to 255

BACKGROUND = (64, 80, 96)
CJK = "Noto Sans CJK TC"  # its one file has Chinese and Japanese letters


def fonts_in(folder: Path) -> Path:
    """A folder with FiraGO, which comes with the worker, and Noto Sans CJK."""
    folder.mkdir()
    for name in ("FiraGO-Regular", "FiraGO-Bold"):
        (folder / f"{name}.ttf").write_bytes(font_file(name))
    (cjk,) = Path(cvttf_NotoSansCJK_Regular.__file__).parent.glob("*.otf")
    (folder / "cjk.otf").symlink_to(cjk)
    return folder


def rendered(
    folder: Path, documents: Sequence[bytes], size: tuple[int, int], *, fonts: Path, rate: int, count: int
) -> list[Frames]:
    """The first `count` frames of each document, at `rate` frames a second."""
    width, height = size
    graph = f"color=0x{bytes(BACKGROUND).hex()}:size={width}x{height}:rate={rate},format=rgb24,"
    graph += f"split={len(documents)}" + "".join(f"[in{number}]" for number in range(len(documents)))
    for number, document in enumerate(documents):
        (folder / f"{number}.ass").write_bytes(document)
        graph += f";[in{number}]ass={number}.ass:fontsdir={fonts}[out{number}]"
    outs = "".join(f"[out{number}]" for number in range(len(documents)))
    graph += f";{outs}vstack=inputs={len(documents)}" if len(documents) > 1 else f";{outs}null"
    command = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-threads", "1", "-filter_complex", graph),
        *("-frames:v", str(count), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"),
    ]
    video = subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout
    frames = np.frombuffer(video, np.uint8).reshape(count, len(documents), height, width, 3).astype(np.int16)
    return [frames[:, number] for number in range(len(documents))]


def drawn_as_text(text: str, font: Path, folder: Path) -> NDArray[np.int16]:
    """One frame with the text as ffmpeg's drawtext draws it, [height, width, rgb]."""
    graph = f"color=0x{bytes(BACKGROUND).hex()}:size=1000x500,format=rgb24,"
    graph += f"drawtext=fontfile={font}:text={text}:fontsize=240:fontcolor=white:x=50:y=100"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-filter_complex", graph]
    command += ["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    video = subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout
    return np.frombuffer(video, np.uint8).reshape(500, 1000, 3).astype(np.int16)


def differ(one: NDArray[np.int16], other: NDArray[np.int16] | tuple[int, ...]) -> NDArray[np.bool_]:
    """Where a frame is of clearly another colour, [height, width]."""
    changed: NDArray[np.bool_] = (np.abs(one - np.asarray(other)) > 24).any(axis=-1)
    return changed
