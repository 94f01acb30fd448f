"""What the ranking tells a page, and the lines in which the two processes say it to each other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

Basis = Literal["votes", "question", "none yet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A term of a report, and how far it moves the report up (positive) or down. Weights have no unit."""

    view: str  # "title", "text", "index terms"
    term: str  # as a reader knows it
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order in which one reviewer is shown reports.

    keys: every report, the likeliest first; the same tuple (the same object) until something else was learned. Empty as
    long as there is none. basis: votes of both kinds; the review's question as long as those are missing; "none yet"
    where nothing orders anything (the reports as they came).
    """

    keys: tuple[str, ...] = ()
    basis: Basis = "none yet"
    relevant: int = 0  # reports it was learned from
    irrelevant: int = 0
    made: datetime | None = None  # UTC; None: there is no order yet
    busy: str = ""  # what is being done about a newer one: "reading 12,000 of 50,000 records"
    fault: str = ""  # why there is no newer one, for a reviewer to read


NO_ORDER = Order()


class Illegible(ValueError):
    """A line that is none of ours."""


def line(message: Mapping[str, Any]) -> bytes:
    """One message as one line."""
    return json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def message(text: bytes) -> dict[str, Any]:
    """Read a line; Illegible if it is no message."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Illegible("a line is no JSON") from error
    if not isinstance(read, dict) or not isinstance(read.get("kind"), str):
        raise Illegible("a line is no message")
    return read


def order_message(reviewer: str, order: Order, reasons: Mapping[str, Sequence[Reason]]) -> dict[str, Any]:
    """An order and why its first reports stand where they do."""
    return {
        "kind": "order",
        "reviewer": reviewer,
        "keys": order.keys,
        "basis": order.basis,
        "relevant": order.relevant,
        "irrelevant": order.irrelevant,
        "made": None if order.made is None else order.made.isoformat(),
        "reasons": {report: plain(found) for report, found in reasons.items()},
    }


def read_order(said: Mapping[str, Any]) -> Order:
    """The order in a message; Illegible if it is not there."""
    try:
        if said["basis"] not in ("votes", "question", "none yet"):
            raise Illegible(f"no basis {said['basis']!r}")
        keys = said["keys"]
        return Order(
            keys=keys if isinstance(keys, tuple) else tuple(map(str, keys)),
            basis=cast(Basis, said["basis"]),
            relevant=int(said["relevant"]),
            irrelevant=int(said["irrelevant"]),
            made=None if said["made"] is None else datetime.fromisoformat(said["made"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Illegible("an order is not whole") from error


def plain(reasons: Sequence[Reason]) -> list[list[Any]]:
    """Reasons as JSON has them."""
    return [[reason.view, reason.term, reason.weight] for reason in reasons]


def read_reasons(said: Any) -> tuple[Reason, ...]:
    """Reasons as JSON has them, read; Illegible if they are none."""
    try:
        return tuple(Reason(view=str(view), term=str(term), weight=float(weight)) for view, term, weight in said)
    except (TypeError, ValueError) as error:
        raise Illegible("reasons cannot be read") from error
