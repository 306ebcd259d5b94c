"""Trains the tiny aligner beside this file: OMP_NUM_THREADS=1 python -m testing.corpus.tiny_aligner.train

A Wav2Vec2ForCTC trained on espeak-ng's speech with CTC plus a cross-entropy by frame, so that its
emissions change where words begin and end. One thread, 25 minutes.
"""

import argparse
import json
import logging
import math
import os
import random
import time
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

from testing.corpus.espeak_corpus import RATE
from testing.corpus.tiny_aligner.clips import BLANK, HOP, RECEPTIVE_FIELD, VOCABULARY, Clip, batches
from testing.corpus.tiny_aligner.muon import Muon

log = logging.getLogger(__name__)

WINDOW = 240  # samples that a filter of the first layer sees
STRIDE = HOP // 2  # samples between two outputs of that layer; the second takes two at a time
BANDS, PHASES = 56, 4  # filters of the first layer
STEPS = 2700
LEARNING_RATE = 1.5e-3  # of AdamW, at its peak
SHARPENING_STEPS = 400
SHARPENING_RATE = 7e-4
MATRIX_RATE = 13.0  # Muon's learning rate in relation to AdamW's
WARM_UP = 60  # steps


def build_model() -> Wav2Vec2ForCTC:
    """About 1.5 million parameters, which fill 3 MB as halves."""
    model = Wav2Vec2ForCTC(
        Wav2Vec2Config(
            vocab_size=len(VOCABULARY),
            hidden_size=192,
            num_hidden_layers=4,
            num_attention_heads=4,
            intermediate_size=448,
            conv_dim=(BANDS * PHASES, 128),
            conv_stride=(STRIDE, 2),
            conv_kernel=(WINDOW, 1 + (RECEPTIVE_FIELD - WINDOW) // STRIDE),
            num_feat_extract_layers=2,
            num_conv_pos_embeddings=24,
            num_conv_pos_embedding_groups=16,
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
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (80.0, 7600.0))
    mel = np.linspace(low, high, BANDS)
    frequencies = 700 * (10 ** (mel / 2595) - 1)
    moments = (np.arange(WINDOW) - WINDOW / 2) / RATE
    phases = np.arange(PHASES) * 2 * np.pi / PHASES
    waves = np.cos(2 * np.pi * frequencies[:, None, None] * moments + phases[:, None]) * np.hanning(WINDOW)
    return np.asarray(waves.reshape(BANDS * PHASES, WINDOW) / WINDOW, np.float32)


def train(steps: int, sharpening_steps: int) -> Wav2Vec2ForCTC:
    """Train from scratch; the same seed and machine give the same weights.

    First CTC beside the frames, so that spelling is learnt; then the frames alone, so that no blank is left
    inside words and letters begin where they are heard.
    """
    torch.manual_seed(0)
    model = build_model().train()
    descend(model, seed=0, steps=steps, rate=LEARNING_RATE, ctc_weight=1.0)
    descend(model, seed=1, steps=sharpening_steps, rate=SHARPENING_RATE, ctc_weight=0.0)
    return model.eval()


def descend(model: Wav2Vec2ForCTC, *, seed: int, steps: int, rate: float, ctc_weight: float) -> None:
    """One stage on fresh clips at every step: Muon for the layers' matrices, AdamW for all the rest."""
    draw = random.Random(seed)  # noqa: S311 (reproducible, not secret)
    matrices = [weight for weight in model.wav2vec2.encoder.layers.parameters() if weight.ndim == 2]
    known = {id(weight) for weight in matrices}
    others = [weight for weight in model.parameters() if id(weight) not in known]
    optimisers: list[torch.optim.Optimizer] = [
        Muon(matrices, lr=rate * MATRIX_RATE),
        torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=0.01),
    ]
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _learning_rate(step, steps))
        for optimiser in optimisers
    ]
    began = time.monotonic()
    for step, clips in enumerate(islice(batches(draw), steps)):
        ctc, by_frame = _losses(model, clips)
        model.zero_grad()
        (ctc_weight * ctc + by_frame).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for each in (*optimisers, *schedules):
            each.step()
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
    by_frame = torch.nn.functional.cross_entropy(scores.transpose(1, 2), frames, reduction="none")
    return ctc / frames.numel(), (by_frame * weights).sum() / weights.sum()


def save(model: Wav2Vec2ForCTC, folder: Path) -> None:
    """Write a folder that `whisperx.load_align_model` takes as a model's name; it reads halves as float32."""
    model.half().save_pretrained(folder)
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps(VOCABULARY), "utf-8")
    tokenizer = Wav2Vec2CTCTokenizer(str(vocabulary), do_lower_case=True)
    features = Wav2Vec2FeatureExtractor(sampling_rate=RATE, do_normalize=False)
    Wav2Vec2Processor(features, tokenizer).save_pretrained(folder)


def main() -> None:
    """Read the options, train, and write the model."""
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
