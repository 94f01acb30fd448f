"""Which revision an extraction becomes, and when it comes too late to be recorded."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.extraction import Extraction, finals_named, latest_revisions, set_aside
from workbench.store.errors import StaleFinals, StaleRevision, StoreError


def next_revision(about: Sequence[Extraction], extraction: Extraction, expected: int | None) -> int:
    """The number that this extraction gets among all that is recorded about its result.

    Raises StaleRevision, StaleFinals or StoreError as `Studies.add_extraction` tells.
    """
    same = [item for item in about if item.role == extraction.role]
    mine = [item for item in same if item.extractor == extraction.extractor]
    counted = same if extraction.role == "consensus" else mine
    held = max((item.revision for item in counted), default=0)
    if expected is not None:
        newer = [
            item
            for item in counted
            if item.revision > expected and (item.extractor == extraction.extractor or item.state != "draft")
        ]
        if newer:
            raise StaleRevision(_too_late(newer[-1], expected))
        if expected > held:
            raise StoreError(f"there is no revision {expected} of this result to begin from")
    if extraction.role == "consensus" and extraction.state == "final":
        _need_standing_finals(about, extraction)
    return held + 1


def _too_late(newest: Extraction, expected: int) -> str:
    when = f"at {newest.recorded_at:%Y-%m-%d %H:%M} UTC"
    if newest.role == "consensus" and newest.state != "draft":
        did = "recorded a consensus on" if newest.state == "final" else "opened again the consensus on"
        return f"{newest.extractor} {did} this result {when}, after yours was begun. Yours was not recorded."
    if (aside := set_aside(newest)) is not None:
        return f"{aside.by} set your draft aside {when}: {aside.reason}. What you typed since was not saved."
    return (
        f"{newest.extractor} saved revision {newest.revision} of this result {when}; these answers began from revision "
        f"{expected}. They were not saved: look at the newer revision, then save again."
    )


def _need_standing_finals(about: Sequence[Extraction], extraction: Extraction) -> None:
    named = finals_named(extraction.answers)
    if named is None:  # an imported one: what it was made from is not known
        return
    standing = [item for item in latest_revisions(about) if item.role == "extractor" and item.state == "final"]
    if set(named) == {item.id for item in standing}:
        return
    since = sorted({item.extractor for item in standing if item.id not in named})
    gone = sorted({item.extractor for item in about if item.id in named} - {item.extractor for item in standing})
    said = [f"{', '.join(since)} finished their answers again"] if since else []
    said += [f"{', '.join(gone)} took their answers back"] if gone else []
    raise StaleFinals(
        f"{' and '.join(said) or 'The answers changed'} after this consensus was begun. It was not recorded: look at "
        "what is different now, then record it again."
    )
