"""The child process in which a PDF from outside is read: bytes on standard input, JSON on standard output.

Run as a file by `workbench.full_texts.pdf_text`; standard library and pypdf only, so that it starts quickly. A file
made to exhaust its reader meets the limits set here, and takes nothing with it but this process.

Prints {"title": str, "metadata": str, "text": str, "unlocked": bool}: the document's own title, whatever of its
metadata may hold identifiers, the text of its first pages, and whether it is encrypted but opens without a password.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys
from typing import Any

PAGES = 2
CHARACTERS = 8000  # of text and of metadata
MEMORY = 1 << 30  # bytes
SECONDS = 8  # of work


def limit() -> None:
    """Take no more memory and time than a usual article needs many times over; where the system can be told."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is the only limit
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def read(content: bytes) -> dict[str, Any]:
    """What the file says; what cannot be read is left out."""
    import pypdf

    found: dict[str, Any] = {"title": "", "metadata": "", "text": "", "unlocked": False}
    reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        found["unlocked"] = bool(reader.decrypt(""))
    with contextlib.suppress(Exception):
        entries: Any = reader.metadata or {}
        found["title"] = str(entries.get("/Title", "") or "")[:500]
        found["metadata"] = "\n".join(str(value) for value in entries.values())[:CHARACTERS]
    with contextlib.suppress(Exception):
        root: Any = reader.trailer["/Root"]
        stream = root["/Metadata"].get_object().get_data()
        found["metadata"] += "\n" + stream[: 8 * CHARACTERS].decode("utf-8", "replace")
    text: list[str] = []
    for number in range(PAGES):
        with contextlib.suppress(Exception):  # whatever a broken page raises: the next one may be whole
            text.append(reader.pages[number].extract_text())
    found["text"] = "\n".join(text)[:CHARACTERS]
    return found


def main() -> int:
    """Read one file."""
    limit()
    logging.disable(logging.CRITICAL)
    try:
        found = read(sys.stdin.buffer.read())
    except Exception:  # noqa: BLE001 - a file that cannot be read gives no clues, and that is all
        found = {}
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
