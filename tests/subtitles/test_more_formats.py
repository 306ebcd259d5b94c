"""LRC, TTML, Remotion and alignment: what readers that are not ours take from them."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import ttconv.imsc.reader as imsc_reader
from ttconv import model
from ttconv.isd import ISD

from f5_worker import subtitles
from f5_worker.presets import PRESETS
from f5_worker.schemas import TimingFormat
from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.transcript import Transcript
from tests.subtitles.texts import PLAIN, timed

READERS = ("@remotion/captions@4.0.529", "clrc@3.1.4")
SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"  # Debian's and Ubuntu's; npm brings its own only


def written(transcript: Transcript, format_: TimingFormat, **choice: Any) -> str:
    return subtitles.write(transcript, format_, SubtitleOptions.model_validate(choice)).decode()


@pytest.fixture(scope="module")
def npm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the readers."""
    command = shutil.which("npm")
    if command is None:
        pytest.skip("readers of LRC and Remotion's captions come from npm, which is not installed")
    folder = tmp_path_factory.mktemp("npm")
    environ = {"NODE_EXTRA_CA_CERTS": SYSTEM_CERTIFICATES} | os.environ
    install = [command, "install", "--silent", "--no-audit", "--prefix", str(folder), *READERS]
    if subprocess.run(install, env=environ, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"npm could not install {' '.join(READERS)}")
    return folder


def read_with(npm: Path, script: str, data: str) -> Any:
    """What a script makes of `data`, which is its standard input as a string."""
    program = f"const data = require('fs').readFileSync(0, 'utf8');\n{script}"
    done = subprocess.run(
        ["node", "-e", program], cwd=npm, input=data, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", PLAIN)
def test_remotion_makes_pages_of_its_captions(npm: Path, name: str) -> None:
    transcript = timed(PLAIN[name])
    captions = written(transcript, "remotion")
    pages = read_with(
        npm,
        "const {createTikTokStyleCaptions: pages} = require('@remotion/captions');"
        "const made = pages({captions: JSON.parse(data), combineTokensWithinMilliseconds: 1});"
        "console.log(JSON.stringify(made.pages))",
        captions,
    )
    tokens = [token for page in pages for token in page["tokens"]]
    assert [token["text"].strip() for token in tokens] == [
        " ".join(word.token.text.split()) for word in transcript.words
    ]
    for token, word in zip(tokens, transcript.words, strict=True):
        assert abs(token["fromMs"] - word.start * 1000) < 1


@pytest.mark.parametrize("name", PLAIN)
def test_a_player_reads_the_time_of_every_line_of_lrc(npm: Path, name: str) -> None:
    transcript = timed(PLAIN[name])
    lines = read_with(npm, LRC, written(transcript, "lrc", granularity="word"))
    sung = [line for line in lines if line["content"].strip()]
    assert len(sung) == len(transcript.words)
    for line, word in zip(sung, transcript.words, strict=True):
        assert abs(line["startMillisecond"] - word.start * 1000) <= 5.001
        assert "".join(line["content"].replace("\u2060", "").split()) == "".join(word.token.text.split())


def test_a_player_reads_the_time_of_every_word_of_enhanced_lrc(npm: Path) -> None:
    transcript = timed(PLAIN["english"])
    lines = read_with(npm, ENHANCED, written(transcript, "lrc", granularity="line", effect="step"))
    words = [word for line in lines for word in line.get("words", []) if word["content"].strip()]
    assert len(words) == len(transcript.words)
    for sung, word in zip(words, transcript.words, strict=True):
        assert sung["content"].strip() == word.token.text
        assert abs(sung["startMillisecond"] - word.start * 1000) <= 5.001


LRC = (
    "const {parse, LineType} = require('clrc');"
    "console.log(JSON.stringify(parse(data).filter(line => line.type === LineType.LYRIC)))"
)
ENHANCED = "console.log(JSON.stringify(require('clrc').parseEnhanced(data)))"


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", PLAIN)
def test_ttconv_reads_the_words_of_ttml_when_they_are_spoken(name: str, preset: str) -> None:
    transcript = timed(PLAIN[name])
    content = written(transcript, "ttml", preset=preset, uppercase=False, punctuation="keep", canvas="9:16")
    document = imsc_reader.to_model(ET.ElementTree(ET.fromstring(content)))  # noqa: S314 - our own
    assert document is not None
    for word in transcript.words[::7]:
        at = (word.start + word.end) / 2
        assert "".join(word.token.text.split()) in "".join(shown_at(document, at).split())


def shown_at(document: model.ContentDocument, seconds: float) -> str:
    from fractions import Fraction

    isd = ISD.from_model(document, Fraction(round(seconds * 1000), 1000))
    texts = [
        element.get_text()
        for region in isd.iter_regions()
        for element in region.dfs_iterator()
        if isinstance(element, model.Text)
    ]
    return "".join(texts)


@pytest.mark.parametrize("name", PLAIN)
def test_alignment_has_every_character_in_order_inside_the_audio(name: str) -> None:
    transcript = timed(PLAIN[name])
    content = json.loads(written(transcript, "alignment"))
    assert content["measured"] == "words"
    assert "".join(content["alignment"]["characters"]) == PLAIN[name]
    for part in ("alignment", "normalized_alignment"):
        starts = content[part]["character_start_times_seconds"]
        ends = content[part]["character_end_times_seconds"]
        assert len(starts) == len(ends) == len(content[part]["characters"])
        assert starts == sorted(starts)
        assert all(start <= end <= transcript.duration for start, end in zip(starts, ends, strict=True))


def test_the_normalized_alignment_has_numbers_as_they_are_said() -> None:
    transcript = timed("It is 5 km away.")
    said = json.loads(written(transcript, "alignment"))["normalized_alignment"]
    assert "".join(said["characters"]) == "It is five kilometers away."
    five = transcript.words[2]
    assert abs(said["character_start_times_seconds"][6] - five.start) < 0.001


@pytest.mark.parametrize("preset", PRESETS)
def test_what_a_format_cannot_show_is_told(preset: str) -> None:
    options = SubtitleOptions.model_validate({"preset": preset})
    assert subtitles.lost("ass", options) == []
    assert any("no colours" in line for line in subtitles.lost("srt", options))
    assert subtitles.lost("srt", SubtitleOptions()) == []
