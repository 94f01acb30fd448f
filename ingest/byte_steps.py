"""A file's bytes in small steps, unpacked where they are packed, within limits that a hostile file cannot exceed."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, Protocol

from ingest.record import BrokenFile, IngestError, TruncatedFile, UnsafeFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STEP = 1 << 16  # bytes
MAX_RATIO = 300  # of unpacked to packed bytes, once RATIO_FROM bytes are unpacked; PubMed's files reach about 10
RATIO_FROM = 1 << 27
XZ_MEMORY = 1 << 27  # bytes that an xz file may ask for; xz -9 asks for 65 MiB


def packing_of(start: bytes) -> str:
    """How a file that begins with `start` is packed: "gzip", "bzip2", "xz", "zip", or "" if it is not."""
    return next((name for name, mark in _MARKS.items() if start.startswith(mark)), "")


def byte_steps(file: BinaryIO) -> Iterator[bytes]:
    """Yield the content from the file's present place on, at most 2 STEP bytes at a time.

    Gzip, bzip2 and xz are known by their first bytes; all members of the file are unpacked. Raises `TruncatedFile` if
    the packed stream ends early, `BrokenFile` if it is damaged, `UnsafeFile` if it unpacks beyond all reason. A ZIP is
    given as it is: `ingest.archives` reads those.
    """
    first = file.read(STEP)
    packing = packing_of(first)
    if packing in _UNPACKERS:
        yield from _joined(_unpacked(first, file, packing))
        return
    while first:
        yield first
        first = file.read(STEP)


class SteppedFile(io.RawIOBase):
    """Steps of bytes as a readable file, for readers that want one."""

    def __init__(self, steps: Iterator[bytes]) -> None:
        self._steps = steps
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill `buffer` with what the present step has left, or the next one."""
        target = memoryview(buffer).cast("B")
        while not self._rest:
            step = next(self._steps, None)
            if step is None:
                return 0
            self._rest = memoryview(step)
        taken = min(len(target), len(self._rest))
        target[:taken] = self._rest[:taken]
        self._rest = self._rest[taken:]
        return taken


class _Unpacker(Protocol):
    """What one member of a packed file is unpacked with."""

    def take(self, data: bytes) -> bytes:
        """At most STEP bytes of content; `data` follows what was given before."""
        ...

    @property
    def hungry(self) -> bool:
        """Whether it has nothing to give without more data."""
        ...

    @property
    def over(self) -> bool:
        """Whether the member is complete."""
        ...

    @property
    def unused(self) -> bytes:
        """What came after the member."""
        ...


class _Gzip:
    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self.hungry = True

    def take(self, data: bytes) -> bytes:
        content = self._member.decompress(self._member.unconsumed_tail + data, STEP)
        self.hungry = not self._member.unconsumed_tail and len(content) < STEP
        return content

    @property
    def over(self) -> bool:
        return self._member.eof

    @property
    def unused(self) -> bytes:
        return self._member.unused_data


class _Other:
    """bzip2 or xz: both of Python's decompressors keep what they have not used."""

    def __init__(self, member: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._member = member

    def take(self, data: bytes) -> bytes:
        return self._member.decompress(data, STEP)

    @property
    def hungry(self) -> bool:
        return self._member.needs_input

    @property
    def over(self) -> bool:
        return self._member.eof

    @property
    def unused(self) -> bytes:
        return self._member.unused_data


_MARKS = {"gzip": b"\x1f\x8b", "bzip2": b"BZh", "xz": b"\xfd7zXZ\x00", "zip": b"PK\x03\x04"}
_UNPACKERS: dict[str, Callable[[], _Unpacker]] = {
    "gzip": _Gzip,
    "bzip2": lambda: _Other(bz2.BZ2Decompressor()),
    "xz": lambda: _Other(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)),
}


def _joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Small pieces as larger ones: the first step has to show what a file is, however small its first member is."""
    held: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size >= STEP // 2:
                yield b"".join(held)
                held, size = [], 0
    except IngestError:
        if held:
            yield b"".join(held)
        raise
    if held:
        yield b"".join(held)


def _unpacked(data: bytes, file: BinaryIO, packing: str) -> Iterator[bytes]:
    packed, unpacked = len(data), 0
    member = _UNPACKERS[packing]()
    while True:
        try:
            content = member.take(data)
        except (zlib.error, OSError, EOFError, lzma.LZMAError) as error:
            raise BrokenFile(f"The {packing} file is damaged.") from error
        except MemoryError as error:
            raise UnsafeFile(f"This {packing} file asks for too much memory; not read.") from error
        data = b""
        unpacked += len(content)
        if unpacked > RATIO_FROM and unpacked > packed * MAX_RATIO:
            raise UnsafeFile(f"This {packing} file unpacks to more than {MAX_RATIO} times its size; not read.")
        if content:
            yield content
        if member.over:  # a packed file may be several joined, and padded with zeros
            data = member.unused.lstrip(b"\0")
            while not data:
                more = file.read(STEP)
                if not more:
                    return
                packed += len(more)
                data = more.lstrip(b"\0")
            member = _UNPACKERS[packing]()
        elif member.hungry:
            data = file.read(STEP)
            packed += len(data)
            if not data:
                raise TruncatedFile(f"The {packing} file ends before it is complete.")
