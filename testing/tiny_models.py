"""Random-weight F5-TTS, Vocos and Whisper models in the file formats of the real ones, made in seconds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save_file

from f5_worker.speech.f5_model.files import package_folder
from f5_worker.speech.f5_model.upstream import import_upstream

TINY = {"dim": 64, "depth": 2, "heads": 2, "ff_mult": 2, "text_dim": 32, "conv_layers": 2}
TINY_VOCOS = {"dim": 32, "intermediate_dim": 64, "num_layers": 2}


@dataclass(frozen=True)
class TinyModels:
    """Where they are: the values of the settings that name them."""

    config: Path
    checkpoint: Path
    vocab: Path
    vocoder: Path

    def environment(self) -> dict[str, str]:
        """The worker's variables that name these files."""
        return {
            "TTS_ENGINE": "f5",
            "F5_MODEL": str(self.config),
            "F5_CHECKPOINT": str(self.checkpoint),
            "F5_VOCODER": str(self.vocoder),
            "WHISPER_MODEL": "none",
        }


def make_models(
    folder: Path, arch: dict[str, Any] | None = None, vocos: dict[str, Any] | None = None
) -> TinyModels:
    """A configuration, a checkpoint (safetensors) and a vocoder, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    arch = {**TINY, "text_mask_padding": True, "qk_norm": None, "pe_attn_head": None, **(arch or {})}
    config, checkpoint = folder / "Tiny.yaml", folder / "model.safetensors"
    mel_spec = {
        "target_sample_rate": 24000,
        "n_mel_channels": 100,
        "hop_length": 256,
        "win_length": 1024,
        "n_fft": 1024,
        "mel_spec_type": "vocos",
    }
    model = {"name": "Tiny", "tokenizer": "pinyin", "backbone": "DiT", "arch": arch, "mel_spec": mel_spec}
    config.write_text(yaml.safe_dump({"model": model}))
    vocab = package_folder() / "infer/examples/vocab.txt"
    save_file(ema_state(arch, len(vocab.read_text("utf-8").split("\n")) - 1), checkpoint)
    make_vocos(folder / "vocos", vocos or TINY_VOCOS)
    return TinyModels(config, checkpoint, vocab, folder / "vocos")


def ema_state(arch: dict[str, Any], symbols: int) -> dict[str, torch.Tensor]:
    """Weights under the names that upstream's trainer saves them by."""
    dit = import_upstream().DiT(**arch, text_num_embeds=symbols, mel_dim=100)
    randomise(dit)
    state = {f"ema_model.transformer.{name}": value for name, value in dit.state_dict().items()}
    return state | {"initted": torch.tensor(True), "step": torch.tensor(1)}


def randomise(model: torch.nn.Module) -> None:
    """Give random values to what is initialised to zero: zeros hide every mistake behind them."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1 and parameter.count_nonzero():
                fan_in = parameter[0].numel()
                parameter.normal_(0, fan_in**-0.5, generator=generator)
            else:
                parameter.normal_(0, 0.2, generator=generator)


def make_vocos(folder: Path, size: dict[str, int]) -> None:
    """`config.yaml` and `pytorch_model.bin`, feature extractor included, as published."""
    from torchaudio.transforms import MelSpectrogram

    folder.mkdir(parents=True, exist_ok=True)
    features = {"sample_rate": 24000, "n_fft": 1024, "hop_length": 256, "n_mels": 100, "padding": "center"}
    parts: dict[str, tuple[str, dict[str, Any]]] = {
        "feature_extractor": ("vocos.feature_extractors.MelSpectrogramFeatures", features),
        "backbone": ("vocos.models.VocosBackbone", {"input_channels": 100, **size}),
        "head": (
            "vocos.heads.ISTFTHead",
            {"dim": size["dim"], "n_fft": 1024, "hop_length": 256, "padding": "center"},
        ),
    }
    config = {part: {"class_path": path, "init_args": args} for part, (path, args) in parts.items()}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    upstream = import_upstream()
    modules = {
        "backbone": upstream.VocosBackbone(**parts["backbone"][1]),
        "head": upstream.ISTFTHead(**parts["head"][1]),
    }
    state: dict[str, Any] = {}
    for name, module in modules.items():
        randomise(module)
        state |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
    state["head.out.weight"] *= 0.3  # keeps exp(magnitude) within what audio can be
    state["head.out.bias"][:513] += 2
    mel = MelSpectrogram(sample_rate=24000, n_fft=1024, hop_length=256, n_mels=100, center=True, power=1)
    state |= {f"feature_extractor.mel_spec.{key}": value for key, value in mel.state_dict().items()}
    torch.save(state, folder / "pytorch_model.bin")


def make_whisper(folder: Path) -> Path:
    """A multilingual Whisper of one layer, as faster-whisper reads it; what it hears is nonsense."""
    from ctranslate2.converters.transformers import WhisperLoader
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers.models.whisper import WhisperConfig, WhisperForConditionalGeneration

    tasks = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    names = ["endoftext", "startoftranscript", "en", "de", "zh", *tasks]
    special = [f"<|{name}|>" for name in names]
    times = [f"<|{index * 0.02:.2f}|>" for index in range(1501)]
    size = 51_865  # CTranslate2 takes a smaller vocabulary for that of an English model
    words = [f"w{index}" for index in range(size - len(special) - len(times))]
    ids = {token: index for index, token in enumerate([*words, *special, *times])}
    layers = {"encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    config = WhisperConfig(vocab_size=size, d_model=32, num_mel_bins=80, pad_token_id=0, **layers, **heads)
    torch.manual_seed(0)
    spec = WhisperLoader().get_model_spec(WhisperForConditionalGeneration(config))
    spec.register_vocabulary(list(ids))
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.alignment_heads = [[0, 0]]
    spec.config.lang_ids = [ids[f"<|{name}|>"] for name in ("en", "de", "zh")]
    spec.validate()
    spec.optimize(quantization=None)
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    tokenizer = Tokenizer(models.WordLevel(vocab=ids, unk_token=special[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(special)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
