"""One file a schema version, in order of their numbers."""
