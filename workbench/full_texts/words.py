"""Words as they are compared: in lower case, without accents and signs."""

from __future__ import annotations

import re
import unicodedata


def plain_words(text: str) -> str:
    """Words with single spaces between them; a word that is broken at a line's end is one."""
    joined = re.sub(r"(?<=[a-z])-[^\S\n]*\n\s*(?=[a-z])", "", text)
    plain = unicodedata.normalize("NFKD", joined).casefold()
    kept = "".join(letter if letter.isalnum() else "" if unicodedata.combining(letter) else " " for letter in plain)
    return " ".join(kept.split())
