"""What goes wrong with extraction sheets."""

from __future__ import annotations


class ExtractionSheetError(ValueError):
    """Base of what this package raises; the message tells a reviewer what about the file or mapping to mend."""


class UnreadableSheet(ExtractionSheetError):
    """A file that is no sheet, or that cannot be read safely."""


class BadSheetMapping(ExtractionSheetError):
    """A mapping that does not fit the sheet or the forms."""
