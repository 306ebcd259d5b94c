"""The worker: text and a reference voice in, speech and exact subtitles out."""
