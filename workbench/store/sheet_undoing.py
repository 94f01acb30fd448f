"""Taking imports of sheets back: by whoever made them, or by a later reading of the same worksheet.

Undoing is one more fact. What another import of the same person says stands again; what somebody worked on since is
left alone and named; results, trials' forms and studies that only imports made leave the review with the last of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from workbench.extraction import Extraction, latest_revisions
from workbench.store.base import utc_now
from workbench.store.errors import NotThere, StoreError
from workbench.store.people import known_reviewers
from workbench.store.sheet_files import NOTE, SHEET_IDS, UNDO, ImportDone, SheetImport
from workbench.store.sheet_trials import SheetTrials


class SheetUndoing(SheetTrials):
    """Imports that are taken back."""

    def _standing_imports(self, by: str) -> list[SheetImport]:
        """A person's imports that stand, in the order they were made."""
        return [item for item in self.sheet_imports() if item.by == by and item.undone_at is None]

    def _replace_earlier(
        self,
        earlier: Sequence[SheetImport],
        kept: Collection[str],
        others: Sequence[SheetImport],
        *,
        by: str,
        now: datetime,
    ) -> int:
        """Take back what earlier imports of the worksheet gave and this one does not, unless it was worked on since."""
        standing = {slot.id for slot in self.results()}
        replaced = 0
        for item in earlier:
            note = f"A later import of {item.sheet.name} reads it otherwise"
            for result in item.results:
                if result in standing and result not in kept:
                    done, _ = self._take_back_result(result, [item], others, note, ended_by=by, now=now)
                    replaced += done == "withdrawn"
            for slot in item.trials:
                if slot not in kept:
                    self._take_back_trial(slot, item, others, note, ended_by=by, now=now)
            for study in item.studies:
                if not self.results(study):
                    self.end_study(study, reason=note, by=by, now=now)
        return replaced

    def undo_sheet_import(self, import_id: str, *, reason: str, by: str, now: datetime | None = None) -> ImportDone:
        """Take a whole import back: its extractions are withdrawn, its results and studies end, all by further facts.

        Results on which somebody worked since are left alone and named. StoreError for a reviewer who neither imported
        it nor leads the review, and for an import that was taken back already.
        """
        if not reason.strip():
            raise StoreError("say why the import is taken back")
        stamp = now or utc_now()
        found = next((item for item in self.sheet_imports() if item.id == import_id), None)
        if found is None:
            raise NotThere(f"there is no import {import_id}")
        with self._database.reading() as connection:
            may_not = {person.name for person in known_reviewers(connection) if person.role != "lead"} - {found.by}
        if by in may_not:  # who is no reviewer runs commands on the review's own files, and may do all
            raise StoreError(f"only {found.by}, who imported {found.sheet.name}, or a lead can take the import back")
        if found.undone_at is not None:
            raise StoreError(f"the import of {found.sheet.name} was taken back already by {found.undone_by}")
        note = f"The import of {found.sheet.name} was taken back: {reason.strip()}"
        standing = self._standing_imports(found.by)
        # readings of one worksheet are one: with the last of them the earlier ones go as well
        group = [
            item for item in standing if (item.sheet.id, item.mapping.sheet) == (found.sheet.id, found.mapping.sheet)
        ]
        others = [item for item in standing if item not in group]
        tally = {"withdrawn": 0, "restored": 0, "": 0}
        left: list[str] = []
        for result in dict.fromkeys(result for item in group for result in item.results):
            done, why = self._take_back_result(result, group, others, note, ended_by=by, now=stamp)
            tally[done] += 1
            left += [why] if why else []
        for slot in dict.fromkeys(slot for item in group for slot in item.trials):
            done, why = self._take_back_trial(slot, found, others, note, ended_by=by, now=stamp)
            left += [why] if why else []
        self._end_empty_studies(found.by, others, note, ended_by=by, now=stamp)
        for item in group:
            self._add_mapping(
                _id(f"undo:{item.id}"),
                UNDO + item.id,
                found.sheet.name,
                {"import": item.id, "with": import_id, "reason": reason.strip(), "left": left},
                by=by,
                now=stamp,
            )
        return ImportDone(
            id=import_id, withdrawn=tally["withdrawn"], restored=tally["restored"], left_alone=tuple(left)
        )

    def _end_empty_studies(
        self, by: str, standing: Sequence[SheetImport], note: str, *, ended_by: str, now: datetime
    ) -> None:
        """Studies that a person's imports made, that have no result any more and that none which stands names."""
        named = {study for item in standing for study in item.matched.values()}
        made = {study for item in self.sheet_imports() if item.by == by for study in item.studies}
        for study in sorted(made & {held.id for held in self.studies()} - named):
            if not self.results(study):
                self.end_study(study, reason=note, by=ended_by, now=now)

    def _take_back_result(
        self,
        result: str,
        group: Sequence[SheetImport],
        others: Sequence[SheetImport],
        note: str,
        *,
        ended_by: str,
        now: datetime,
    ) -> tuple[str, str]:
        """Take back what imports of one person gave of one result.

        Gives ("withdrawn" | "restored" | "", why it is left alone). Where another import of theirs still stands
        (others), its answers stand again. The result leaves the review if an import made it and nobody else has
        extracted it.
        """
        slot = next((held for held in self.results() if held.id == result), None)
        known = self.extractions(result=result)
        by = group[0].by
        mine = [item for item in known if item.extractor == by and item.role == "extractor"]
        if slot is None or not mine:
            return "", ""  # it left the review, or the import was broken off before it came to this result
        latest = mine[-1]
        label = f"{latest.answers.get('study_label', slot.study)}, {slot.label or slot.form}"
        if latest.state != "withdrawn":
            if not latest.note.startswith(NOTE):
                return "", f"{label}: {by} changed the answers after the import"
            if latest.note.startswith(tuple(item.source for item in others if result in item.results)):
                return "", ""  # another import that stands recorded it
            stood = _as_others_read(result, mine, others)
            if stood is latest:
                return "restored", ""  # the other import gives the very same: it stands as it is
            if stood is not None:
                self.add_extraction(
                    replace(stood, id=_id(f"restored:{latest.id}"), recorded_at=now, revision=1),
                    expected_revision=latest.revision,
                )
                return "restored", ""
            self._withdraw_revision(latest, note, now=now)
        standing = [
            item
            for item in latest_revisions(known)
            if item.state != "withdrawn" and not (item.extractor == by and item.role == "extractor")
        ]
        if not standing and self._made_by_import(result):
            self.end_result(result, reason=note, by=ended_by, now=now)
        return ("withdrawn" if latest.state != "withdrawn" else ""), ""


def _as_others_read(result: str, mine: Sequence[Extraction], others: Sequence[SheetImport]) -> Extraction | None:
    """The revision of a person's answers that says what their other imports (others, which stand) give of a result.

    It is the last that these recorded, of all but the latest; an import that found its very answers there recorded
    none, and then it is what stood when it was made. None where no other import gives the result.
    """
    naming = [item for item in others if result in item.results]
    if not naming:
        return None
    sources = tuple(item.source for item in naming)
    imported = [item for item in mine if item.state != "withdrawn" and item.note.startswith(NOTE)]
    recorded = [item for item in imported if item is not mine[-1] and item.note.startswith(sources)]
    made = max(item.at for item in naming)
    found = recorded or [item for item in imported if item.recorded_at <= made]
    return found[-1] if found else None


def _id(name: str) -> str:
    return str(uuid.uuid5(SHEET_IDS, name))
