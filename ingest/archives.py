"""ZIP archives of exports: what is inside, without ever writing a file.

The names inside are for people: nothing is unpacked to a path. An archive is refused whole if it is encrypted, if a
name leads out of a folder (who makes such archives means harm), or if it would unpack beyond all reason; what is packed
once more inside it is not unpacked.
"""

from __future__ import annotations

import lzma
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from ingest.byte_steps import MAX_RATIO, RATIO_FROM
from ingest.record import BrokenFile, UnknownFormat, UnsafeFile

MAX_MEMBERS = 2_000
MAX_UNPACKED = 1 << 34  # bytes of all members together
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)")
# What operating systems add to an archive by themselves.
_LITTER = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file inside an archive."""

    archive: Path
    name: str  # as the archive has it
    index: int  # names need not be unique


def members_of(path: Path) -> tuple[Member, ...]:
    """The files inside the archive, in its order, without folders and what operating systems add.

    Raises `UnknownFormat` for a document that is a ZIP only inside (a spreadsheet) and for an encrypted archive,
    `UnsafeFile` and `BrokenFile` as the module says.
    """
    with _opened(path) as archive:
        listed = archive.infolist()
        names = {one.filename for one in listed}
        if names & {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"}:
            raise UnknownFormat(
                "This is a spreadsheet, text document or program (a ZIP inside). Save a spreadsheet as CSV, UTF-8, and "
                "read that."
            )
        if len(listed) > MAX_MEMBERS:
            raise UnsafeFile(f"This ZIP holds more than {MAX_MEMBERS:,} files; not read.")
        unpacked = sum(one.file_size for one in listed)
        if unpacked > MAX_UNPACKED or unpacked > max(RATIO_FROM, os.path.getsize(path) * MAX_RATIO):
            raise UnsafeFile(f"This ZIP would unpack to {unpacked:,} bytes; not read.")
        outside = next((one.filename for one in listed if _OUTSIDE.search(one.filename)), None)
        if outside is not None:
            raise UnsafeFile(f"This ZIP holds a file whose name leads out of it ({outside[:60]!r}); not read.")
        if any(one.flag_bits & 1 for one in listed):
            raise UnknownFormat("This ZIP is encrypted. Unpack it with its password and read the files inside.")
        return tuple(
            Member(archive=path, name=one.filename, index=index)
            for index, one in enumerate(listed)
            if not one.is_dir() and not _LITTER.search(one.filename)
        )


@contextmanager
def open_member(member: Member) -> Iterator[BinaryIO]:
    """The content of a member, as a file from its start; damage is a `BrokenFile` wherever it shows."""
    with _opened(member.archive) as archive:
        try:
            file = archive.open(archive.infolist()[member.index])
        except RuntimeError as error:  # NotImplementedError among them
            raise BrokenFile(f"The ZIP archive is packed in a way that is not known here ({error}).") from error
        with file:
            yield cast(BinaryIO, file)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, OverflowError, struct.error, RuntimeError) as error:
        raise BrokenFile(f"The ZIP archive is damaged ({error}).") from error
    with archive:
        try:
            yield archive
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
            raise BrokenFile(f"The ZIP archive is damaged ({error}).") from error
