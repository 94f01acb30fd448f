"""What a consensus rests on: the final appraisals that were compared, and what was chosen of them.

Both stand with the consensus under the key `CONSENSUS`:
`{"finals": [id, ...], "choices": {domain code or OVERALL: {"appraisal": id or "", "risk": judgement or ""}}}`. Each
revision has an id of its own, so whether an appraiser changed something since is told by ids and never by clocks, and a
consensus that is opened again shows what was chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.risk_of_bias.values import Appraisal, Risk

CONSENSUS = "consensus"
"""The part of a consensus' data that says what it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is taken for one domain, or over all: that of one appraisal, another judgement, or (neither) the rules'."""

    appraisal: str = ""  # id
    risk: Risk | None = None


def with_basis(
    data: Mapping[str, Any], finals: Iterable[Appraisal], choices: Mapping[str, Choice] | None = None
) -> dict[str, Any]:
    """A consensus (`as_json` of an assessment) with what it rests on."""
    kept = {
        code: {"appraisal": choice.appraisal, "risk": "" if choice.risk is None else str(choice.risk)}
        for code, choice in (choices or {}).items()
    }
    return {**data, CONSENSUS: {"finals": [one.id for one in finals], "choices": kept}}


def finals_named(data: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The ids of the final appraisals that a consensus names; None where it names none (an older one)."""
    held = data.get(CONSENSUS)
    named = held.get("finals") if isinstance(held, Mapping) else None
    return tuple(str(one) for one in named) if isinstance(named, list | tuple) else None


def choices_kept(data: Mapping[str, Any]) -> dict[str, Choice]:
    """What was chosen, by domain code or OVERALL."""
    held = data.get(CONSENSUS)
    kept = held.get("choices") if isinstance(held, Mapping) else None
    return {
        str(code): Choice(
            appraisal=str(choice.get("appraisal") or ""),
            risk=Risk(choice["risk"]) if choice.get("risk") in tuple(Risk) else None,
        )
        for code, choice in (kept.items() if isinstance(kept, Mapping) else ())
        if isinstance(choice, Mapping)
    }
