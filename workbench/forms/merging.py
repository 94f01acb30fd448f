"""Two people's changes of one form brought together: what only one of them changed stands as that one has it.

Where both changed the same thing, one side stands and it is said. Sections are followed by their key, and so are the
fields in a section that both changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from workbench.forms.fields import FormField
from workbench.forms.model import Form, Section


class Keyed(Protocol):
    """A section or a field."""

    @property
    def key(self) -> str: ...


Part = TypeVar("Part", bound=Keyed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Both changes in one form. clashes: what both changed, as sentences; there mine stands."""

    form: Form
    clashes: tuple[str, ...] = ()


def merge_forms(base: Form, mine: Form, theirs: Form) -> Merged:
    """base: as the form was when both began. The version is theirs: a higher one is given when it is saved."""
    work = _Merge()
    sections = work.parts(base.sections, mine.sections, theirs.sections, work.section)
    head = {name: work.one(base, mine, theirs, name, "The form") for name in ("title", "help", "kind", "scope")}
    if not sections:  # everything was taken out by one or the other
        return Merged(form=mine.model_copy(update={"version": theirs.version}), clashes=("All sections are gone.",))
    form = theirs.model_copy(update={**head, "sections": tuple(sections)})
    return Merged(form=form, clashes=tuple(dict.fromkeys(work.clashes)))


@dataclass(slots=True)
class _Merge:
    clashes: list[str] = field(default_factory=list)

    def one(self, base: Any, mine: Any, theirs: Any, name: str, called: str) -> Any:
        """One setting of a part that both have."""
        was, own, other = (getattr(item, name) for item in (base, mine, theirs))
        if own == was:
            return other
        if other not in (was, own):
            self.clashes.append(f"{called}: both changed its {name}; yours stands.")
        return own

    def section(self, base: Section | None, mine: Section, theirs: Section) -> Section | None:
        """A section that both have and changed. base: None where both made it."""
        called = f"The section “{mine.title}”"
        if base is None:
            self.clashes.append(f"{called} was made by both; yours stands.")
            return mine
        names = ("title", "help", "show_if", "hide_if")
        settings = {name: self.one(base, mine, theirs, name, called) for name in names}
        fields = self.parts(base.fields, mine.fields, theirs.fields, self.field)
        return mine.model_copy(update={**settings, "fields": tuple(fields)}) if fields else None

    def field(self, base: FormField | None, mine: FormField, theirs: FormField) -> FormField:  # noqa: ARG002
        """A field that both changed, each otherwise: mine."""
        self.clashes.append(f"“{mine.label}” was changed by both; yours stands.")
        return mine

    def parts(
        self,
        base: Sequence[Part],
        mine: Sequence[Part],
        theirs: Sequence[Part],
        both: Callable[[Any, Any, Any], Part | None],
    ) -> list[Part]:
        """Sections or fields of the three, each as it is to stand, in order."""
        was, own, other = ({part.key: part for part in parts} for parts in (base, mine, theirs))
        found: list[Part] = []
        for key in _order(list(was), list(own), list(other)):
            before, left, right = was.get(key), own.get(key), other.get(key)
            if left == right or right == before:
                kept = left
            elif left == before:
                kept = right
            elif left is None:
                self.clashes.append(f"“{_called(right)}” was taken out by you and changed by somebody else; it is out.")
                kept = None
            elif right is None:
                self.clashes.append(
                    f"“{_called(left)}” was changed by you and taken out by somebody else; yours stands."
                )
                kept = left
            else:
                kept = both(before, left, right)
            if kept is not None:
                found.append(kept)
        return found


def _called(part: Any) -> str:
    return str(getattr(part, "label", "") or getattr(part, "title", ""))


def _order(base: list[str], mine: list[str], theirs: list[str]) -> list[str]:
    """All keys: in my order where I changed it, else in theirs; those of the other side after the one before them."""
    stayed = [key for key in mine if key in base] == [key for key in base if key in mine]
    first, second = (theirs, mine) if stayed else (mine, theirs)
    found = list(first)
    for at, key in enumerate(second):
        if key in found:
            continue
        before = [item for item in second[:at] if item in found]
        found.insert(found.index(before[-1]) + 1 if before else 0, key)
    return found
