"""Model weights: where they are on the volume, how they get there, and what all loaded models share."""
