"""Writing a form into a review's folder: checked first, whole or not at all, never over another's work."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from workbench.forms.errors import Fault, FormError
from workbench.forms.model import Form, Key, Section
from workbench.forms.reading import BLOCKS, read_block, read_form, read_form_text
from workbench.forms.yaml_text import REMARK, form_yaml, leading_remark

_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form as it would be written, and what is wrong with it; lines in the faults are those of `text`."""

    form: Form
    text: str
    faults: tuple[Fault, ...]


def form_path(folder: Path, name: str) -> Path:
    """The file of a form. A form's name is a plain word (`model.Key`), so that it never leads out of the folder."""
    try:
        TypeAdapter(Key).validate_python(name)
    except ValidationError:
        raise FormError([Fault(file=name, message="a form's name is a word of small letters, digits and _")]) from None
    return folder / f"{name}.yaml"


def file_hash(path: Path) -> str | None:
    """What tells one state of a form's file from another (SHA-256); None where there is no file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def read_blocks(folder: Path) -> dict[str, Section]:
    """The blocks of a folder of forms by name; those that cannot be read are left out."""
    found = {path.stem: read_block(path)[0] for path in sorted((folder / BLOCKS).glob("*.yaml"))}
    return {name: block for name, block in found.items() if block is not None}


def draft(folder: Path, form: Form, *, kept: Mapping[int, str] | None = None) -> Draft:
    """Write a form as text only, and check that text as if it stood in the folder.

    kept: version -> content (`Form.model_dump_json(indent=1)`) of the versions of this form that the store kept because
    answers were given under them; such a version cannot change its content any more.
    """
    path = form_path(folder, form.form)
    remark = REMARK
    if path.is_file() and not path.is_symlink():
        remark = leading_remark(path.read_text(encoding="utf-8", errors="replace")) or REMARK
    text = form_yaml(form, blocks=read_blocks(folder), remark=remark)
    read, faults = read_form_text(text, path)
    name = f"{folder.name}/{path.name}"
    if read is not None and read.model_dump(mode="json") != _without_review(form).model_dump(mode="json"):
        faults = (*faults, Fault(file=name, message="would not read back as the same form: nothing is written"))
    held = (kept or {}).get(form.version)
    highest = max(kept or {}, default=0)
    message = ""
    if form.version < highest:
        message = f"answers were given under version {highest}: a form cannot go back below it; give it a new version"
    elif held is not None and held != _without_review(form).model_dump_json(indent=1):
        message = f"answers were given under version {form.version}: give the changed form a new version"
    if message:
        line = next((at for at, said in enumerate(text.splitlines(), start=1) if said.startswith("version:")), None)
        message += f" ({next_version(form, kept or {})})"
        faults = (*faults, Fault(file=name, place="version", line=line, message=message))
    return Draft(form=form, text=text, faults=faults)


def next_version(form: Form, kept: Iterable[int] = ()) -> int:
    """The version to propose for a changed form: above the form's own and all that were kept."""
    return max([form.version, *kept]) + 1


def write_form(folder: Path, form: Form, *, expected: str | None, kept: Mapping[int, str] | None = None) -> Path:
    """Write a form into the folder, whole or not at all; gives its path.

    expected: `file_hash` of the file as it was when the editing began, None for a form that is new. Raises FormError
    with what is wrong, also where the file is not as expected: somebody else wrote it meanwhile.
    """
    path = form_path(folder, form.form)
    name = f"{folder.name}/{path.name}"
    if not folder.is_dir():
        raise FormError([Fault(file=folder.name, message="there is no such folder to write a form into")])
    with _alone(folder):
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise FormError([Fault(file=name, message="is a link or no file: it is not written over")])
        made = draft(folder, form, kept=kept)
        if made.faults:
            raise FormError(made.faults)
        found = file_hash(path)
        if found != expected:
            if expected is None:
                message = "there is a form of this name already: choose another name, or open that form and change it"
            elif found is None:
                message = "was taken away while you were at work; it is not written again by itself"
            else:
                message = "was changed by somebody else meanwhile; your changes are not written over theirs"
            raise FormError([Fault(file=name, message=message)])
        _replace(path, made.text.encode("utf-8"))
        written, faults = read_form(path)
        if written is None:  # a block changed in the very moment
            raise FormError(faults)
    return path


def _without_review(form: Form) -> Form:
    """The form without the review's own options, should it come with them."""
    return form.resolve(_NoReview())


class _NoReview:
    def choices(self, source: str, *, form_kind: str) -> tuple[tuple[str, str], ...]:  # noqa: ARG002
        return ()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer at a time: in this process, and on systems that can, among all processes on this machine."""
    with _LOCK:
        try:
            import fcntl
        except ImportError:  # Windows
            yield
            return
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _replace(path: Path, body: bytes) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem}.", suffix=".part", delete=False) as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.chmod(file.name, mode)
        os.replace(file.name, path)
    except OSError:
        os.unlink(file.name)
        raise
