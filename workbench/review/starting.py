"""Starting a review from a template: a folder of readable settings, made whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from workbench.forms.errors import Fault
from workbench.forms.reading import shipped_forms
from workbench.review.reading import (
    BLOCKS_FILE,
    FORMS,
    INDICATIONS,
    OUTCOMES_FILE,
    REVIEW_FILE,
    ReviewError,
    load_review,
)

TEMPLATES = Path(__file__).resolve().parent / "templates"
PARTS = (REVIEW_FILE, OUTCOMES_FILE, BLOCKS_FILE, INDICATIONS, FORMS, "review.db", "review.id")
"""What a review's folder holds at its top; a folder with any of these is somebody's review."""


def list_templates() -> tuple[str, ...]:
    """The names of the templates that a review can start from."""
    return tuple(sorted(path.parent.name for path in TEMPLATES.glob(f"*/{REVIEW_FILE}")))


def init_review(folder: Path, template: str = "rtms-pain") -> Path:
    """Make a review in `folder` (made if missing) from a template and the shipped forms; gives the folder back.

    Never overwrites: a folder that already holds any part of a review is refused, other files in it are left alone.
    Everything is prepared and checked next to the folder first, so that a failure leaves nothing behind.
    Raises ReviewError.
    """
    if template not in list_templates():
        raise _refusal(folder, f"there is no template {template!r} (there: {', '.join(list_templates())})")
    folder = folder.absolute()
    if folder.exists() and not folder.is_dir():
        raise _refusal(folder, "is a file: name a folder for the review")
    _refuse_existing(folder)
    moved: list[Path] = []
    made = _missing_parents(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".review-", dir=folder) as temporary:
            draft = Path(temporary)
            _copy(TEMPLATES / template, draft)
            if not (draft / FORMS).exists():  # a template may bring its own forms
                _copy(shipped_forms(), draft / FORMS)
            load_review(draft)
            _refuse_existing(folder)
            for part in sorted(draft.iterdir()):
                target = folder / part.name
                part.rename(target)  # same file system; the target was seen not to be there
                moved.append(target)
    except BaseException as error:
        for target in moved:
            shutil.rmtree(target) if target.is_dir() else target.unlink()
        for parent in made:
            parent.rmdir()
        if isinstance(error, OSError):
            raise _refusal(folder, f"cannot be made: {error.strerror or error}") from error
        raise
    return folder


def _refuse_existing(folder: Path) -> None:
    there = [name for name in PARTS if (folder / name).exists()]
    if there:
        raise _refusal(folder, f"already holds a review ({', '.join(there)}): nothing was changed; name another folder")


def _missing_parents(folder: Path) -> list[Path]:
    """The folders that making this one would make, innermost first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]


def _copy(source: Path, target: Path) -> None:
    """Copy a tree's YAML and text files with fresh permissions (an installed package may be read-only)."""
    target.mkdir(exist_ok=True)
    for path in sorted(source.iterdir()):
        if path.is_dir() and path.name != "__pycache__":
            _copy(path, target / path.name)
        elif path.suffix in (".yaml", ".md"):
            shutil.copyfile(path, target / path.name)


def _refusal(folder: Path, message: str) -> ReviewError:
    return ReviewError((Fault(file=str(folder), message=message),))
