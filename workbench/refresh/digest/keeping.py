"""Digests as files of the review's folder, with an index; and whether each was mailed.

REVIEW/digests/NAME.md and NAME.html are for people, NAME.json holds what the index and a later mail need. One set of
files a digest: two processes never write the same one.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from workbench.refresh.digest.blocks import Block, Heading, Items, Link, Paragraph
from workbench.refresh.digest.cleaning import one_line
from workbench.refresh.digest.making import Digest
from workbench.refresh.digest.markdown import markdown
from workbench.refresh.digest.page import page

FOLDER = "digests"
MailStatus = Literal["none", "waiting", "sent"]
_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-\d{6}(-\d{1,3})?")
_INDEXED = 500  # digests in the index; ten years of weekly ones


class DigestError(Exception):
    """A digest cannot be kept or found; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailState:
    """What became of a digest's mail."""

    status: MailStatus = "none"  # none: nobody was to be told
    tries: int = 0
    error: str = ""  # why the last try failed
    at: datetime | None = None  # of the last try


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A digest that stands in the folder."""

    name: str
    folder: Path
    title: str
    summary: str
    made: datetime
    runs: tuple[int, ...]
    news: bool
    failed: bool
    text: str
    mail: MailState = MailState()

    @property
    def markdown_file(self) -> Path:
        return self.folder / f"{self.name}.md"

    @property
    def html_file(self) -> Path:
        return self.folder / f"{self.name}.html"


def digest_folder(review_folder: Path) -> Path:
    """Where the digests of a review stand."""
    return review_folder / FOLDER


def keep_digest(review_folder: Path, digest: Digest, mail: MailState | None = None) -> Kept:
    """Write the files of a digest and the index anew. Raises DigestError if the folder cannot be written."""
    folder = digest_folder(review_folder)
    try:
        folder.mkdir(exist_ok=True)
        name = _reserve(folder, digest.made)
        kept = Kept(
            name=name,
            folder=folder,
            title=digest.title,
            summary=digest.summary,
            made=digest.made,
            runs=digest.runs,
            news=digest.news,
            failed=digest.failed,
            text=digest.text(),
            mail=mail or MailState(),
        )
        _write(kept.markdown_file, digest.markdown())
        _write(kept.html_file, digest.html())
        _write(folder / f"{name}.json", _as_json(kept))  # last: what it names is there
        _write_index(folder)
    except OSError as error:
        raise DigestError(f"the digest cannot be written to {folder}: {error.strerror or error}") from error
    return kept


def kept_digests(review_folder: Path) -> tuple[Kept, ...]:
    """The digests of a review, newest first; files that are none are passed over."""
    folder = digest_folder(review_folder)
    found = (_read(path) for path in folder.glob("*.json")) if folder.is_dir() else ()
    return tuple(sorted((kept for kept in found if kept is not None), key=lambda k: (k.made, k.name), reverse=True))


def set_mail_state(kept: Kept, mail: MailState) -> Kept:
    """Record what became of a digest's mail. Raises DigestError if it cannot be written."""
    changed = replace(kept, mail=mail)
    try:
        _write(kept.folder / f"{kept.name}.json", _as_json(changed))
    except OSError as error:
        raise DigestError(f"{kept.folder} cannot be written: {error.strerror or error}") from error
    return changed


def _reserve(folder: Path, made: datetime) -> str:
    """A name that no other digest has, also if another process looks for one at the same time."""
    stamp = made.astimezone(UTC).strftime("%Y-%m-%d-%H%M%S")
    for name in (stamp, *(f"{stamp}-{n}" for n in range(2, 1000))):
        with suppress(FileExistsError):
            os.close(os.open(folder / f"{name}.md", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return name
    raise DigestError(f"there are a thousand digests of {stamp} already")


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    handle, draft = tempfile.mkstemp(prefix=".digest-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(draft).chmod(0o666 & ~umask)  # mkstemp's files are for their owner alone
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _as_json(kept: Kept) -> str:
    data = {name: value for name, value in asdict(kept).items() if name not in ("name", "folder")}
    return json.dumps(data, ensure_ascii=False, indent=1, default=lambda value: value.isoformat()) + "\n"


def _read(path: Path) -> Kept | None:
    if not _NAME.fullmatch(path.stem) or not path.with_suffix(".html").is_file():
        return None
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        mail = data["mail"]
        status = mail["status"]
        if status not in get_args(MailStatus):
            return None
        return Kept(
            name=path.stem,
            folder=path.parent,
            title=str(data["title"]),
            summary=str(data["summary"]),
            made=_moment(data["made"]),
            runs=tuple(int(run) for run in data["runs"]),
            news=bool(data["news"]),
            failed=bool(data["failed"]),
            text=str(data["text"]),
            mail=MailState(
                status=status,
                tries=int(mail["tries"]),
                error=str(mail["error"]),
                at=None if mail["at"] is None else _moment(mail["at"]),
            ),
        )
    except (OSError, ValueError, TypeError, KeyError):  # not written by us, or half
        return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _write_index(folder: Path) -> None:
    kept = kept_digests(folder.parent)
    title = "Digests of this review's refreshes, newest first"
    _write(folder / "index.html", page(title, _index(title, kept, "html")))
    _write(folder / "index.md", markdown(_index(title, kept, "md")))


def _index(title: str, kept: tuple[Kept, ...], ending: str) -> Iterable[Block]:
    yield Heading(level=1, text=title)
    shown = kept[:_INDEXED]
    yield Items(
        items=tuple(
            ((Link(f"{each.made:%Y-%m-%d %H:%M} UTC", f"{each.name}.{ending}"), f": {one_line(each.summary)}."),)
            for each in shown
        )
    )
    if len(kept) > len(shown):
        yield Paragraph(line=(f"And {len(kept) - len(shown):,} older ones in this folder.",))
