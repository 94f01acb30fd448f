"""Which revision an appraisal becomes, and when it comes too late to be recorded."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.risk_of_bias import Appraisal, finals_named, set_aside, standing
from workbench.store.errors import StaleFinals, StaleRevision, StoreError


def next_revision(about: Sequence[Appraisal], appraisal: Appraisal, expected: int | None) -> int:
    """The number that this appraisal gets among all that is recorded about its result with its tool.

    Raises StaleRevision, StaleFinals or StoreError as `Appraisals.add_appraisal` tells.
    """
    same = [one for one in about if one.role == appraisal.role]
    mine = [one for one in same if one.appraiser == appraisal.appraiser]
    counted = same if appraisal.role == "consensus" else mine
    held = max((one.revision for one in counted), default=0)
    if expected is not None:
        newer = [
            one
            for one in counted
            if one.revision > expected and (one.appraiser == appraisal.appraiser or one.state != "draft")
        ]
        if newer:
            raise StaleRevision(_too_late(newer[-1], expected))
        if expected > held:
            raise StoreError(f"there is no revision {expected} of this appraisal to begin from")
    if appraisal.role == "consensus" and appraisal.state == "final":
        _need_standing_finals(about, appraisal)
    return held + 1


def _too_late(newest: Appraisal, expected: int) -> str:
    when = f"at {newest.recorded_at:%Y-%m-%d %H:%M} UTC"
    if newest.role == "consensus" and newest.state != "draft":
        did = "recorded a consensus on" if newest.state == "final" else "opened again the consensus on"
        return f"{newest.appraiser} {did} this result {when}, after yours was begun. Yours was not recorded."
    if (aside := set_aside(newest)) is not None:
        return f"{aside.by} set your draft aside {when}: {aside.reason}. What you chose since was not saved."
    return (
        f"{newest.appraiser} saved revision {newest.revision} of this appraisal {when}; these answers began from "
        f"revision {expected}. They were not saved: look at the newer revision, then save again."
    )


def _need_standing_finals(about: Sequence[Appraisal], appraisal: Appraisal) -> None:
    named = finals_named(appraisal.answers)
    if named is None:  # not made on the page: what it was made from is not known
        return
    finals = [one for one in standing(about) if one.role == "appraiser" and one.state == "final"]
    if set(named) == {one.id for one in finals}:
        return
    since = sorted({one.appraiser for one in finals if one.id not in named})
    gone = sorted({one.appraiser for one in about if one.id in named} - {one.appraiser for one in finals})
    said = [f"{', '.join(since)} finished their appraisal again"] if since else []
    said += [f"{', '.join(gone)} took their appraisal back"] if gone else []
    raise StaleFinals(
        f"{' and '.join(said) or 'The appraisals changed'} after this consensus was begun. It was not recorded: look "
        "at what is different now, then record it again."
    )
