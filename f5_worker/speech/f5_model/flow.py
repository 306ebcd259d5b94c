"""One evaluation of the flow: f5-tts's DiT, with all that does not change between steps computed before.

Upstream recomputes at every step the time embedding, the modulation of every block, the rotary
table, and copies the reference's mel and the text embedding into a new input. Here a step reads
them from tables, the three projections of attention are one, and nothing asks the device for a
value, so the host can run ahead of it and all shapes are fixed by `Conditions`.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from f5_worker.speech.f5_model.mel import N_MELS


@dataclass(frozen=True)
class Conditions:
    """What one batch is spoken under: [rows] are its chunks, then, with guidance, the same without text.

    `inputs` is [rows, frames, 2 * 100 + text]: the columns of the noised mel (filled in at every
    step), of the reference's mel and of the text. `cos` and `sin` are [frames, head]. `mask`
    [rows, frames] is True where a chunk has a frame and `bias` [rows, 1, 1, frames] says so to
    attention; both None when no chunk is padded.
    """

    inputs: Tensor
    cos: Tensor
    sin: Tensor
    mask: Tensor | None
    bias: Tensor | None
    is_guided: bool

    @property
    def batch(self) -> int:
        """How many chunks there are."""
        return len(self.inputs) // (2 if self.is_guided else 1)


@dataclass(frozen=True)
class Modulation:
    """One step's shifts, scales (with 1 added) and gates: `blocks` [blocks, 6, dim], `last` [2, dim]."""

    blocks: Tensor
    last: Tensor


class Flow:
    """The velocity field of a DiT. Takes over `dit`: its query, key and value weights become one."""

    def __init__(self, dit: Any) -> None:
        self._dit = dit
        for block in dit.transformer_blocks:
            _fuse_projections(block.attn)

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        device: torch.device = self._dit.proj_out.weight.device
        return device

    @property
    def dtype(self) -> torch.dtype:
        """The precision of its weights and of the mel it is given."""
        dtype: torch.dtype = self._dit.proj_out.weight.dtype
        return dtype

    def modulations(self, times: Tensor, rows: int) -> list[Modulation]:
        """The tables of a schedule: one for each of `times` [steps], computed in a batch of `rows`.

        The rows are equal; upstream computes two under guidance, and so do we, to round as it does.
        """
        return [self._modulation(time, rows) for time in times.unbind()]

    def conditions(
        self, reference: Tensor, tokens: list[Tensor], frames: list[int], length: int, *, is_guided: bool
    ) -> Conditions:
        """Prepare a batch padded to `length`: reference [1, n, 100], token ids and frames of every chunk."""
        texts = [(ids.to(self.device)[None], count) for ids, count in zip(tokens, frames, strict=True)]
        voiced = [self._inputs(reference, ids, count, length) for ids, count in texts]
        silent = [self._inputs(None, ids, count, length) for ids, count in texts]
        inputs = torch.cat((*voiced, *silent) if is_guided else voiced)
        freqs, _ = self._dit.rotary_embed.forward_from_seq_len(length)
        mask = bias = None
        if any(count < length for count in frames):
            counts = torch.tensor(frames * (2 if is_guided else 1), device=self.device)
            mask = torch.arange(length, device=self.device) < counts[:, None]
            bias = torch.zeros_like(mask, dtype=self.dtype).masked_fill(~mask, -torch.inf)[:, None, None]
        return Conditions(inputs, freqs[0].cos(), freqs[0].sin(), mask, bias, is_guided)

    def velocity(self, mel: Tensor, step: Modulation, given: Conditions) -> Tensor:
        """The direction at `mel` [batch, frames, 100] and one time, for all rows: [rows, frames, 100]."""
        halves = given.inputs.view(-1, given.batch, *given.inputs.shape[1:])
        halves[..., :N_MELS] = mel
        x = self._dit.input_embed.proj(given.inputs)
        x = x + self._dit.input_embed.conv_pos_embed(x, mask=given.mask)  # in the memory order of the first
        skipped = x
        for block, table in zip(self._dit.transformer_blocks, step.blocks.unbind(), strict=True):
            x = _block(block, x, table, given)
        if self._dit.long_skip_connection is not None:
            x = self._dit.long_skip_connection(torch.cat((x, skipped), dim=-1))
        scale, shift = step.last.unbind()
        out: Tensor = self._dit.proj_out(self._dit.norm_out.norm(x) * scale + shift)
        return out

    def _modulation(self, time: Tensor, rows: int) -> Modulation:
        embedded = functional.silu(self._dit.time_embed(time.repeat(1)).repeat(rows, 1))
        blocks = [
            block.attn_norm.linear(embedded)[0].unflatten(0, (6, -1))
            for block in self._dit.transformer_blocks
        ]
        last = self._dit.norm_out.linear(embedded)[0].unflatten(0, (2, -1))
        tables = torch.stack(blocks)
        tables[:, 1] += 1  # scales, of attention and of the feed-forward part
        tables[:, 4] += 1
        last[0] += 1
        return Modulation(tables, last)

    def _inputs(self, reference: Tensor | None, ids: Tensor, frames: int, length: int) -> Tensor:
        """One row [1, length, 2 * 100 + text]; without a reference it has no text either (for guidance)."""
        text = self._dit.text_embed(ids, seq_len=frames, drop_text=reference is None)
        row = text.new_zeros(1, length, 2 * N_MELS + text.shape[-1])
        if reference is not None:
            row[:, : reference.shape[1], N_MELS : 2 * N_MELS] = reference
        row[:, :frames, 2 * N_MELS :] = text
        return row


def _fuse_projections(attention: Any) -> None:
    """One weight for query, key and value; the three stay as views of it, so nothing is held twice."""
    layers = (attention.to_q, attention.to_k, attention.to_v)
    weight = torch.cat([layer.weight for layer in layers])
    bias = torch.cat([layer.bias for layer in layers])
    size = len(weight) // 3
    for index, layer in enumerate(layers):
        layer.weight = torch.nn.Parameter(weight[index * size : (index + 1) * size], requires_grad=False)
        layer.bias = torch.nn.Parameter(bias[index * size : (index + 1) * size], requires_grad=False)
    attention.qkv = (weight, bias)


def _block(block: Any, x: Tensor, table: Tensor, given: Conditions) -> Tensor:
    shift, scale, gate, feed_shift, feed_scale, feed_gate = table.unbind()
    attended = _attention(block.attn, block.attn_norm.norm(x) * scale + shift, given)
    x = x + gate * attended
    fed = block.ff(block.ff_norm(x) * feed_scale + feed_shift)
    return x + feed_gate * fed


def _attention(attention: Any, x: Tensor, given: Conditions) -> Tensor:
    """Self-attention over frames: [rows, frames, dim] in and out."""
    qkv = functional.linear(x, *attention.qkv).unflatten(-1, (3, attention.heads, -1))
    query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each [rows, heads, frames, head]
    if attention.q_norm is not None:
        query, key = attention.q_norm(query), attention.k_norm(key)
    rotated = attention.processor.pe_attn_head
    query, key = (_rotate(part, rotated, given) for part in (query, key))
    mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=given.bias)
    out: Tensor = attention.to_out[0](mixed.transpose(1, 2).flatten(2))
    return out


def _rotate(x: Tensor, heads: int | None, given: Conditions) -> Tensor:
    """Rotary position embedding of [rows, heads, frames, head], of the first `heads` only where given."""
    if heads is not None:
        return torch.cat((_rotate(x[:, :heads], None, given), x[:, heads:]), dim=1)
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.stack((-odd, even), dim=-1).flatten(-2)
    return x * given.cos + turned * given.sin
