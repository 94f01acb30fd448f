"""Whether a record changed since it was last fetched, and in what.

PubMed maintains large groups of records without touching DateRevised (NLM, MEDLINE/PubMed Data Maintenance Overview),
so a change is seen in the content: a hash of the record's canonical form, which leaves out what moves by itself.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

from ingest.record import Record

# `notes` come from the reader, not from the source: a newer version of this program must not look like a correction.
_NOT_CONTENT = frozenset({"notes"})
# Lists that the source gives in no meaningful order. Author order is meaningful.
_UNORDERED = frozenset({"keywords", "mesh", "publication_types", "language", "registry_ids", "links"})


def canonical(record: Record) -> dict[str, Any]:
    """The record as plain data without volatile parts: unordered lists sorted, text in Unicode's composed form."""
    data: dict[str, Any] = json.loads(unicodedata.normalize("NFC", _canonical_json(record.as_dict())))
    for name in _UNORDERED:
        data[name].sort(key=_canonical_json)
    # An empty field is left out, so that a field added to Record later does not change every stored hash.
    return {
        name: value for name, value in data.items() if name not in _NOT_CONTENT and value not in (None, "", [], False)
    }


def canonical_hash(record: Record) -> str:
    """SHA-256, in hexadecimal, of the record's canonical JSON. Equal for two fetches of an unchanged record."""
    return hashlib.sha256(_canonical_json(canonical(record)).encode()).hexdigest()


def differences(old: Record, new: Record) -> tuple[str, ...]:
    """Names of the fields whose content changed, in the order of Record's fields; () exactly if the hashes agree."""
    before, after = canonical(old), canonical(new)
    return tuple(name for name in old.as_dict() if before.get(name) != after.get(name))


def _canonical_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
