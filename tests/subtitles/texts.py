"""Texts that subtitles must survive, and words with made-up times for them."""

import random

from hypothesis import strategies as st

from f5_worker.subtitles.transcript import Transcript
from f5_worker.text.words import Word, tokenize

PLAIN = {
    "english": "Dr. Smith paid $5.20 on May 3rd, 2024. Nobody knew why! Did you? I did not, "
    "and I asked everyone who had been there that day. Yes.",
    "german": "Die Geschwindigkeitsbegrenzung gilt für Kraftfahrzeuge. Ob das stimmt, weiß niemand. Schön!",
    "chinese": "今天天气很好，我们去公园吧。你想去吗？2024年的春天来了！",
    "arabic": "مرحبا بكم في هذا الدرس. كيف حالك اليوم؟ الجو جميل، والشمس مشرقة.",
    "thai": "สวัสดีครับ วันนี้อากาศดีมาก เราไปเที่ยวสวนกันเถอะ",
    "emoji": "Great \U0001f389\U0001f389 news 👩‍👩‍👧 today! Café naïve 100 % ✅ done.",
    "hostile": 'He said --> "no", {\\an8}x\\Ny \\h <i>tag</i> <00:00:01.000> & &amp; a,b;c\n\n1\n'
    "00:00:00,000 --> 00:00:09,000\nWEBVTT\u2028NOTE {brace} '' \"\" \\ end\\{k}\t=cmd|x",
}
LONG = {name: (text + " ") * (20_000 // (len(text) + 1)) for name, text in PLAIN.items()}


def timed(text: str, seed: int = 0, language: str = "en") -> Transcript:
    """Words as a speaker might say them, pauses included."""
    draw = random.Random(seed)  # noqa: S311 - made-up times, not a secret
    words, now = [], draw.uniform(0, 0.5)
    for token in tokenize(text, 0, len(text)):
        length = 0.05 + 0.06 * len(token.text) * draw.uniform(0.5, 1.5)
        score = None if draw.random() < 0.1 else round(draw.random(), 3)
        words.append(Word(token, now, now + length, score, "engine"))
        now += length + draw.choice((0.0, 0.0, 0.02, 0.3, 1.2))
    return Transcript(words, text, language, now + 0.1)


@st.composite
def spoken(draw: st.DrawFn) -> Transcript:
    """Any text with times that only keep their order: words may have no length and touch."""
    words_of_text = st.text("ab1 .,!?-\n{\\<&\u4eca\u0645\U0001f389", min_size=1, max_size=200)
    text = draw(words_of_text.filter(lambda text: any(c.isalnum() for c in text)))
    tokens = tokenize(text, 0, len(text))
    steps = st.floats(0, 2, allow_nan=False)
    times = draw(st.lists(steps, min_size=2 * len(tokens), max_size=2 * len(tokens)))
    now, words = 0.0, []
    for index, token in enumerate(tokens):
        start = now + times[2 * index]
        now = start + times[2 * index + 1]
        words.append(Word(token, start, now, None, "engine"))
    return Transcript(words, text, "en", now + draw(steps))
