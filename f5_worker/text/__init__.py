"""Text ─▶ words, the breaks between them, chunks an engine can speak, and their reading."""
