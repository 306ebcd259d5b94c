"""Reference voices: fetched, checked, kept in a library, copied to where an engine can read them."""
