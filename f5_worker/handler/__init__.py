"""A job comes in, an answer goes out: the handler, what it reads of a request, and what is seen meanwhile."""
