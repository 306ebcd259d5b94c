"""F5-TTS as the engine in `speech/f5.py` uses it: f5-tts's own model, with a solver of our own around it.

device      the thread in which all of it runs, a batch ahead of whoever verifies
upstream    f5-tts's and Vocos's classes, imported without what only training needs, and checked
files       where the weights are: settings ─▶ local files, fetched into the volume once
checkpoint  files ─▶ models, without a random initialisation and with one copy in memory
reference   a voice ─▶ the cut recording, its mel and its transcript
model_input a chunk of text ─▶ token ids and a number of frames
flow        one evaluation of the flow, with all that does not change between steps computed before
operators   how its arithmetic is done: upstream's bits, or few passes over a GPU's memory
attention   over the frames of padded rows, with a mask or without one
tables      what a step reads instead of computing: modulation and rotary angles
solver      noise ─▶ mel: the time schedule and the Euler loop
batches     which chunks are solved together
synthesizer the warm models: batches of inputs ─▶ waves
candidates  waves ─▶ the best attempt of each chunk, spoken again where words were skipped
overlap_add     waves ─▶ one buffer, and where each chunk lies in it

Everything here imports torch, so it is imported inside `F5Engine.load` only.
"""
