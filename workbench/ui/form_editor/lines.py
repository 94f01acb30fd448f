"""Options and rows as lines of text: "value | label | earlier value, earlier value"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from workbench.forms import Option, TableRow


def of(items: Iterable[Option] | Iterable[TableRow]) -> str:
    """Options or rows, one a line."""
    found = list(items)
    return rows_text(item for item in found if isinstance(item, TableRow)) or options_text(
        item for item in found if isinstance(item, Option)
    )


def options_text(options: Iterable[Option]) -> str:
    """One option a line."""
    return "\n".join(_line(item.value, item.label, item.label == item.value, item.formerly) for item in options)


def rows_text(rows: Iterable[TableRow]) -> str:
    """One row a line."""
    return "\n".join(
        _line(item.key, item.label, item.label == item.key.replace("_", " "), item.formerly) for item in rows
    )


def read_options(text: str) -> list[dict[str, Any]]:
    """The settings of options; empty lines are nothing."""
    return [{"value": name, "label": label or name, "formerly": formerly} for name, label, formerly in _read(text)]


def read_rows(text: str) -> list[dict[str, Any]]:
    """The settings of fixed rows."""
    return [
        {"key": name, "label": label or name.replace("_", " "), "formerly": formerly}
        for name, label, formerly in _read(text)
    ]


def _line(name: str, label: str, plain: bool, formerly: tuple[str, ...]) -> str:
    parts = [name, "" if plain and not formerly else label, ", ".join(formerly)]
    while not parts[-1]:
        parts.pop()
    return " | ".join(parts)


def _read(text: str) -> Iterator[tuple[str, str, list[str]]]:
    for line in text.splitlines():
        if not line.strip():
            continue
        name, label, formerly = ([part.strip() for part in line.split("|", 2)] + ["", ""])[:3]
        yield name, label, [item.strip() for item in formerly.split(",") if item.strip()]
