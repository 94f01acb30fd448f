"""What a sheet says of its trials: kept as the importer's own extraction of the trial's form, once for each study."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from workbench.extraction import Extraction, latest_revisions
from workbench.extraction_sheets.imported import Imported, ImportedTrial
from workbench.extraction_sheets.matching import NEW, study_key
from workbench.extraction_sheets.trials import gather
from workbench.forms import QUOTES, Form
from workbench.store.endings import Endings
from workbench.store.sheet_files import SHEET_IDS, KeptSheet, State
from workbench.store.studies import Studies

NOTE = "Imported from "


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


class SheetTrials(Studies, Endings):
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
        places: Sequence[TrialPlaceKept],
        forms: Mapping[str, Form],
        state: State,
        *,
        by: str,
        now: datetime,
    ) -> tuple[int, list[str]]:
        """Record each trial's form; how many were, and which were left alone and why."""
        left: list[str] = []
        for name in sorted({place.trial.form for place in places}):
            form = forms[name]
            self.add_form(form.form, form.version, form.model_dump_json(indent=1), by=by, now=now)
        for place in places:
            why = self._record_trial(sheet, place, forms[place.trial.form], state, by=by, now=now)
            if why:
                left.append(f"{place.trial.study}, {forms[place.trial.form].title}: {why}")
        return len(places) - len(left), left

    def _record_trial(
        self, sheet: KeptSheet, place: TrialPlaceKept, form: Form, state: State, *, by: str, now: datetime
    ) -> str:
        trial, slot = place.trial, place.slot
        if slot not in {held.id for held in self.results(place.study)}:
            if slot in {held.id for held in self.results(place.study, ended=True)}:
                self.restore_result(slot, reason=f"imported again from {sheet.name}", by=by, now=now)
            else:
                self.add_result(place.study, form.form, None, label=form.title[:200], by=by, id=slot, now=now)
        wanted: State = "final" if state == "final" and trial.can_be_final else "draft"
        mine = [item for item in self.extractions(result=slot) if item.extractor == by and item.role == "extractor"]
        latest = mine[-1] if mine else None
        if latest is not None and latest.state != "withdrawn":
            same = _without_places(latest.answers) == _without_places(trial.answers)
            if same and latest.state in (wanted, "final"):
                return ""
            if not latest.note.startswith(NOTE):
                return f"{by} filled it in by hand; the sheet's answers were not taken"
            if not latest.note.startswith(f"{NOTE}{sheet.name}, "):
                return f"another sheet filled it in ({latest.note[:120]}); this one's answers were not taken"
        revision = latest.revision if latest is not None else 0
        text = json.dumps(trial.answers, sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        rows = ", ".join(map(str, trial.rows[:20])) + (" and more" if len(trial.rows) > 20 else "")
        self.add_extraction(
            Extraction(
                id=str(uuid.uuid5(SHEET_IDS, f"extraction:{slot}:{by}:{revision}:{digest}:{wanted}")),
                study=place.study,
                result=slot,
                form=form.form,
                form_version=form.version,
                extractor=by,
                answers=dict(trial.answers),
                state=wanted,
                recorded_at=now,
                note=f"{NOTE}{sheet.name}, row {rows}",
            ),
            expected_revision=revision,
        )
        return ""

    def _withdraw_trial(self, slot: str, by: str, sheet: KeptSheet, note: str, *, ended_by: str, now: datetime) -> str:
        """Withdraw what the importer's sheet said of one trial; or why it is left alone ("" too if nothing stands).

        The slot ends with it, if the import made it and nobody else has filled it in.
        """
        held = next((item for item in self.results() if item.id == slot), None)
        if held is None:
            return ""
        known = self.extractions(result=slot)
        mine = [item for item in known if item.extractor == by and item.role == "extractor"]
        latest = mine[-1] if mine else None
        if latest is not None and latest.state != "withdrawn":
            if not latest.note.startswith(f"{NOTE}{sheet.name}, "):
                return (
                    f"{latest.answers.get('study_label', held.label)}: {by} changed the trial's form after the import"
                )
            self.add_extraction(
                Extraction(
                    id=str(uuid.uuid5(SHEET_IDS, f"withdrawal:{latest.id}")),
                    study=latest.study,
                    result=slot,
                    form=latest.form,
                    form_version=latest.form_version,
                    extractor=by,
                    answers=dict(latest.answers),
                    state="withdrawn",
                    recorded_at=now,
                    note=note,
                ),
                expected_revision=latest.revision,
            )
        others = [
            item
            for item in latest_revisions(known)
            if item.state != "withdrawn" and not (item.extractor == by and item.role == "extractor")
        ]
        if not others and slot == _slot_id(sheet, held.study, held.form):
            self.end_result(slot, reason=note, by=ended_by, now=now)
        return ""


def _slot_id(sheet: KeptSheet, study: str, form: str) -> str:
    return str(uuid.uuid5(SHEET_IDS, f"trial:{json.dumps([sheet.sha256, study, form])}"))


def _without_places(answers: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in answers.items() if key != QUOTES}
