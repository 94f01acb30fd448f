"""Rows about screening turned into their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from workbench.screening import Decision, Stage, Verdict
from workbench.store import tables
from workbench.store.screening_values import Sample, Stop

DECISION_COLUMNS = tuple(column for column in tables.decision.c if column.name != "seq")


def decision_value(row: sa.Row[Any] | Mapping[str, Any]) -> Decision:
    """Turn a row of `decision` into its value."""
    data = row if isinstance(row, Mapping) else row._mapping
    verdict = data["verdict"]
    return Decision(
        id=str(data["id"]),
        report=str(data["record"]),
        stage=Stage(str(data["stage"])),
        reviewer=str(data["reviewer"]),
        verdict=None if verdict is None else Verdict(str(verdict)),
        reason=data["reason"],
        indications=tuple(data["indications"]),
        note=str(data["note"]),
        decided_at=data["decided_at"],
        resolution=bool(data["resolution"]),
        batch=data["batch"],
    )


def sample_value(row: sa.Row[Any]) -> Sample:
    """Turn a row of `sample` into its value."""
    data = row._mapping
    return Sample(
        id=data["id"],
        purpose=data["purpose"],
        stage=Stage(str(data["stage"])),
        reports=tuple(data["records"]),
        unread=data["unread"],
        found=data["found"],
        seed=data["seed"],
        reviewers=tuple(data["reviewers"]),
        note=data["note"],
        by=data["by"],
        at=data["at"],
    )


def stop_value(row: sa.Row[Any]) -> Stop:
    """Turn a row of `stop` into its value."""
    data = row._mapping
    return Stop(
        id=data["id"],
        stage=Stage(str(data["stage"])),
        indication=data["indication"],
        reports=tuple(data["records"]),
        signed=data["signed"],
        reason=data["reason"],
        evidence=data["evidence"],
        by=data["by"],
        at=data["at"],
    )
