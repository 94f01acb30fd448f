"""The parameters of one request as the local server reads them, and how a utility refuses one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest.eutils.replies import Reply

Parameters = Mapping[str, Sequence[str]]


class Refusal(Exception):
    """A utility answers with this reply instead of data."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def first(parameters: Parameters, name: str, default: str = "") -> str:
    values = parameters.get(name, ())
    return values[0].strip() if values else default


def number(parameters: Parameters, name: str, default: int) -> int:
    text = first(parameters, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def ids_of(parameters: Parameters) -> list[str]:
    """The usable UIDs of all `id` parameters, in order, each once, without leading zeros."""
    found = [uid.strip().lstrip("0") for value in parameters.get("id", ()) for uid in value.split(",")]
    return list(dict.fromkeys(uid for uid in found if uid.isascii() and uid.isdigit()))
