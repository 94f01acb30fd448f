"""What was filled in under a form: how many results, of which studies and versions; what a change does to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.extraction import Extraction, latest_revisions
from workbench.forms import Form, FormError, kept_form, migrate_answers, under_older_versions
from workbench.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Everybody's latest answers to one form."""

    form: str
    extractions: tuple[Extraction, ...] = ()
    labels: Mapping[str, str]  # study -> its label

    @property
    def results(self) -> int:
        """How many results (or trials) have any answers."""
        return len({item.result for item in self.extractions})

    def by_version(self) -> dict[int, int]:
        """Version -> results with answers under it."""
        found: dict[int, set[str]] = {}
        for item in self.extractions:
            found.setdefault(item.form_version, set()).add(item.result)
        return {version: len(found[version]) for version in sorted(found)}

    def older(self, form: Form) -> dict[int, tuple[str, ...]]:
        """Version before this one -> the studies that were filled in under it."""
        return under_older_versions(
            form, [(self.labels.get(item.study, item.study), item.form_version) for item in self.extractions]
        )


def filled(store: Store) -> dict[str, Filled]:
    """By the name of the form."""
    labels = {study.id: study.label for study in store.studies()}
    there = {slot.id for slot in store.results()}
    by_result: dict[str, list[Extraction]] = {}
    for item in store.extractions():
        if item.result in there:
            by_result.setdefault(item.result, []).append(item)
    by_form: dict[str, list[Extraction]] = {}
    for group in by_result.values():
        for item in latest_revisions(group):
            by_form.setdefault(item.form, []).append(item)
    return {name: Filled(form=name, extractions=tuple(items), labels=labels) for name, items in by_form.items()}


def kept_texts(store: Store, name: str) -> dict[int, str]:
    """The versions of a form that answers were given under: version -> content."""
    return {text.version: text.content for text in store.forms_kept() if text.form == name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a changed form does to the answers there are."""

    results: int  # with answers under older versions
    studies: tuple[str, ...]
    kept_aside: Mapping[str, int]  # what, in words -> how many answers

    @property
    def answers_aside(self) -> int:
        """How many answers have no place in the new version."""
        return sum(self.kept_aside.values())


def effect_of(new: Form, began: Form | None, there: Filled, kept: Mapping[int, str]) -> Effect:
    """Every answer moved to the new version, for a look before it is saved; nothing is stored."""
    versions: dict[int, Form] = {}
    for version, content in kept.items():
        try:
            versions[version] = kept_form(content, new.form)
        except FormError:
            continue
    if began is not None:
        versions.setdefault(began.version, began)
    aside: Counter[str] = Counter()
    touched: dict[str, str] = {}
    for item in there.extractions:
        old = versions.get(item.form_version)
        if old is None or item.form_version >= new.version:
            continue
        touched[item.result] = there.labels.get(item.study, item.study)
        moved = migrate_answers(old, new, item.answers)
        labels = {field.key: field.label for field in old.fields}
        aside.update(labels.get(path.partition("[")[0], path) for path in moved.kept_aside)
    return Effect(
        results=len(touched), studies=tuple(dict.fromkeys(touched.values())), kept_aside=dict(aside.most_common())
    )
