"""Our audio against that of f5-tts's own API, on the same files."""

import dataclasses
import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from f5_tts.api import F5TTS

from f5_worker.speech.f5 import F5Engine
from f5_worker.speech.f5_model.files import package_folder
from f5_worker.voices.library import Voice
from testing.tiny_models import TinyModels, make_models
from tests.speech.f5_model.conftest import assert_is_upstream_s, load, say

pytestmark = pytest.mark.upstream

SENTENCE = "I have been a silent spectator, watching species evolve, empires rise and fall."


def upstream(models: TinyModels) -> F5TTS:
    """f5-tts's own API on the same files; it takes configurations by a path from its own folder."""
    name = os.path.relpath(models.config.with_suffix(""), package_folder() / "configs")
    return F5TTS(name, str(models.checkpoint), vocoder_local_path=str(models.vocoder), device="cpu")


def spoken_upstream(api: F5TTS, voice: Voice, text: str, **options: Any) -> np.ndarray:
    options = {"seed": 7, "nfe_step": 4} | options
    return api.infer(str(voice.path), voice.ref_text, text, progress=None, **options)[0]


@pytest.fixture(scope="module")
def api(models: TinyModels) -> F5TTS:
    return upstream(models)


def a_voice(engine: F5Engine, folder: Path, gain: float, rate: int) -> Voice:
    """The default voice, softer or louder and at another rate."""
    samples, old = soundfile.read(engine.default_voice.path)
    positions = np.arange(0, len(samples) - 1, old / rate)
    path = folder / f"{rate}.wav"
    soundfile.write(path, np.interp(positions, np.arange(len(samples)), samples) * gain, rate, "PCM_16")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return dataclasses.replace(engine.default_voice, path=path, sample_rate=rate, sha256=sha256)


@pytest.mark.parametrize(
    "options",
    [
        {"nfe_step": 32},
        {"nfe_step": 16},
        {"nfe_step": 5, "cfg_strength": 0.0},
        {"speed": 1.7, "sway_sampling_coef": 0.5},
        {"fix_duration": 12.5},
        {"target_rms": 0.02},
        {"target_rms": 0.9},
        {"seed": 2**31 - 1},
    ],
    ids=str,
)
def test_one_chunk_is_bit_for_bit_what_upstream_says(
    engine: F5Engine, api: F5TTS, options: dict[str, Any]
) -> None:
    expected = spoken_upstream(api, engine.default_voice, SENTENCE, **options)
    assert_is_upstream_s(say(engine, SENTENCE, **options).audio, expected)


@pytest.mark.parametrize(
    "text", ["你好,世界。今天天气很好。", "Say 你好 to my friend, please.", "naïve café, OK?"]
)
def test_other_scripts_are_bit_for_bit_what_upstream_says(engine: F5Engine, api: F5TTS, text: str) -> None:
    expected = spoken_upstream(api, engine.default_voice, text)
    assert_is_upstream_s(say(engine, text).audio, expected)


@pytest.mark.parametrize(("gain", "rate"), [(0.2, 24_000), (1.5, 24_000), (1.0, 44_100), (0.5, 16_000)])
def test_a_recording_is_heard_as_upstream_hears_it(
    engine: F5Engine, api: F5TTS, tmp_path: Path, gain: float, rate: int
) -> None:
    voice = a_voice(engine, tmp_path, gain, rate)
    expected = spoken_upstream(api, voice, SENTENCE)
    assert_is_upstream_s(say(engine, SENTENCE, voice=voice).audio, expected)


@pytest.mark.parametrize(
    "arch",
    [
        {"qk_norm": "rms_norm", "text_mask_padding": False},
        {"pe_attn_head": 1, "long_skip_connection": True},
        {"text_embedding_average_upsampling": True, "conv_layers": 0},
    ],
    ids=str,
)
def test_other_architectures_are_bit_for_bit_what_upstream_makes_of_them(
    tmp_path: Path, arch: dict[str, Any]
) -> None:
    models = make_models(tmp_path / "models", arch)
    engine = load(models, tmp_path)
    expected = spoken_upstream(upstream(models), engine.default_voice, SENTENCE)
    assert_is_upstream_s(say(engine, SENTENCE).audio, expected)
