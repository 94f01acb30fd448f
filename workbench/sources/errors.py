"""The one base error of this package."""

from __future__ import annotations


class SourceError(ValueError):
    """A document that cannot be read for its text; the message says what to do."""
