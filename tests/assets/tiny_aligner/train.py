"""Trains the tiny aligner beside this file: OMP_NUM_THREADS=1 python -m tests.assets.tiny_aligner.train

A Wav2Vec2ForCTC with frames of 10 ms, trained on espeak-ng's speech with CTC plus a cross-entropy
by frame, so that its emissions change where words begin and end. One thread, 16 minutes.
"""

import argparse
import json
import logging
import math
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import (
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2Processor,
)

from tests.assets.espeak_corpus import ACCENTS, RATE, TRAINING_VARIANTS, Heard, draw_words, utterances

log = logging.getLogger(__name__)

STRIDE = 160  # samples a frame: 10 ms
WINDOW = 240  # samples that a frame sees before attention
BANDS, PHASES = 56, 4  # filters of the first layer
CLIP = 6 * RATE  # samples
CLIPS = 3  # a step
VOICES = 6  # that are mixed with each other
UTTERANCES = 32  # a voice, about 9 clips
STEPS = 2200
PEAK_LEARNING_RATE = 1.5e-3
SHARPENING_STEPS = 400
SHARPENING_RATE = 7e-4
ONSET_WEIGHT = 3.0  # of a separator and of the first frames of a word, against 1 for all others
WARM_UP = 120  # steps

BLANK, SEPARATOR = 0, 4
VOCABULARY = {
    symbol: number
    for number, symbol in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|", *"etaonihsrdlumwcfgypbvk'xjqz"])
}


@dataclass(frozen=True)
class Clip:
    """`CLIP` samples with the letters spoken in it, and every frame's symbol and weight."""

    audio: NDArray[np.float32]
    letters: list[int]
    frames: NDArray[np.int64]
    weights: NDArray[np.float32]


def build_model() -> Wav2Vec2ForCTC:
    """About 0.65 million parameters; the receptive field of a frame is `WINDOW` samples, near its stride."""
    model = Wav2Vec2ForCTC(
        Wav2Vec2Config(
            vocab_size=len(VOCABULARY),
            hidden_size=128,
            num_hidden_layers=3,
            num_attention_heads=4,
            intermediate_size=320,
            conv_dim=(BANDS * PHASES, 128),
            conv_stride=(STRIDE, 1),
            conv_kernel=(WINDOW, 1),
            num_feat_extract_layers=2,
            num_conv_pos_embeddings=24,
            num_conv_pos_embedding_groups=8,
            do_stable_layer_norm=True,
            hidden_dropout=0.0,
            attention_dropout=0.0,
            activation_dropout=0.0,
            feat_proj_dropout=0.0,
            final_dropout=0.0,
            layerdrop=0.0,
            apply_spec_augment=False,
            ctc_loss_reduction="mean",
            pad_token_id=BLANK,
        )
    )
    filters = model.wav2vec2.feature_extractor.conv_layers[0].conv.weight
    with torch.no_grad():
        filters.copy_(torch.from_numpy(_filter_bank()).unsqueeze(1))
    return model


def _filter_bank() -> NDArray[np.float32]:
    """Where the first layer begins: windowed waves, evenly spaced in mel, in four phases: [filters, WINDOW].

    Learnt from noise, a spectrum takes longer than all the rest.
    """
    mel = np.linspace(*(2595 * np.log10(1 + np.array([80.0, 7600.0]) / 700)), BANDS)
    frequencies = 700 * (10 ** (mel / 2595) - 1)
    moments = (np.arange(WINDOW) - WINDOW / 2) / RATE
    phases = np.arange(PHASES) * 2 * np.pi / PHASES
    waves = np.cos(2 * np.pi * frequencies[:, None, None] * moments + phases[:, None]) * np.hanning(WINDOW)
    return (waves.reshape(BANDS * PHASES, WINDOW) / WINDOW).astype(np.float32)


def batches(draw: random.Random) -> Iterator[list[Clip]]:
    """Clips of `VOICES` voices at a time, shuffled, `CLIPS` a batch, without end."""
    while True:
        clips = [clip for _ in range(VOICES) for clip in draw_clips(draw)]
        draw.shuffle(clips)
        for first in range(0, len(clips) - CLIPS + 1, CLIPS):
            yield clips[first : first + CLIPS]


def draw_clips(draw: random.Random) -> list[Clip]:
    """Utterances of one voice with random pauses, as many in a clip as fit."""
    texts = [draw_words(draw) for _ in range(UTTERANCES)]
    voice = f"{draw.choice(ACCENTS)}+{draw.choice(TRAINING_VARIANTS)}"
    clips: list[Clip] = []
    audio, heard, position = np.zeros(CLIP, np.float32), list[Heard](), 0
    for spoken in utterances(texts, voice, draw.randint(120, 220), draw.uniform(0.88, 1.14)):
        if not spoken.words or len(spoken.audio) > CLIP - RATE:
            continue
        position += int(draw.choice((0.02, 0.1, 0.3, 1.0)) * draw.random() * RATE)
        if position + len(spoken.audio) > CLIP:
            clips.append(_recorded(audio, heard, draw))
            audio, heard, position = np.zeros(CLIP, np.float32), [], int(draw.uniform(0, 0.5) * RATE)
        audio[position : position + len(spoken.audio)] = spoken.audio
        heard += [_shifted(word, position / RATE) for word in spoken.words]
        position += len(spoken.audio)
    return clips


