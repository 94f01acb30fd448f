"""A file's bytes in small steps, unpacked where they are gzipped, within limits that a hostile file cannot exceed."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from ingest.record import BrokenFile, TruncatedFile, UnsafeFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STEP = 1 << 16  # bytes
MAX_RATIO = 300  # of unpacked to packed bytes, once RATIO_FROM bytes are unpacked; PubMed's files reach about 10
RATIO_FROM = 1 << 27


def byte_steps(file: BinaryIO) -> Iterator[bytes]:
    """Yield the content from the file's present place on, at most STEP bytes at a time.

    Gzip is known by its first two bytes; all members of the file are unpacked. Raises `TruncatedFile` if the gzip
    stream ends early, `BrokenFile` if it is damaged, `UnsafeFile` if it unpacks beyond all reason.
    """
    first = file.read(STEP)
    if first.startswith(b"\x1f\x8b"):
        yield from _unpacked(first, file)
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
        if not self._rest:
            self._rest = memoryview(next(self._steps, b""))
        taken = min(len(target), len(self._rest))
        target[:taken] = self._rest[:taken]
        self._rest = self._rest[taken:]
        return taken


def _unpacked(data: bytes, file: BinaryIO) -> Iterator[bytes]:
    packed, unpacked = len(data), 0
    member = zlib.decompressobj(wbits=31)
    while True:
        try:
            content = member.decompress(data, STEP)
        except zlib.error as error:
            raise BrokenFile("The gzip file is damaged.") from error
        unpacked += len(content)
        if unpacked > RATIO_FROM and unpacked > packed * MAX_RATIO:
            raise UnsafeFile(f"This gzip file unpacks to more than {MAX_RATIO} times its size; not read.")
        if content:
            yield content
        if member.eof:  # a gzip file may be several joined, and padded with zeros
            data = member.unused_data.lstrip(b"\0")
            while not data:
                more = file.read(STEP)
                if not more:
                    return
                packed += len(more)
                data = more.lstrip(b"\0")
            member = zlib.decompressobj(wbits=31)
            continue
        data = member.unconsumed_tail
        if not data and len(content) < STEP:
            data = file.read(STEP)
            packed += len(data)
            if not data:
                raise TruncatedFile("The gzip file ends before it is complete.")
