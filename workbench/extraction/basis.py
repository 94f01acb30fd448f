"""What a consensus rests on: the final extractions that were compared, and what was chosen of them.

Both stand with the answers of a consensus under the reserved key `CONSENSUS`:
`{"finals": [id, ...], "choices": {common path: {"extraction", "value", "quote", "page"}}}`. So whether an extractor
changed something since is told by ids and never by clocks, and a consensus that is opened again shows what was chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.extraction.values import Extraction
from workbench.forms.answers import CONSENSUS


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is taken for one value, or for a row as a whole: that of one extraction, or another one."""

    extraction: str = ""  # id; "" for another value
    value: Any = None  # the other value; None leaves it empty
    quote: str = ""  # where the other value stands
    page: str = ""


def with_basis(
    answers: Mapping[str, Any], finals: Iterable[Extraction], choices: Mapping[str, Chosen] | None = None
) -> dict[str, Any]:
    """The answers of a consensus with what they rest on."""
    kept = {
        path: {"extraction": item.extraction, "value": item.value}
        | {key: text for key, text in (("quote", item.quote), ("page", item.page)) if text}
        for path, item in (choices or {}).items()
    }
    return {**answers, CONSENSUS: {"finals": [item.id for item in finals], "choices": kept}}


def without_basis(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers alone."""
    return {key: value for key, value in answers.items() if key != CONSENSUS}


def finals_named(answers: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The ids of the final extractions that a consensus names; None where it names none (an older or imported one)."""
    held = answers.get(CONSENSUS)
    named = held.get("finals") if isinstance(held, Mapping) else None
    return tuple(str(item) for item in named) if isinstance(named, list | tuple) else None


def choices_kept(answers: Mapping[str, Any]) -> dict[str, Chosen]:
    """What was chosen, by common path."""
    held = answers.get(CONSENSUS)
    kept = held.get("choices") if isinstance(held, Mapping) else None
    return {
        str(path): Chosen(
            extraction=str(item.get("extraction") or ""),
            value=item.get("value"),
            quote=str(item.get("quote") or ""),
            page=str(item.get("page") or ""),
        )
        for path, item in (kept.items() if isinstance(kept, Mapping) else ())
        if isinstance(item, Mapping)
    }
