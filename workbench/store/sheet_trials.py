"""What a sheet says of its trials: kept as the importer's own extraction of the trial's form, once for each study."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.extraction import Extraction, latest_revisions
from workbench.extraction_sheets.imported import Imported, ImportedTrial
from workbench.extraction_sheets.matching import NEW, study_key
from workbench.extraction_sheets.readings import Reading, Together, put_together
from workbench.extraction_sheets.trials import gather
from workbench.forms import QUOTES, Form, check_answers, split_path
from workbench.store.endings import Endings
from workbench.store.sheet_files import NOTE, SHEET_IDS, KeptSheet, SheetFiles, SheetImport, State, source_note
from workbench.store.studies import Studies


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPlaceKept:
    """A trial of a sheet, the study that it is, and the slot of its form."""

    trial: ImportedTrial
    study: str
    slot: str


def new_study_id(sheet: KeptSheet, label: str) -> str:
    """The id of a study that a sheet makes."""
    return str(uuid.uuid5(SHEET_IDS, f"study:{sheet.sha256}:{study_key(label)}"))


def chosen_study(sheet: KeptSheet, label: str, chosen: Mapping[str, str]) -> str:
    """The id of the study that a name in the sheet was taken for."""
    said = chosen[study_key(label)]
    return said if said != NEW else new_study_id(sheet, label)


class SheetTrials(SheetFiles, Studies, Endings):
    """The trials' forms of imports."""

    def _trial_places(
        self, sheet: KeptSheet, imported: Imported, chosen: Mapping[str, str], *, by: str
    ) -> list[TrialPlaceKept]:
        """The trials of a sheet by the studies they were matched with: two names of one study are put together.

        The slot is the one in which the importer has filled in this form, else the one that the study has, else a new
        one: a trial's form is filled in once for each study.
        """
        gathered = gather(
            imported.trial_rows,
            imported.trial_forms,
            file=imported.file,
            sheet=imported.sheet,
            study_of=lambda label: chosen_study(sheet, label, chosen),
        )
        if not gathered.trials:
            return []
        mine = {item.result for item in self.extractions() if item.extractor == by and item.role == "extractor"}
        slots: dict[tuple[str, str], list[str]] = {}
        for slot in self.results():
            slots.setdefault((slot.study, slot.form), []).append(slot.id)
        found = []
        for trial in gathered.trials:
            study = chosen_study(sheet, trial.study, chosen)
            there = slots.get((study, trial.form), [])
            own = next((slot for slot in there if slot in mine), there[0] if there else "")
            found.append(TrialPlaceKept(trial=trial, study=study, slot=own or _slot_id(sheet, study, trial.form)))
        return found

    def _record_trials(
        self,
        sheet: KeptSheet,
        worksheet: str,
        places: Sequence[TrialPlaceKept],
        forms: Mapping[str, Form],
        state: State,
        others: Sequence[SheetImport],
        *,
        by: str,
        now: datetime,
    ) -> tuple[int, list[str]]:
        """Record each trial's form; how many stand as the sheet says, and what was left alone and why.

        others: this person's other imports that stand; what they read of a trial is kept.
        """
        left: list[str] = []
        filled = 0
        for name in sorted({place.trial.form for place in places}):
            form = forms[name]
            self.add_form(form.form, form.version, form.model_dump_json(indent=1), by=by, now=now)
        for place in places:
            form = forms[place.trial.form]
            earlier = _readings(others, place.slot)
            mine = Reading(sheet=sheet.id, name=sheet.name, worksheet=worksheet, answers=place.trial.answers)
            together = put_together([*earlier, mine])
            why = self._record_trial(sheet, worksheet, place, form, together, state, by=by, now=now)
            filled += not why
            if why:
                left.append(f"{place.trial.study}, {form.title}: {why}")
            elif together.differing:
                names = ", ".join(dict.fromkeys(_labelled(form, path) for path in together.differing))
                sources = ", ".join(dict.fromkeys(_called(reading) for reading in earlier))
                left.append(
                    f"{place.trial.study}, {form.title}: {sources} says otherwise on {names}, and stands there; take "
                    "that import back, or change the answer by hand"
                )
        return filled, left

    def _record_trial(
        self,
        sheet: KeptSheet,
        worksheet: str,
        place: TrialPlaceKept,
        form: Form,
        together: Together,
        state: State,
        *,
        by: str,
        now: datetime,
    ) -> str:
        trial, slot = place.trial, place.slot
        if slot not in {held.id for held in self.results(place.study)}:
            if slot in {held.id for held in self.results(place.study, ended=True)}:
                self.restore_result(slot, reason=f"imported again from {sheet.name}", by=by, now=now)
            else:
                self.add_result(place.study, form.form, None, label=form.title[:200], by=by, id=slot, now=now)
        sound = not trial.disagreements and not any(
            problem.level == "error" for problem in check_answers(form, together.answers)
        )
        wanted: State = "final" if state == "final" and sound else "draft"
        mine = [item for item in self.extractions(result=slot) if item.extractor == by and item.role == "extractor"]
        latest = mine[-1] if mine else None
        if latest is not None and latest.state != "withdrawn":
            same = _without_places(latest.answers) == _without_places(together.answers)
            if same and latest.state in (wanted, "final"):
                return ""
            if not latest.note.startswith(NOTE):
                return f"{by} filled it in by hand; the sheet's answers were not taken"
        rows = ", ".join(map(str, trial.rows[:20])) + (" and more" if len(trial.rows) > 20 else "")
        self._revise_trial(
            place.study,
            slot,
            (form.form, form.version),
            together.answers,
            wanted,
            latest,
            f"{source_note(sheet, worksheet)}{rows}",
            by=by,
            now=now,
        )
        return ""

    def _revise_trial(
        self,
        study: str,
        slot: str,
        form: tuple[str, int],
        answers: Mapping[str, Any],
        state: State,
        latest: Extraction | None,
        note: str,
        *,
        by: str,
        now: datetime,
    ) -> None:
        revision = latest.revision if latest is not None else 0
        text = json.dumps(answers, sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        self.add_extraction(
            Extraction(
                id=str(uuid.uuid5(SHEET_IDS, f"extraction:{slot}:{by}:{revision}:{digest}:{state}")),
                study=study,
                result=slot,
                form=form[0],
                form_version=form[1],
                extractor=by,
                answers=dict(answers),
                state=state,
                recorded_at=now,
                note=note,
            ),
            expected_revision=revision,
        )

    def _take_back_trial(
        self, slot: str, gone: SheetImport, others: Sequence[SheetImport], note: str, *, ended_by: str, now: datetime
    ) -> tuple[str, str]:
        """Take back what an import said of one trial: ("withdrawn" | "restored" | "", why it is left alone).

        others: this person's imports that still stand; what they read of the trial stands on. The slot ends with the
        last of it, if an import made it and nobody else has filled it in.
        """
        held = next((item for item in self.results() if item.id == slot), None)
        if held is None:
            return "", ""
        known = self.extractions(result=slot)
        mine = [item for item in known if item.extractor == gone.by and item.role == "extractor"]
        latest = mine[-1] if mine else None
        done = ""
        if latest is not None and latest.state != "withdrawn":
            if not latest.note.startswith(NOTE):
                label = latest.answers.get("study_label", held.label)
                return "", f"{label}, {held.label}: {gone.by} changed the trial's form after the import"
            left = _readings(others, slot)
            if left:
                answers = put_together(left).answers
                if _without_places(answers) != _without_places(latest.answers):
                    self._revise_trial(
                        latest.study,
                        slot,
                        (latest.form, latest.form_version),
                        answers,
                        "draft" if latest.state == "draft" else "final",
                        latest,
                        f"{NOTE}{', '.join(dict.fromkeys(_called(reading) for reading in left))}. {note}",
                        by=gone.by,
                        now=now,
                    )
                return "restored", ""
            self._withdraw_revision(latest, note, now=now)
            done = "withdrawn"
        others_in = [
            item
            for item in latest_revisions(known)
            if item.state != "withdrawn" and not (item.extractor == gone.by and item.role == "extractor")
        ]
        if not others_in and not _readings(others, slot) and self._made_by_import(slot):
            self.end_result(slot, reason=note, by=ended_by, now=now)
        return done, ""

    def _made_by_import(self, slot: str) -> bool:
        return any(slot in item.made for item in self.sheet_imports())

    def _withdraw_revision(self, latest: Extraction, note: str, *, now: datetime) -> None:
        self.add_extraction(
            Extraction(
                id=str(uuid.uuid5(SHEET_IDS, f"withdrawal:{latest.id}")),
                study=latest.study,
                result=latest.result,
                form=latest.form,
                form_version=latest.form_version,
                extractor=latest.extractor,
                answers=dict(latest.answers),
                state="withdrawn",
                recorded_at=now,
                note=note,
            ),
            expected_revision=latest.revision,
        )


def _readings(imports: Sequence[SheetImport], slot: str) -> list[Reading]:
    """What these imports read of one trial, in the order they were made."""
    return [
        Reading(
            sheet=item.sheet.id, name=item.sheet.name, worksheet=item.mapping.sheet, answers=item.trial_answers[slot]
        )
        for item in imports
        if slot in item.trial_answers
    ]


def _called(reading: Reading) -> str:
    return f"{reading.name}, worksheet {reading.worksheet}" if reading.worksheet else reading.name


def _labelled(form: Form, path: str) -> str:
    """A path in the words of the form."""
    place = split_path(path)
    field = next((each for each in form.fields if each.key == place.field), None)
    label = getattr(field, "label", place.field)
    if not place.row:
        return f"“{label}”"
    column = next((each for each in getattr(field, "columns", ()) if each.key == place.column), None)
    return f"“{label}: {getattr(column, 'label', place.column)}” ({place.row})"


def _slot_id(sheet: KeptSheet, study: str, form: str) -> str:
    return str(uuid.uuid5(SHEET_IDS, f"trial:{json.dumps([sheet.sha256, study, form])}"))


def _without_places(answers: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in answers.items() if key != QUOTES}
