"""What tests and benches share: speech with known times, tiny models, and a stand-in for the platform."""
