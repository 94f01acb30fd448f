"""The characters of a text file whose encoding nobody told."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from itertools import chain

from ingest.byte_steps import SteppedFile


def encoding_of(head: bytes) -> str:
    """The encoding that a file beginning with `head` is read in: by byte order mark, zero bytes, else UTF-8."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Text of Western letters in UTF-16 has a zero in every other byte, and few in between; a binary file has not.
    even, odd = head[:2000:2].count(0), head[1:2000:2].count(0)
    if max(even, odd) * 3 > len(head[:2000]) and min(even, odd) * 20 < max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8-sig"


def decode(head: bytes) -> str:
    """A file's beginning as text. What is not UTF-8 is read as Windows-1252, byte by byte, so any table can be read."""
    return codecs.getincrementaldecoder(encoding_of(head))(_ERRORS).decode(head)


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    raw = error.object[error.start : error.end]
    if error.encoding.startswith("utf-16"):
        return "\ufffd", error.end
    return "".join(_WINDOWS_1252[byte] for byte in raw), error.end


_WINDOWS_1252 = [bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)]
_ERRORS = "ingest.windows-1252"
codecs.register_error(_ERRORS, _as_windows_1252)


def text_file(head: bytes, steps: Iterator[bytes]) -> io.TextIOWrapper:
    """The content of a file as text, line ends as they are: `head` is its first step, `steps` gives the others."""
    raw = io.BufferedReader(SteppedFile(chain((head,), steps)))
    return io.TextIOWrapper(raw, encoding=encoding_of(head), errors=_ERRORS, newline="")