def _recorded(audio: NDArray[np.float32], heard: list[Heard], draw: random.Random) -> Clip:
    """At a random level, with some noise."""
    noise = np.random.default_rng(draw.getrandbits(32)).standard_normal(CLIP, np.float32)
    noisy = audio + noise * 10 ** draw.uniform(-5, -2)
    return Clip(noisy * np.float32(10 ** draw.uniform(-1, 0)), _letters(heard), *_frame_targets(heard))


def _shifted(word: Heard, seconds: float) -> Heard:
    return Heard(word.text, tuple(start + seconds for start in word.letters), word.end + seconds)


def _letters(heard: list[Heard]) -> list[int]:
    letters = [SEPARATOR]
    for word in heard:
        letters += [VOCABULARY[letter] for letter in word.text.lower()] + [SEPARATOR]
    return letters


def _frame_targets(heard: list[Heard]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Blank in pauses, a word's letters where they are heard, a separator where it ends; and the weights."""
    frames = np.full((CLIP - WINDOW) // STRIDE + 1, BLANK, np.int64)
    weights = np.ones(len(frames), np.float32)
    for word in heard:
        starts = np.array(word.letters) * RATE / STRIDE
        start, end = round(starts[0]), round(word.end * RATE / STRIDE)
        letters = np.array([VOCABULARY[letter] for letter in word.text.lower()])
        places = np.maximum(np.searchsorted(starts, np.arange(start, end), side="right") - 1, 0)
        frames[start:end] = letters[places]
        doubled = np.flatnonzero((np.diff(places) > 0) & (np.diff(letters[places]) == 0))
        frames[start + doubled] = BLANK  # between two of a letter CTC needs one
        frames[end : end + 1] = SEPARATOR
        if start > 0 and frames[start - 1] != BLANK:
            frames[start - 1] = SEPARATOR  # the next word follows at once: the separator comes before it
        weights[max(0, start - 1) : start + 3] = weights[end : end + 1] = ONSET_WEIGHT
    return frames, weights


def train(steps: int, sharpening_steps: int) -> Wav2Vec2ForCTC:
    """Train from scratch; the same seed and machine give the same weights.

    First CTC beside the frames, so that spelling is learnt; then the frames alone, so that no blank is left
    inside words and letters begin where they are heard.
    """
    torch.manual_seed(0)
    model = build_model().train()
    descend(model, seed=0, steps=steps, rate=PEAK_LEARNING_RATE, ctc_weight=1.0)
    descend(model, seed=1, steps=sharpening_steps, rate=SHARPENING_RATE, ctc_weight=0.0)
    return model.eval()


def descend(model: Wav2Vec2ForCTC, *, seed: int, steps: int, rate: float, ctc_weight: float) -> None:
    """One stage: AdamW with a warm-up and a cosine, on fresh clips at every step."""
    draw = random.Random(seed)  # noqa: S311 (reproducible, not secret)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _learning_rate(step, steps))
    began = time.monotonic()
    for step, clips in enumerate(islice(batches(draw), steps)):
        ctc, by_frame = _losses(model, clips)
        optimiser.zero_grad()
        (ctc_weight * ctc + by_frame).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 20 == 0:
            spent = time.monotonic() - began
            log.info("%5d  ctc %.3f  frames %.3f  %.0f s", step, ctc.item(), by_frame.item(), spent)


def _learning_rate(step: int, steps: int) -> float:
    return min((step + 1) / WARM_UP, 0.5 + 0.5 * math.cos(math.pi * step / steps))


def _losses(model: Wav2Vec2ForCTC, clips: list[Clip]) -> tuple[torch.Tensor, torch.Tensor]:
    audio = torch.from_numpy(np.stack([clip.audio for clip in clips]))
    scores = torch.log_softmax(model(audio).logits, dim=-1)  # [clips, frames, symbols]
    frames = torch.from_numpy(np.stack([clip.frames for clip in clips]))
    weights = torch.from_numpy(np.stack([clip.weights for clip in clips]))
    ctc = torch.nn.functional.ctc_loss(
        scores.transpose(0, 1),
        torch.tensor([letter for clip in clips for letter in clip.letters]),
        torch.full((len(clips),), scores.shape[1]),
        torch.tensor([len(clip.letters) for clip in clips]),
        blank=BLANK,
        reduction="sum",
    )
    by_frame = torch.nn.functional.nll_loss(scores.transpose(1, 2), frames, reduction="none")
    return ctc / frames.numel(), (by_frame * weights).sum() / weights.sum()


def save(model: Wav2Vec2ForCTC, folder: Path) -> None:
    """Write a folder that `whisperx.load_align_model` takes as a model's name."""
    model.save_pretrained(folder)
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps(VOCABULARY), "utf-8")
    tokenizer = Wav2Vec2CTCTokenizer(str(vocabulary), do_lower_case=True)
    features = Wav2Vec2FeatureExtractor(sampling_rate=RATE, do_normalize=False)
    Wav2Vec2Processor(features, tokenizer).save_pretrained(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the tiny aligner of the tests.")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--sharpening-steps", type=int, default=SHARPENING_STEPS)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    save(train(arguments.steps, arguments.sharpening_steps), arguments.output)


if __name__ == "__main__":
    main()
