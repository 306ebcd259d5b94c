"""A stand-in for the platform's side of the queue, and the worker as a process against it."""
