"""What goes wrong with a form or another file of settings, said so that a reviewer can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in one file of settings."""

    file: str  # as a reviewer knows it: "indications/migraine.yaml"
    message: str
    place: str = ""  # the key: "outcomes[1]"
    line: int | None = None  # 1-based

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file} (line {self.line})"
        return ": ".join(part for part in (where, self.place, self.message) if part)


class SettingsError(Exception):
    """Files of settings that cannot be used; carries every fault, so that all can be mended at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class FormError(SettingsError):
    """An extraction form that cannot be used."""
