"""The parts of the page "Extraction sheets"."""
