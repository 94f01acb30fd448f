"""Everything extracted as one JSON document, and back from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workbench.extraction import Extraction, ExtractionError, Study, settle
from workbench.extraction_sheets.errors import UnreadableSheet
from workbench.extraction_sheets.export_facts import ExportFacts, ResultPlace
from workbench.forms import Form

FORMAT = "rtms-pain-workbench extractions"
VERSION = 1


def export_document(facts: ExportFacts, *, needed: int) -> dict[str, Any]:
    """The document. needed: how many final extractions the review asks for; `facts_from` settles results with it."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "extractors_needed": needed,
        "kept_back": facts.hidden,
        "studies": [
            {
                "id": study.id,
                "label": study.label,
                "reports": list(study.reports),
                "created_by": study.created_by,
                "created_at": study.created_at.isoformat(),
            }
            for study in facts.studies
        ],
        "results": [
            {
                "id": place.id,
                "study": place.study,
                "form": place.form,
                "indication": place.indication,
                "label": place.label,
                "created_by": place.created_by,
                "created_at": place.created_at.isoformat(),
            }
            for place in facts.results
        ],
        "extractions": [
            {
                "id": item.id,
                "study": item.study,
                "result": item.result,
                "form": item.form,
                "form_version": item.form_version,
                "extractor": item.extractor,
                "role": item.role,
                "state": item.state,
                "revision": item.revision,
                "recorded_at": item.recorded_at.isoformat(),
                "note": item.note,
                "answers": dict(item.answers),
            }
            for item in facts.extractions
        ],
        "settled": [
            {
                "result": item.result,
                "state": str(item.state),
                "answers": dict(item.answers),
                "differences": list(item.differences),
                "extraction_ids": list(item.extraction_ids),
                "changed_after_seeing": list(item.changed_after_seeing),
            }
            for item in facts.settled
        ],
        "forms": [
            {"form": name, "version": version, "content": form.model_dump(mode="json", exclude_defaults=False)}
            for (name, version), form in sorted(facts.forms.items())
        ],
    }


def export_bytes(facts: ExportFacts, *, needed: int) -> bytes:
    """The document as a file."""
    document = export_document(facts, needed=needed)
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False).encode("utf-8", "replace")


def facts_from(body: bytes | str) -> ExportFacts:
    """The facts that an export holds; what stands for each result is worked out anew from its extractions.

    UnreadableSheet for what is no export, or one of a later version.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableSheet(f"this is no JSON document: {error}") from error
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise UnreadableSheet("this is no export of extractions")
    if data.get("version") != VERSION:
        raise UnreadableSheet(f"this export is of version {data.get('version')!r}; this workbench reads {VERSION}")
    try:
        extractions = tuple(
            Extraction(**{**item, "recorded_at": _time(item["recorded_at"])}) for item in data["extractions"]
        )
        by_result: dict[str, list[Extraction]] = {}
        for extraction in extractions:
            by_result.setdefault(extraction.result, []).append(extraction)
        return ExportFacts(
            studies=tuple(
                Study(**{**item, "reports": tuple(item["reports"]), "created_at": _time(item["created_at"])})
                for item in data["studies"]
            ),
            results=tuple(ResultPlace(**{**item, "created_at": _time(item["created_at"])}) for item in data["results"]),
            extractions=extractions,
            settled=tuple(settle(found, extractors=data["extractors_needed"]) for found in by_result.values()),
            forms={(item["form"], item["version"]): Form.model_validate(item["content"]) for item in data["forms"]},
            hidden=int(data["kept_back"]),
        )
    except (KeyError, TypeError, ValueError, ExtractionError) as error:
        raise UnreadableSheet(f"this export is damaged: {type(error).__name__} {error}") from error


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
