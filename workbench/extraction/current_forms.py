"""Answers given under an older version of a form, read as the form asks today.

What was stored is never changed: each time answers are read for use (to go on typing, to compare, to pool), they are
moved to the version of today by `forms.migrate_answers`. What has no place there stays with the answers, kept aside,
and is shown.

The other way round there is no reading: a form whose version was lowered (its file put back to an older one) is not
used for answers that were given under a higher version. Days would be read as weeks. `CurrentForms.refuse_lowered`
says so once, with file and line; each single reading refuses as well.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from workbench.extraction.values import Extraction
from workbench.forms import Form, FormChange, FormError, Migrated, compare_forms, kept_form, migrate_answers
from workbench.forms.lowered import lowered_fault


class KeptText(Protocol):
    """A version of a form as the store keeps it."""

    @property
    def form(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def content(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentForms:
    """The forms of today, and those under which answers were given."""

    forms: Mapping[str, Form] = field(default_factory=dict)
    kept: Mapping[tuple[str, int], Form] = field(default_factory=dict)
    highest: Mapping[str, int] = field(default_factory=dict)  # the highest version kept, by the form's name

    @property
    def lowered(self) -> dict[str, int]:
        """Forms that stand below a version under which answers were given: name -> that version."""
        return {
            name: self.highest[name] for name, form in self.forms.items() if self.highest.get(name, 0) > form.version
        }

    def refuse_lowered(self, folder: Path) -> None:
        """Raise FormError with file and line of every form that was lowered. folder: that of the forms."""
        wrong = tuple(lowered_fault(self.forms[name], kept, folder) for name, kept in self.lowered.items())
        if wrong:
            raise FormError(wrong)

    def earlier(self, extraction: Extraction) -> Form | None:
        """The older version that these answers were given under; None if it is today's, or is not known.

        Raises FormError where they were given under a higher version than today's.
        """
        now = self.forms.get(extraction.form)
        if now is None or extraction.form_version == now.version:
            return None
        if extraction.form_version > now.version:
            highest = max(extraction.form_version, self.highest.get(now.form, 0))
            raise FormError([lowered_fault(now, highest)])
        return self.kept.get((extraction.form, extraction.form_version))

    def moved(self, extraction: Extraction) -> Migrated | None:
        """What becomes of the answers under the version of today; None where nothing is to be done.

        Raises FormError as `earlier` does.
        """
        before = self.earlier(extraction)
        return None if before is None else migrate_answers(before, self.forms[extraction.form], extraction.answers)

    def bring(self, extraction: Extraction) -> Extraction:
        """The extraction as if it had been given under the version of today; itself where nothing is to be done.

        Raises FormError as `earlier` does.
        """
        moved = self.moved(extraction)
        if moved is None:
            return extraction
        return replace(extraction, answers=moved.answers, form_version=self.forms[extraction.form].version)

    def change(self, extraction: Extraction) -> FormChange | None:
        """What is otherwise in the version of today; None where nothing is to be done."""
        before = self.earlier(extraction)
        return None if before is None else compare_forms(before, self.forms[extraction.form])


def current_forms(forms: Mapping[str, Form], texts: Iterable[KeptText], *, folder: Path | None = None) -> CurrentForms:
    """forms: of today, by name. texts: versions as kept.

    Answers of a version that cannot be read any more stay as they are. folder: where the forms' files are; with it,
    forms that were lowered are refused at once (`CurrentForms.refuse_lowered`).
    """
    kept: dict[tuple[str, int], Form] = {}
    highest: dict[str, int] = {}
    for text in texts:
        highest[text.form] = max(text.version, highest.get(text.form, 0))
        now = forms.get(text.form)
        if now is None or text.version >= now.version:
            continue
        try:
            kept[text.form, text.version] = _read(text.content, text.form)
        except FormError:
            continue
    found = CurrentForms(forms=forms, kept=kept, highest=highest)
    if folder is not None:
        found.refuse_lowered(folder)
    return found


@functools.lru_cache(maxsize=64)
def _read(content: str, name: str) -> Form:
    return kept_form(content, name)
