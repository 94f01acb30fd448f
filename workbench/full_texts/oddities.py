"""What deserves a look at a file before it counts as somebody's full text."""

from __future__ import annotations

from workbench.full_texts.files import Kind
from workbench.full_texts.pdf_text import asks_for_password

_END = b"%%EOF"
_TAIL = 2048  # bytes at the end in which a PDF names its end, with room for what mailers and scanners add


def oddity(name: str, content: bytes, kind: Kind) -> str:
    """One sentence on what is odd about a file; "" where nothing is. Nothing of it keeps the file from being added."""
    if name.lower().endswith(".pdf") and kind.suffix != ".pdf":
        return f"It is called a PDF, but is a {kind.name}: perhaps a page to sign in. Look at it before you go on."
    if kind.suffix != ".pdf":
        return ""
    if asks_for_password(content):
        return "It is locked with a password: it can be kept, but not be shown here."
    if _END not in content[-_TAIL:]:
        return "The end of this PDF is missing: perhaps it was cut off on the way. Look at its last page."
    return ""
