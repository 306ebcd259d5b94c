"""espeak-ng in a process of its own: what one engine and two aligners use of it."""
