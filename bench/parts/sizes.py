"""Sizes of the random models that benches make."""

Size = dict[str, int]

F5_BASE: Size = {"dim": 1024, "depth": 22, "heads": 16, "ff_mult": 2, "text_dim": 512, "conv_layers": 4}
F5_MIDDLE: Size = {"dim": 384, "depth": 6, "heads": 6, "ff_mult": 2, "text_dim": 128, "conv_layers": 2}
F5_TENTH: Size = {"dim": 512, "depth": 8, "heads": 8, "ff_mult": 2, "text_dim": 256, "conv_layers": 4}
VOCOS: Size = {"dim": 512, "intermediate_dim": 1536, "num_layers": 8}  # the published one's
