"""Extraction sheets that a team brought along: the files, what their columns mean, and what was imported from them.

An import is a fact, and so is its undoing. Studies, results and extractions of an import have ids that follow from the
file and the place in it: the same import again adds nothing.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ingest.identifiers import normalise_doi
from workbench.extraction import CurrentForms, Extraction, Study, latest_revisions
from workbench.extraction_sheets.export_facts import ExportFacts, ResultPlace
from workbench.extraction_sheets.imported import Imported, ImportedResult
from workbench.extraction_sheets.mapping import SheetMapping
from workbench.extraction_sheets.matching import NEW, KnownStudy, StudyMatch, match_studies, study_key
from workbench.extraction_sheets.same_result import Identity, identity
from workbench.forms import Form, text
from workbench.store import tables
from workbench.store.base import chunks, utc_now
from workbench.store.endings import Endings
from workbench.store.errors import NotThere, StoreError
from workbench.store.provenance import Provenance
from workbench.store.sheet_copies import refuse_copy
from workbench.store.sheet_files import (
    IMPORT,
    NOTE,
    SHEET_IDS,
    ImportDone,
    KeptSheet,
    Progress,
    State,
    source_note,
)
from workbench.store.sheet_otherwise import said_otherwise
from workbench.store.sheet_trials import chosen_study, new_study_id
from workbench.store.sheet_undoing import SheetUndoing
from workbench.store.studies import Studies


class Sheets(SheetUndoing, Provenance, Studies, Endings):
    """Imports of sheets."""

    # --- studies ----------------------------------------------------------------------------------------------------

    def known_studies(self) -> tuple[KnownStudy, ...]:
        """The review's studies with what they can be known by: their reports' PMIDs and DOIs, their registrations."""
        registrations: dict[str, set[str]] = {}
        for extraction in self.extractions():
            found = text(extraction.answers, "registry_id").upper()
            if found:
                registrations.setdefault(extraction.study, set()).add(found)
        studies = self.studies()
        identifiers = self._identifiers({key for study in studies for key in study.reports})
        return tuple(
            KnownStudy(
                id=study.id,
                label=study.label,
                reports=frozenset(study.reports),
                pmids=frozenset(p for key in study.reports if (p := identifiers.get(key, ("", ""))[0])),
                dois=frozenset(d for key in study.reports if (d := identifiers.get(key, ("", ""))[1])),
                registrations=frozenset(registrations.get(study.id, ())),
            )
            for study in studies
        )

    def match_sheet_studies(self, imported: Imported, content: bytes | None = None) -> tuple[StudyMatch, ...]:
        """The studies of a sheet, each with the one of the review that it seems to be.

        content: the file's bytes; what was decided when this very file was imported before then comes first.
        """
        digest = "" if content is None else hashlib.sha256(content).hexdigest()
        return self._matches(imported, digest)

    def _matches(self, imported: Imported, sha256: str) -> tuple[StudyMatch, ...]:
        matches = match_studies((*imported.results, *imported.trial_rows), self.known_studies())
        standing = {study.id for study in self.studies()}
        before: dict[str, str] = {}
        for item in self.sheet_imports():
            if item.sheet.sha256 == sha256 and item.undone_at is None:
                before |= {key: study for key, study in item.matched.items() if study in standing}
        return tuple(
            replace(match, study=before[key], reason="as when this file was imported before")
            if (key := study_key(match.label)) in before
            else match
            for match in matches
        )

    def _identifiers(self, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Key of each of these records -> its PMID and DOI, as its latest version has them."""
        version = tables.record_version
        found: dict[str, tuple[str, str]] = {}
        with self._database.reading() as connection:
            for part in chunks(keys):
                query = sa.select(version.c.record, version.c.pmid, version.c.doi)
                for row in connection.execute(query.where(version.c.record.in_(part)).order_by(version.c.seq)):
                    found[row.record] = (row.pmid or "", (normalise_doi(row.doi) if row.doi else None) or "")
        return found

    def extraction_facts(self, *, extractors_needed: int, current: CurrentForms) -> ExportFacts:
        """Everything extracted, for an export: all that stands, nothing kept back (see `visible_to`).

        current: the forms as they ask today, by which what stands is read; each person's answers stay as given.
        """
        slots = self.results()
        standing = self.settled_results(extractors_needed=extractors_needed, current=current)
        settled = {item.result: item for item in standing}
        by_result: dict[str, list[Extraction]] = {slot.id: [] for slot in slots}
        for extraction in self.extractions():
            if extraction.result in by_result:
                by_result[extraction.result].append(extraction)
        forms: dict[tuple[str, int], Form] = {}
        for kept in self.forms_kept():
            try:
                forms[kept.form, kept.version] = Form.model_validate_json(kept.content)
            except ValueError:  # written by another version of the workbench: its labels are not known
                continue
        for form in current.forms.values():
            forms.setdefault((form.form, form.version), form)
        return ExportFacts(
            studies=self.studies(),
            results=tuple(
                ResultPlace(
                    id=slot.id,
                    study=slot.study,
                    form=slot.form,
                    indication=slot.indication,
                    label=slot.label,
                    created_by=slot.created_by,
                    created_at=slot.created_at,
                )
                for slot in slots
            ),
            extractions=tuple(item for slot in slots for item in latest_revisions(by_result[slot.id])),
            settled=tuple(settled[slot.id] for slot in slots if slot.id in settled),
            forms=forms,
        )

    # --- imports ----------------------------------------------------------------------------------------------------

    def record_sheet_import(
        self,
        sheet: KeptSheet,
        mapping: SheetMapping,
        imported: Imported,
        forms: Mapping[str, Form],
        *,
        by: str,
        state: State = "draft",
        studies: Mapping[str, str] | None = None,
        independent: bool = False,
        now: datetime | None = None,
        progress: Progress | None = None,
    ) -> ImportDone:
        """Record what a sheet gave as the importer's own extractions; repeating it adds nothing.

        forms: as written, by name; kept with the extractions. state "final": of results whose answers allow it; the
        others are drafts. studies: label in the sheet -> id of a study of the review, or "" for a new one; as matched
        where it says nothing. What was broken off is completed by doing it again. Of a sheet that was imported before
        with another mapping, results that it gives no more are taken back. Somebody else's import of the same file is
        refused: two readings of one sheet are no two extractions. So is one that says what another person's answers say
        already (`LooksCopied`), unless independent: the importer vouches for having extracted it alone.
        """
        stamp = now or utc_now()
        earlier = [item for item in self.sheet_imports() if item.sheet.id == sheet.id and item.undone_at is None]
        other = next((item.by for item in earlier if item.by != by), None)
        if other is not None:
            raise StoreError(
                f"{other} imported this very file. A second import by {by} would look like an independent extraction: "
                "extract the results by hand, or have the first import taken back."
            )
        matches = self._matches(imported, sheet.sha256)
        said = studies or {}
        chosen = {study_key(match.label): said.get(match.label, match.study) for match in matches}
        results = [(result, chosen_study(sheet, result.study, chosen)) for result in imported.results]
        self._check_studies(chosen)
        places = self._places(sheet, results)
        trials = self._trial_places(sheet, imported, chosen, by=by)
        if not independent:
            standing = latest_of_each(self.extractions(), {slot.id for slot in self.results()})
            refuse_copy(imported, places, trials, standing, by=by)
        there = {slot.id for slot in self.results()}
        fact = self._import_fact(sheet, mapping, imported, places, by=by, state=state, studies=chosen)
        made = self._add_sheet_studies(sheet, matches, chosen, by=by, now=stamp)
        named = {study_key(match.label): chosen_study(sheet, match.label, chosen) for match in matches}
        fact["studies"] = sorted(set(named.values()) & made.keys())
        fact["matched"] = named
        fact["trials"] = [place.slot for place in trials]
        fact["trial_answers"] = {place.slot: dict(place.trial.answers) for place in trials}
        fact["made"] = [slot for slot in (*places, *fact["trials"]) if slot not in there]
        fact["independent"] = independent
        self._add_mapping(fact["id"], IMPORT + sheet.id, sheet.name, fact, by=by, now=stamp)
        for name in sorted({result.form for result in imported.results}):
            form = forms[name]
            self.add_form(form.form, form.version, form.model_dump_json(indent=1), by=by, now=stamp)
        tally = dict.fromkeys(("new_results", "final", "drafts", "unchanged", "kept_as_drafts", "known_results"), 0)
        left_alone: list[str] = []
        otherwise: list[str] = []
        mine = {item.result: item for item in self.extractions() if item.extractor == by and item.role == "extractor"}
        for place, ((result, study), slot) in enumerate(zip(results, places, strict=True), start=1):
            note = _note(sheet, mapping.sheet, result)
            held = mine.get(slot)
            if held is not None and held.state != "withdrawn":
                otherwise.append(said_otherwise(held, sheet, mapping.sheet, result, forms[result.form]))
            counted = self._record_result(sheet, slot, result, study, forms[result.form], state, note, by=by, now=stamp)
            if not counted:
                left_alone.append(f"{result.label or result.study}: {by} changed the answers after the import")
            for key in counted:
                tally[key] += 1
            if progress is not None:
                progress(place, len(results))
        again = [item for item in earlier if item.mapping.sheet == mapping.sheet]
        gone = {fact["id"], *(item.id for item in again)}
        others = [item for item in self._standing_imports(by) if item.id not in gone]
        filled, untouched = self._record_trials(sheet, mapping.sheet, trials, forms, state, others, by=by, now=stamp)
        kept = {*fact["results"], *fact["trials"]}
        replaced = self._replace_earlier(again, kept, others, by=by, now=stamp)
        new = sum(made.values())
        return ImportDone(
            replaced=replaced,
            id=fact["id"],
            new_studies=new,
            known_studies=len(matches) - new,
            new_results=tally["new_results"],
            final=tally["final"],
            drafts=tally["drafts"],
            unchanged=tally["unchanged"],
            kept_as_drafts=tally["kept_as_drafts"],
            known_results=tally["known_results"],
            trials=filled,
            otherwise=tuple(line for line in otherwise if line),
            left_alone=(*left_alone, *untouched),
        )

    def _places(self, sheet: KeptSheet, results: Sequence[tuple[ImportedResult, str]]) -> list[str]:
        """The id of each result's place: that of the same result if the review has it, else a new one.

        So a corrected sheet revises what its first reading gave, and a second person's sheet extracts the same results.
        """
        standing = {slot.id: slot for slot in self.results()}
        known: dict[tuple[str, Identity], set[str]] = {}
        for item in latest_of_each(self.extractions(), standing):
            slot = standing[item.result]
            found = identity(slot.form, slot.indication, item.answers)
            if found is not None:
                known.setdefault((slot.study, found), set()).add(slot.id)
        places: list[str] = []
        for result, study in results:
            own = _result_id(sheet, result, study)
            named = identity(result.form, result.indication, result.answers)
            there = known.get((study, named), set()) if named is not None else set()
            place = next(iter(there)) if own not in standing and len(there) == 1 else own
            places.append(own if place in places else place)
        return places

    def _check_studies(self, chosen: Mapping[str, str]) -> None:
        held = {study.id for study in self.studies()}
        strange = sorted({study for study in chosen.values() if study != NEW} - held)
        if strange:
            raise NotThere(f"there is no study {strange[0]}")

    def _import_fact(
        self,
        sheet: KeptSheet,
        mapping: SheetMapping,
        imported: Imported,
        places: Sequence[str],
        *,
        by: str,
        state: State,
        studies: Mapping[str, str],
    ) -> dict[str, Any]:
        """The import as it is kept: with its undoings so far in its id, so that an undone import can be made again."""
        document: dict[str, Any] = {
            "sheet": sheet.id,
            "mapping": mapping.as_dict(),
            "state": state,
            "results": list(places),
            "counts": {
                "rows": imported.rows,
                "results": len(imported.results),
                "studies": len(studies),
                "trials": len(imported.trials),
                "problems": len(imported.problems_of("error")) + len(imported.problems_of("warning")),
            },
        }
        undone = sum(item.undone_at is not None for item in self.sheet_imports() if item.sheet.id == sheet.id)
        digest = hashlib.sha256(json.dumps([document, by, undone], sort_keys=True).encode()).hexdigest()
        return document | {"id": _id(f"import:{digest}")}

    def _add_sheet_studies(
        self, sheet: KeptSheet, matches: Sequence[StudyMatch], chosen: Mapping[str, str], *, by: str, now: datetime
    ) -> dict[str, int]:
        """Make the studies that the review does not have: id -> whether it is new now (1) or was made before (0)."""
        reported = self.identified(
            [pmid for match in matches for pmid in match.pmids], [doi for match in matches for doi in match.dois]
        )
        there = {study.id for study in self.studies()}
        ended = {study.id for study in self.studies(ended=True)}
        made: dict[str, int] = {}
        for match in matches:
            if chosen[study_key(match.label)] != NEW:
                continue
            study = new_study_id(sheet, match.label)
            made[study] = int(study not in there)
            if study in ended:
                self.restore_study(study, reason=f"imported again from {sheet.name}", by=by, now=now)
            elif study not in there:
                reports = [reported.get(name) for name in (*match.pmids, *match.dois)]
                self.add_study(
                    Study(
                        id=study,
                        label=match.label[:200],
                        reports=tuple(dict.fromkeys(key for key in reports if key)),
                        created_by=by,
                        created_at=now,
                    )
                )
        return made

    def _record_result(
        self,
        sheet: KeptSheet,
        slot_id: str,
        result: ImportedResult,
        study: str,
        form: Form,
        state: State,
        note: str,
        *,
        by: str,
        now: datetime,
    ) -> list[str]:
        """One result and its extraction; gives what is to be counted, nothing where it was changed by hand since."""
        said: list[str] = []
        held = {slot.id for slot in self.results(study)}
        if slot_id not in held:
            if slot_id in {slot.id for slot in self.results(study, ended=True)}:
                self.restore_result(slot_id, reason=f"imported again from {sheet.name}", by=by, now=now)
            else:
                self.add_result(
                    study, form.form, result.indication, label=result.label[:200], by=by, id=slot_id, now=now
                )
                said.append("new_results")
        elif slot_id != _result_id(sheet, result, study):
            said.append("known_results")
        wanted: State = "final" if state == "final" and result.can_be_final else "draft"
        said += ["kept_as_drafts"] if wanted != state else []
        mine = [item for item in self.extractions(result=slot_id) if item.extractor == by and item.role == "extractor"]
        latest = mine[-1] if mine else None
        if latest is not None and latest.state == wanted and dict(latest.answers) == dict(result.answers):
            return [*said, "unchanged"]
        if latest is not None and latest.state != "withdrawn" and not latest.note.startswith(NOTE):
            return []
        revision = latest.revision if latest is not None else 0
        self.add_extraction(
            Extraction(
                id=str(
                    uuid.uuid5(SHEET_IDS, f"extraction:{slot_id}:{by}:{revision}:{_digest(result.answers)}:{wanted}")
                ),
                study=study,
                result=slot_id,
                form=form.form,
                form_version=form.version,
                extractor=by,
                answers=dict(result.answers),
                state=wanted,
                recorded_at=now,
                note=note,
            ),
            expected_revision=revision,
        )
        return [*said, "final" if wanted == "final" else "drafts"]


def latest_of_each(extractions: Iterable[Extraction], standing: Collection[str]) -> Iterator[Extraction]:
    """What stands of each of these results, by each person."""
    by_slot: dict[str, list[Extraction]] = {}
    for item in extractions:
        if item.result in standing:
            by_slot.setdefault(item.result, []).append(item)
    for items in by_slot.values():
        yield from latest_revisions(items)


def _id(name: str) -> str:
    return str(uuid.uuid5(SHEET_IDS, name))


def _note(sheet: KeptSheet, worksheet: str, result: ImportedResult) -> str:
    rows = ", ".join(map(str, result.rows))
    return f"{source_note(sheet, worksheet)}{rows}" + (f" ({result.row_name})" if result.row_name else "")


def _result_id(sheet: KeptSheet, result: ImportedResult, study: str) -> str:
    parts = json.dumps([sheet.sha256, study, result.key, result.form, result.indication])
    return _id(f"result:{parts}")


def _digest(answers: Mapping[str, Any]) -> str:
    return hashlib.sha256(
        json.dumps(answers, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")
    ).hexdigest()
