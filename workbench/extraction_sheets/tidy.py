"""The tidy table: one row for each value that somebody extracted, or that stands once the extractors are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.extraction import Extraction, SettledResult
from workbench.extraction_sheets.export_facts import ExportFacts, ResultPlace
from workbench.forms import Form, is_not_reported
from workbench.forms.answers import QUOTES, at, paths, split_path

COLUMNS = (
    *("study_id", "study", "result_id", "result", "indication", "arm", "values_of", "extractor", "state", "revision"),
    *("form", "form_version", "field", "label", "table_row", "table_column", "answer", "unit", "not_reported"),
    *("quote", "page", "full_text", "quote_found", "recorded_at", "extraction_id"),
    "changed_after_seeing",
)
DICTIONARY = {
    "study_id": "the study's id in the review",
    "study": "the study as it is cited",
    "result_id": "the result's id: one comparison, outcome and time of the study",
    "result": "the result's name",
    "indication": "the indication the result was opened for",
    "arm": "active or comparator, where the value belongs to one arm",
    "values_of": "extractor (what one person answered), consensus (what was settled), or settled (what stands now)",
    "extractor": "who extracted the value; of settled values all whose answers it rests on",
    "state": "draft or final; of settled values empty, draft, waiting, conflict, agreed or settled",
    "revision": "the extractor's revision of the result",
    "form": "the form that was filled in",
    "form_version": "its version",
    "field": "the field's key; for a cell of a table its path",
    "label": "the question as the form puts it",
    "table_row": "id of the table's row",
    "table_column": "the table's column",
    "answer": "the answer; several choices with ; between them; empty where it is not reported",
    "unit": "the unit of a number",
    "not_reported": "yes where the extractor looked and the report does not say",
    "quote": "what stands there in the report",
    "page": "the place: page, table, cell of a sheet",
    "full_text": "id of the file that was read",
    "quote_found": "yes, no or unchecked: whether the quote was found in the text",
    "recorded_at": "when it was recorded (UTC)",
    "extraction_id": "the recorded extraction",
    "changed_after_seeing": "yes where this person (of settled values: any) answered after the others' could be seen",
}


def tidy_rows(facts: ExportFacts) -> Iterator[dict[str, Any]]:
    """Every value under COLUMNS: first what each person answered, then what stands, result by result."""
    studies = {study.id: study.label for study in facts.studies}
    by_result: dict[str, list[Extraction]] = {}
    for extraction in facts.extractions:
        by_result.setdefault(extraction.result, []).append(extraction)
    settled = {item.result: item for item in facts.settled}
    for place in facts.results:
        about = {
            "study_id": place.study,
            "study": studies.get(place.study, place.study),
            "result_id": place.id,
            "result": place.label,
            "indication": place.indication or "",
        }
        item = settled.get(place.id)
        for extraction in by_result.get(place.id, ()):
            late = item is not None and extraction.extractor in item.changed_after_seeing
            yield from _of_extraction(facts, {**about, "changed_after_seeing": _yes(late)}, extraction)
        if item is not None and item.answers:
            yield from _of_settled(facts, about, place, item)


def _of_extraction(facts: ExportFacts, about: Mapping[str, Any], extraction: Extraction) -> Iterator[dict[str, Any]]:
    common = {
        **about,
        "values_of": extraction.role,
        "extractor": extraction.extractor,
        "state": extraction.state,
        "revision": extraction.revision,
        "form": extraction.form,
        "form_version": extraction.form_version,
        "recorded_at": extraction.recorded_at.isoformat(),
        "extraction_id": extraction.id,
    }
    yield from _values(common, extraction.answers, facts.form(extraction.form, extraction.form_version))


def _of_settled(
    facts: ExportFacts, about: Mapping[str, Any], place: ResultPlace, item: SettledResult
) -> Iterator[dict[str, Any]]:
    common = {
        **about,
        "values_of": "settled",
        "extractor": "; ".join(item.extractors),
        "state": str(item.state),
        "revision": None,
        "form": item.form or place.form,
        "form_version": item.form_version,
        "recorded_at": "",
        "extraction_id": "; ".join(item.extraction_ids),
        "changed_after_seeing": _yes(bool(item.changed_after_seeing)),
    }
    yield from _values(common, item.answers, facts.form(item.form, item.form_version))


def _values(common: Mapping[str, Any], answers: Mapping[str, Any], form: Form | None) -> Iterator[dict[str, Any]]:
    held = answers.get(QUOTES)
    quotes: Mapping[str, Any] = held if isinstance(held, Mapping) else {}
    fields = {field.key: field for field in form.fields} if form is not None else {}
    for path in paths(answers):
        place = split_path(path)
        value = at(answers, path)
        field: Any = fields.get(place.field)
        column = next((each for each in getattr(field, "columns", ()) if each.key == place.column), None)
        label = getattr(field, "label", place.field)
        source = quotes.get(path)
        source = source if isinstance(source, Mapping) else {}
        yield {
            **common,
            "arm": arm_of(place.column or place.field),
            "field": path,
            "label": f"{label}: {getattr(column, 'label', place.column)}" if place.column else label,
            "table_row": place.row,
            "table_column": place.column,
            "answer": answer_cell(value),
            "unit": getattr(column or field, "unit", "") or "",
            "not_reported": "yes" if is_not_reported(value) else "no",
            "quote": source.get("quote", ""),
            "page": source.get("page", ""),
            "full_text": source.get("full_text", "") or "",
            "quote_found": source.get("found", ""),
        }


def _yes(said: bool) -> str:
    return "yes" if said else "no"


def arm_of(key: str) -> str:
    """Which arm a field is about, by its key: "active", "comparator" or ""."""
    words = key.split("_")
    if "active" in words or key.startswith("stim_"):
        return "active"
    return "comparator" if "comparator" in words or key.startswith("sham_") else ""


def answer_cell(value: Any) -> Any:
    """An answer as one cell of a table."""
    if value is None or is_not_reported(value):
        return ""
    if isinstance(value, list | tuple):
        return "; ".join(str(item) for item in value)
    if isinstance(value, Mapping):  # a quotation with its page
        return " – ".join(str(value[key]) for key in ("quote", "page") if value.get(key))
    return value
