"""Records out as files that other programs read, and that read back equal here."""
