"""What a tagged export adds so that reading it back gives exactly the record that was written.

Other programs get standard tags. A reader cannot rebuild everything from those: a journal's name may hold a line break,
RIS has no field for MeSH. So the entry is read back as it stands, and what differs from the record is added as JSON in
one field of our own: pure ASCII on one line, ignored by programs that do not know its tag. What somebody changes in the
standard tags later counts, unless that field is in the JSON: then delete the line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import BinaryIO

from ingest.record import Record, Unreadable

Read = Callable[[BinaryIO], Iterator[Record | Unreadable]]

# What would end a line, or is no character that a file can hold: one blank.
_BREAKS = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]+")


def one_line(text: str) -> str:
    """The text as a tagged line can hold it."""
    return _BREAKS.sub(" ", text).strip(" ")


def remainder(record: Record, text: str, read: Read) -> str:
    """JSON of every field in which the entry `text`, read back, differs from `record`, and of its identifier."""
    items = list(read(BytesIO(text.encode())))
    back = items[0].as_dict() if len(items) == 1 and isinstance(items[0], Record) else {}
    exact = {
        name: value
        for name, value in record.as_dict().items()
        if name in ("source", "source_id", "notes") or name not in back or back[name] != value
    }
    if not record.notes:
        exact.pop("notes", None)  # what reading an entry brings up is not written, and not read from one of ours
    return json.dumps(exact, ensure_ascii=True, separators=(",", ":"))


def family_first(name: str) -> tuple[str, str]:
    """A person's name "Family Given", parted; ("name", "") for one word.

    The record does not say where the family name ends. It is everything before two or more initials ("Garcia Perez
    JA"), else the first word with the small words before it ("van der Berg Pieter A").
    """
    words = name.split(" ")
    at = next((place for place in range(1, len(words)) if _INITIALS.fullmatch("".join(words[place:]))), 0)
    if not at or (at > 1 and len(words[-1].strip(".")) == 1):
        at = next((place for place, word in enumerate(words) if not word.islower()), len(words) - 1) + 1
    return " ".join(words[:at]), " ".join(words[at:])


def initials_of(given: str) -> str:
    """ "PA" for "Pieter A", "JA" for "J.A." """
    parts = given.replace(".", " ").replace("-", " ").split()
    return "".join(part if part.isupper() and len(part) < 4 else part[0] for part in parts)


_INITIALS = re.compile(r"(?:[A-Z]\.?-?){1,4}")
