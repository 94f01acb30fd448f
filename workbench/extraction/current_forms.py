"""Answers given under an older version of a form, read as the form asks today.

What was stored is never changed: each time answers are read for use (to go on typing, to compare, to pool), they are
moved to the version of today by `forms.migrate_answers`. What has no place there stays with the answers, kept aside,
and is shown.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from workbench.extraction.values import Extraction
from workbench.forms import Form, FormChange, FormError, Migrated, compare_forms, kept_form, migrate_answers


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

    def earlier(self, extraction: Extraction) -> Form | None:
        """The older version that these answers were given under; None if it is today's, or is not known."""
        now = self.forms.get(extraction.form)
        if now is None or extraction.form_version >= now.version:
            return None
        return self.kept.get((extraction.form, extraction.form_version))

    def moved(self, extraction: Extraction) -> Migrated | None:
        """What becomes of the answers under the version of today; None where nothing is to be done."""
        before = self.earlier(extraction)
        return None if before is None else migrate_answers(before, self.forms[extraction.form], extraction.answers)

    def bring(self, extraction: Extraction) -> Extraction:
        """The extraction as if it had been given under the version of today; itself where nothing is to be done."""
        moved = self.moved(extraction)
        if moved is None:
            return extraction
        return replace(extraction, answers=moved.answers, form_version=self.forms[extraction.form].version)

    def change(self, extraction: Extraction) -> FormChange | None:
        """What is otherwise in the version of today; None where nothing is to be done."""
        before = self.earlier(extraction)
        return None if before is None else compare_forms(before, self.forms[extraction.form])


def current_forms(forms: Mapping[str, Form], texts: Iterable[KeptText]) -> CurrentForms:
    """forms: of today, by name. texts: versions as kept.

    Answers of a version that cannot be read any more stay as they are.
    """
    kept: dict[tuple[str, int], Form] = {}
    for text in texts:
        now = forms.get(text.form)
        if now is None or text.version >= now.version:
            continue
        try:
            kept[text.form, text.version] = _read(text.content, text.form)
        except FormError:
            continue
    return CurrentForms(forms=forms, kept=kept)


@functools.lru_cache(maxsize=64)
def _read(content: str, name: str) -> Form:
    return kept_form(content, name)
