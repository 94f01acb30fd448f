"""What a PDF says about itself and on its first pages, read in a child process that has limits.

pypdf is pure Python, so a hostile file can at worst waste time and memory; the child has little of either.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TIME_LIMIT = 12.0  # seconds; a usual article takes less than one
_WORDS = ("title", "metadata", "text")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")  # a character of a name, as PDF may write it
_CHILD = Path(__file__).with_name("pdf_child.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfText:
    """As far as it could be read; all empty where the file is scanned, locked or broken."""

    title: str = ""  # as the file's own metadata has it; often the name of a program's template
    metadata: str = ""
    text: str = ""  # of the first pages
    unlocked: bool = False  # it is encrypted, but opens without a password


def read_pdf(content: bytes, *, seconds: float = TIME_LIMIT) -> PdfText:
    """Read a PDF's metadata and first pages; never raises for what is in the file."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WORKBENCH_", "NCBI_"))}
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, no shell
            [sys.executable, str(_CHILD)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            env=environment,
            check=False,
        )
        found = json.loads(done.stdout or b"{}")
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return PdfText()
    if not isinstance(found, dict):
        return PdfText()
    words = {name: str(found.get(name, "")).encode("utf-8", "replace").decode() for name in _WORDS}
    return PdfText(unlocked=found.get("unlocked") is True, **words)


def asks_for_password(content: bytes) -> bool:
    """Whether a PDF may not open without a password: then no viewer in a page should try, as it would ask and ask.

    True also where the file is encrypted in a way that cannot be checked here.
    """
    names = _ESCAPE.sub(lambda found: bytes([int(found.group(1), 16)]), content)
    return b"/Encrypt" in names and not read_pdf(content).unlocked
