"""The characters of a text file whose encoding nobody told."""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from ingest.byte_steps import SteppedFile

LOOKED_AT = 1 << 27  # bytes at most that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """What a file is read in."""

    codec: str  # as Python calls it
    name: str  # for a reviewer
    guessed: bool = False  # nothing in the file says so


def encoding_of(head: bytes) -> str:
    """The encoding that a file beginning with `head` is read in: see `find_encoding`, which sees more of it."""
    return find_encoding((head,)).codec


def find_encoding(steps: Iterable[bytes]) -> Encoding:
    """The encoding of a text: by byte order mark, zero bytes or escapes; UTF-8 if it is; else a guess from its words.

    steps: the content from its start, as much of it as may be looked at. Reads on only until it can tell. Text that is
    mostly UTF-8 is read as such, with the bytes that are not taken for Windows-1252.
    """
    content = iter(steps)
    head = next(content, b"")
    codec = _marked(head)
    if codec:
        return Encoding(codec=codec, name=_name(codec))
    codec = _by_zeros(head[:2000])
    if codec:
        return Encoding(codec=codec, name=_name(codec))
    utf8 = codecs.getincrementaldecoder("utf-8")()
    sample = _Sample()
    valid = True
    seen = 0
    for step in chain((head,), content):
        seen += len(step)
        if valid:
            try:
                utf8.decode(step)
            except UnicodeDecodeError:
                valid = False
        sample.add(step)
        if (sample.full() and not valid) or seen > LOOKED_AT:
            break
    sample.finish()
    if b"\x1b$" in head and not sample.lines and _decodes(head, "iso2022_jp"):
        return Encoding(codec="iso2022_jp", name=_name("iso2022_jp"))
    if valid:
        return Encoding(codec="utf-8-sig", name=_name("utf-8-sig"))
    if sample.mostly_utf8():
        return Encoding(codec="utf-8-sig", name="UTF-8 with some bytes of Windows-1252", guessed=True)
    from ingest.encoding_guess import guess_encoding

    codec = guess_encoding(b"\n".join(sample.lines))
    return Encoding(codec=codec, name=_name(codec), guessed=True)


def decode(head: bytes, encoding: str | None = None) -> str:
    """A file's beginning as text. No byte is refused, so any table can be read. encoding: found in `head` if None."""
    return codecs.getincrementaldecoder(encoding or encoding_of(head))(_ERRORS).decode(head)


def text_file(head: bytes, steps: Iterator[bytes], encoding: str | None = None) -> io.TextIOWrapper:
    """The content of a file as text, line ends as they are: `head` is its first step, `steps` gives the others.

    encoding: as Python calls it; what `head` shows if None.
    """
    raw = io.BufferedReader(SteppedFile(chain((head,), steps)))
    return io.TextIOWrapper(raw, encoding=encoding or encoding_of(head), errors=_ERRORS, newline="")


def as_utf8(steps: Iterable[bytes], codec: str) -> Iterator[bytes]:
    """Text in any encoding as UTF-8 with a byte order mark, step by step."""
    decoder = codecs.getincrementaldecoder(codec)(_ERRORS)
    yield codecs.BOM_UTF8
    for step in steps:
        yield decoder.decode(step).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


# ------------------------------------------------------------------------------------------------------------ by signs

_MARKS = (  # UTF-32's little-endian mark begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _marked(head: bytes) -> str:
    return next((codec for mark, codec in _MARKS if head.startswith(mark)), "")


def _by_zeros(head: bytes) -> str:
    """UTF-16 or UTF-32 without a mark: blanks and Western letters there have zeros in the same places."""
    if b"\0" not in head or len(head) < 4:
        return ""
    zeros = [head[place::4].count(0) / max(1, len(head[place::4])) for place in range(4)]
    if zeros[0] > 0.9 and zeros[1] > 0.9 and zeros[3] < 0.2:
        return "utf-32-be" if _reads_well(head, "utf-32-be") else ""
    if zeros[3] > 0.9 and zeros[2] > 0.9 and zeros[0] < 0.2:
        return "utf-32-le" if _reads_well(head, "utf-32-le") else ""
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    both = min(zeros[0], zeros[2]) if even > odd else min(zeros[1], zeros[3])
    if both > 0.05 and min(even, odd) * 20 < max(even, odd):
        codec = "utf-16-le" if odd > even else "utf-16-be"
        return codec if _reads_well(head, codec) else ""
    return ""


def _reads_well(head: bytes, codec: str) -> bool:
    """Whether it is text in this encoding, and no binary file that has zeros in the same places."""
    try:
        text = codecs.getincrementaldecoder(codec)().decode(head)
    except UnicodeDecodeError:
        return False
    strange = sum(unicodedata.category(letter) in ("Cc", "Cn", "Co") and letter not in "\t\n\r\f" for letter in text)
    return strange * 50 < len(text)


def _decodes(head: bytes, codec: str) -> bool:
    try:
        codecs.getincrementaldecoder(codec)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _name(codec: str) -> str:
    from ingest.encoding_guess import NAMES

    return NAMES.get(codec, codec)


# ------------------------------------------------------------------------------------------------------------ by words

_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|(?P<other>[\x80-\xff])"
)


class _Sample:
    """The first lines that hold bytes above 127."""

    ENOUGH = 50_000  # bytes
    LINE = 10_000  # bytes of one

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self._size = 0
        self._tail = b""

    def full(self) -> bool:
        """Whether more would not help."""
        return self._size > self.ENOUGH

    def add(self, step: bytes) -> None:
        """Take the lines wanted out of the next step."""
        step = self._tail + step
        self._tail = b""
        if self.full() or step.isascii():
            return
        *lines, tail = step.splitlines()
        self._tail = tail[: self.LINE]  # goes on in the next step, perhaps within a character
        for line in lines:
            self._take(line)

    def finish(self) -> None:
        """Say that there are no more steps."""
        self._take(self._tail)

    def _take(self, line: bytes) -> None:
        if not line.isascii() and not self.full():
            self.lines.append(line[: self.LINE])
            self._size += len(self.lines[-1])

    def mostly_utf8(self) -> bool:
        """Whether of the characters outside ASCII a good part is UTF-8.

        By chance one pair in twelve of Chinese text looks like UTF-8, in some titles one in four: what looks so counts
        only in lines that are UTF-8 for the most part.
        """
        right = wrong = 0
        for line in self.lines:
            others = [bool(found.group("other")) for found in _MULTIBYTE.finditer(line)]
            wrong += (bad := sum(others))
            right += good if (good := len(others) - bad) >= bad else 0
        return right > 0 and right * 3 >= wrong


# -------------------------------------------------------------------------------------------------------- never refuse


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    raw = error.object[error.start : error.end]
    if error.encoding not in ("utf-8", "utf-8-sig", "charmap"):
        return "\ufffd", error.end
    return "".join(_WINDOWS_1252[byte] for byte in raw), error.end


_WINDOWS_1252 = [bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)]
_ERRORS = "ingest.windows-1252"
codecs.register_error(_ERRORS, _as_windows_1252)
