"""What was filled in under a form: how many results, of which studies and versions; what a change does to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.extraction import Extraction, latest_revisions
from workbench.forms import QUOTES, Form, FormError, kept_form, migrate_answers, split_path, under_older_versions
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
    kept_aside: Mapping[str, Mapping[str, int]]  # question -> study -> answers that lose their place by this change
    aside_already: int = 0  # answers that have no place today either
    unknown: int = 0  # results of versions whose text cannot be read: their answers stay as they are

    @property
    def answers_aside(self) -> int:
        """How many answers lose their place by this change."""
        return sum(sum(studies.values()) for studies in self.kept_aside.values())


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
    found = _Found()
    for item in there.extractions:
        if item.form_version >= new.version:
            continue
        old = versions.get(item.form_version)
        if old is None:
            found.unknown.add(item.result)
            continue
        study = there.labels.get(item.study, item.study)
        found.touched[item.result] = study
        lost = set(migrate_answers(old, new, item.answers).kept_aside)
        before = set() if began is None else set(migrate_answers(old, began, item.answers).kept_aside)
        found.already += len(lost & before)
        labels = {asked.key: asked.label for asked in old.fields}
        for path in sorted(lost - before):
            place = path.removeprefix(f"{QUOTES}:")  # the quote of an answer goes where the answer goes
            if place == path or place not in lost:
                key = split_path(place).field.partition(" (")[0]
                studies = found.aside.setdefault(labels.get(key, key), {})
                studies[study] = studies.get(study, 0) + 1
    return Effect(
        results=len(found.touched),
        studies=tuple(dict.fromkeys(found.touched.values())),
        kept_aside=found.aside,
        aside_already=found.already,
        unknown=len(found.unknown),
    )


@dataclass(slots=True)
class _Found:
    aside: dict[str, dict[str, int]] = field(default_factory=dict)
    touched: dict[str, str] = field(default_factory=dict)  # result -> its study
    unknown: set[str] = field(default_factory=set)
    already: int = 0
