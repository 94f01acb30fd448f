"""Extraction on the page: studies, forms and results, filling in, comparing, reading, the history of values."""
