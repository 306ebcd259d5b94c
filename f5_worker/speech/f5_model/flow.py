"""One evaluation of the flow: f5-tts's DiT, with all that does not change between steps computed before.

Upstream recomputes at every step the time embedding, the modulation of every block, the rotary
table, and copies the reference's mel and the text embedding into a new input. Here a step reads
them from tables, and nothing asks the device for a value, so the host can run ahead of it and all
shapes are fixed by `Conditions`.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from f5_worker.speech.f5_model.attention import Attention, choose_attention, frame_mask
from f5_worker.speech.f5_model.mel import N_MELS
from f5_worker.speech.f5_model.operators import Operators, Rotary, choose_operators
from f5_worker.speech.f5_model.tables import Modulation


@dataclass(frozen=True)
class Conditions:
    """What one batch is spoken under: [rows] are its chunks, then, with guidance, the same without text.

    `inputs` is [rows, frames, 2 * 100 + text, and zeros]: the columns of the noised mel (filled in at
    every step), of the reference's mel and of the text. `rotary` are the tables of the frames. `mask`
    [rows, frames] is True where a chunk has a frame, None when no chunk is padded; `padding` says so
    to attention.
    """

    inputs: Tensor
    rotary: Rotary
    mask: Tensor | None
    padding: Tensor | None
    is_guided: bool

    @property
    def batch(self) -> int:
        """How many chunks there are."""
        return len(self.inputs) // (2 if self.is_guided else 1)


class Flow:
    """The velocity field of a DiT. Takes over `dit`, whose weights `operators` may arrange anew."""

    def __init__(
        self, dit: Any, operators: Operators | None = None, attention: Attention | None = None
    ) -> None:
        """Without `operators` or `attention`: what suits the device."""
        self._dit = dit
        self._operators = operators or choose_operators(self.device, self.dtype)
        self._attention = attention or choose_attention(self.device, self.dtype)
        with torch.no_grad():
            self._operators.arrange(dit)

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        device: torch.device = self._dit.proj_out.weight.device
        return device

    @property
    def dtype(self) -> torch.dtype:
        """The precision of its weights."""
        dtype: torch.dtype = self._dit.proj_out.weight.dtype
        return dtype

    @property
    def state_dtype(self) -> torch.dtype:
        """The precision of times, of the mel it is given and of the velocity it gives."""
        return self._operators.state_dtype(self.dtype)

    def modulations(self, times: Tensor, rows: int) -> list[Modulation]:
        """The tables of a schedule: one for each of `times` [steps], computed in a batch of `rows`.

        The rows are equal; upstream computes two under guidance, and so do we, to round as it does.
        """
        return self._operators.modulations(self._dit, times, rows, self.dtype)

    def conditions(
        self, reference: Tensor, tokens: list[Tensor], frames: list[int], length: int, *, is_guided: bool
    ) -> Conditions:
        """Prepare a batch padded to `length`: reference [1, n, 100], token ids and frames of every chunk."""
        texts = [(ids.to(self.device)[None], count) for ids, count in zip(tokens, frames, strict=True)]
        inputs = [self._inputs(reference, ids, count, length) for ids, count in texts]
        if is_guided:
            inputs += [self._inputs(None, ids, count, length) for ids, count in texts]
            frames = frames * 2
        return Conditions(
            torch.cat(inputs),
            self._operators.rotary(self._dit, length, self.dtype),
            frame_mask(frames, length, self.device),
            self._attention.padding(frames, length, self.device, self.dtype),
            is_guided,
        )

    def velocity(self, mel: Tensor, step: Modulation, given: Conditions) -> Tensor:
        """The direction at `mel` [batch, frames, 100] and one time, for all rows: [rows, frames, 100]."""
        halves = given.inputs.view(-1, given.batch, *given.inputs.shape[1:])
        halves[..., :N_MELS] = mel
        x = self._operators.embed(self._dit.input_embed.proj, halves)
        x = x + self._dit.input_embed.conv_pos_embed(x, mask=given.mask)  # in the memory order of the first
        skipped = x if self._dit.long_skip_connection is not None else None
        for block, table in zip(self._dit.transformer_blocks, step.blocks.unbind(), strict=True):
            x = self._block(block, x, table, given)
        if skipped is not None:
            x = self._dit.long_skip_connection(torch.cat((x, skipped), dim=-1))
        scale, shift = step.last.unbind()
        out: Tensor = self._dit.proj_out(self._operators.modulate(x, scale, shift))
        return out.to(self.state_dtype)

    def _inputs(self, reference: Tensor | None, ids: Tensor, frames: int, length: int) -> Tensor:
        """One row of `Conditions.inputs`; without a reference it has no text either (for guidance)."""
        text = self._dit.text_embed(ids, seq_len=frames, drop_text=reference is None)
        row = text.new_zeros(1, length, self._dit.input_embed.proj.weight.shape[1])
        if reference is not None:
            row[:, : reference.shape[1], N_MELS : 2 * N_MELS] = reference
        row[:, :frames, 2 * N_MELS : 2 * N_MELS + text.shape[-1]] = text
        return row

    def _block(self, block: Any, x: Tensor, table: Tensor, given: Conditions) -> Tensor:
        operators = self._operators
        shift, scale, gate, feed_shift, feed_scale, feed_gate = table.unbind()
        attended = self._attend(block.attn, operators.modulate(x, scale, shift), given)
        x = operators.add_gated(x, gate, attended)
        fed = operators.feed(block.ff, operators.modulate(x, feed_scale, feed_shift))
        return operators.add_gated(x, feed_gate, fed)

    def _attend(self, attention: Any, x: Tensor, given: Conditions) -> Tensor:
        """Self-attention over frames: [rows, frames, dim] in and out."""
        qkv = self._operators.project(attention, x)
        query_key, value = qkv[:, :, :2], qkv[:, :, 2]
        if attention.q_norm is not None:
            query, key = query_key.unbind(2)
            query_key = torch.stack((attention.q_norm(query), attention.k_norm(key)), dim=2)
        query, key = self._turn(query_key, attention.processor.pe_attn_head, given.rotary).unbind(2)
        mixed = self._attention.attend(query, key, value, given.padding)
        out: Tensor = attention.to_out[0](mixed.flatten(2))
        return out

    def _turn(self, query_key: Tensor, heads: int | None, rotary: Rotary) -> Tensor:
        """Rotary position embedding, of the first `heads` only where given."""
        if heads is None:
            return self._operators.turn(query_key, rotary)
        turned = self._operators.turn(query_key[..., :heads, :], rotary)
        return torch.cat((turned, query_key[..., heads:, :]), dim=-2)
