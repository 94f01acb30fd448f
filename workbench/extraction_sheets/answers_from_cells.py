"""One cell's text as the answer to one field of a form, or why it is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal

from workbench.extraction_sheets.cell_text import (
    ERRORS,
    as_number,
    folded,
    has_decimal_comma,
    is_missing,
    is_not_reported_text,
    part_of,
    squeezed,
    thousands_or_decimals,
)
from workbench.extraction_sheets.grid import Cell
from workbench.extraction_sheets.mapping import Use
from workbench.forms import (
    NOT_REPORTED,
    ChoiceField,
    Column,
    CountField,
    DateField,
    FormField,
    LongTextField,
    MultiChoiceField,
    NumberField,
    TextField,
    YesNoUnclearField,
)

Level = Literal["error", "warning", "note"]
_BOUND = re.compile(r"^\s*(p\s*)?[<>≤≥]")
_SHOWN = 12  # options that a message lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to be said about a cell. An error keeps its value out; the others were taken."""

    message: str
    mend: str
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a cell under one use of its column."""

    answer: Any = None
    state: Literal["answer", "empty", "refused"] = "answer"
    remarks: tuple[Remark, ...] = ()


EMPTY = Taken(state="empty")


def take(
    cell: Cell,
    use: Use,
    field: FormField | Column | None,
    *,
    as_text: bool,
    missing: tuple[str, ...] = (),
    decimal_comma: bool = False,
    decimal_point: bool = False,
) -> Taken:
    """The answer that a cell gives. field: None for what is no field of a form (texts, or numbers if the use says so).

    decimal_comma: other numbers of the sheet have a comma as their decimal mark. decimal_point: others of the column
    have a point, and none of them a comma between thousands besides: "1,234" among "4.4" may be 1.234 mistyped.
    as_text: numbers in this file are typed as numbers (a spreadsheet), so that a number stored as text is worth a note.
    """
    if cell.value is None:
        return _refused(
            "holds a formula that was never computed",
            "open the file in a spreadsheet program, save it, and upload it again",
        )
    if folded(cell.text) in ERRORS:
        return _refused("holds an error of a formula", "mend the formula, or type the value")
    remarks: list[Remark] = []
    if cell.formula:
        remarks.append(
            Remark(
                message="holds a formula; the value computed when the file was saved is taken",
                mend="check it, or type the value",
                level="note",
            )
        )
    if cell.cut:
        remarks.append(Remark(message="is very long; its end was cut off", mend="shorten the text", level="warning"))
    text = part_of(cell.text, use.part)
    known, answer = use.stands_for(text or cell.text) if text or use.part else (False, None)
    if known:
        return EMPTY if answer is None else Taken(answer=answer, remarks=tuple(remarks))
    if is_missing(text, missing):
        return EMPTY
    if field is not None and is_not_reported_text(text):
        return Taken(answer=dict(NOT_REPORTED), remarks=tuple(remarks))
    if decimal_comma and isinstance(field, CountField | NumberField) and thousands_or_decimals(text):
        return _refused(
            f"{_short(text)} can be read in two ways, in a sheet that writes decimals with a comma",
            "write it without the separator of thousands, or with a decimal point",
        )
    if decimal_point and isinstance(field, NumberField) and thousands_or_decimals(text):
        return _refused(
            f"{_short(text)} can be read in two ways, in a column whose other numbers have decimal points",
            "write it without the separator of thousands, or with a decimal point",
        )
    taken = _of_field(cell, text, field, as_text=as_text and not use.part)
    return Taken(answer=taken.answer, state=taken.state, remarks=(*remarks, *taken.remarks))


def _of_field(cell: Cell, text: str, field: FormField | Column | None, *, as_text: bool) -> Taken:
    match field:
        case None:
            return Taken(answer=text)
        case CountField() | NumberField():
            return number(cell, text, whole=isinstance(field, CountField), as_text=as_text)
        case ChoiceField() | YesNoUnclearField():
            return _choice(text, field)
        case MultiChoiceField():
            return _several(text, field)
        case DateField():
            return _day(cell, text)
        case TextField() | LongTextField():
            return _words(text, field)
    return _refused("belongs to a kind of field that no sheet fills", "leave the column out")


def number(cell: Cell, text: str, *, whole: bool = False, as_text: bool = False) -> Taken:
    """The number of a cell, with what is odd about it."""
    if isinstance(cell.value, datetime | date | time):
        return _refused(
            "is a date where a number should be: spreadsheet programs turn “1-2” or “3.4” into dates",
            "type the number again, in a cell formatted as a number or as text",
        )
    if isinstance(cell.value, bool):
        return _refused("says TRUE or FALSE where a number should be", "type the number")
    value = as_number(text)
    if value is None:
        if _BOUND.match(text):
            return _refused(
                f"{_short(text)} is a bound, not a number",
                "nothing to mend if the report gives no more: it is kept in the notes",
            )
        return _refused(
            f"{_short(text)} is not a number", "type one number, or choose a part of the cell in the mapping"
        )
    remarks = []
    if isinstance(cell.value, str):
        if cell.percent:
            remarks.append(
                Remark(
                    message=f"{_short(text)} is shown as a percentage, and is read so: {value:g}",
                    mend="check that a percentage is what the field asks for",
                    level="note",
                )
            )
        elif has_decimal_comma(text):
            remarks.append(
                Remark(message=f"{_short(text)} is read with a decimal comma: {value:g}", mend="check it", level="note")
            )
        elif "," in text:
            remarks.append(
                Remark(
                    message=f"{_short(text)} is read with commas between thousands: {value:g}",
                    mend="check it",
                    level="note",
                )
            )
        elif as_text:
            remarks.append(
                Remark(message="is a number stored as text", mend="nothing: it was read as a number", level="note")
            )
    if whole:
        if value != int(value):
            return _refused(
                f"{value:g} is not a whole number",
                "enter the whole arm if it was divided: the workbench divides a shared comparator itself",
            )
        return Taken(answer=int(value), remarks=tuple(remarks))
    return Taken(answer=int(value) if value == int(value) and "." not in text else value, remarks=tuple(remarks))


def _choice(text: str, field: ChoiceField | YesNoUnclearField) -> Taken:
    pairs = [(value, value) for value in field.values]
    if isinstance(field, ChoiceField):
        pairs += [(option.label, option.value) for option in field.options]
    else:
        pairs += [("y", "yes"), ("n", "no"), ("1", "yes"), ("0", "no"), ("true", "yes"), ("false", "no")]
    for name, value in pairs:
        if folded(name) == folded(text):
            return Taken(answer=value)
    values = list(field.values)
    known = ", ".join(values[:_SHOWN]) + (", …" if len(values) > _SHOWN else "")
    return _refused(
        f"{_short(text)} is none of the options of “{field.label}”", f"say in the mapping what it stands for: {known}"
    )


def _several(text: str, field: MultiChoiceField) -> Taken:
    found: list[str] = []
    for piece in filter(None, (squeezed(item) for item in re.split(r"[;|\n]", text))):
        one = next(
            (option.value for option in field.options if folded(piece) in (folded(option.value), folded(option.label))),
            None,
        )
        if one is None:
            return _refused(
                f"{_short(piece)} is none of the options of “{field.label}”",
                f"say in the mapping what it stands for: {', '.join(field.values[:_SHOWN])}",
            )
        if one not in found:
            found.append(one)
    return Taken(answer=found)


def _day(cell: Cell, text: str) -> Taken:
    if isinstance(cell.value, datetime):
        return Taken(answer=cell.value.date().isoformat())
    if isinstance(cell.value, date):
        return Taken(answer=cell.value.isoformat())
    try:
        return Taken(answer=date.fromisoformat(text).isoformat())
    except ValueError:
        return _refused(f"{_short(text)} is not a date", "write it as YYYY-MM-DD")


def _words(text: str, field: TextField | LongTextField) -> Taken:
    if len(text) <= field.max_length:
        return Taken(answer=text)
    return Taken(
        answer=text[: field.max_length],
        remarks=(
            Remark(
                message=f"is longer than the {field.max_length:,} characters of “{field.label}”; its end was cut off",
                mend="shorten it, or choose another field for the column",
                level="warning",
            ),
        ),
    )


def _refused(message: str, mend: str) -> Taken:
    return Taken(state="refused", remarks=(Remark(message=message, mend=mend, level="error"),))


def _short(text: str) -> str:
    plain = squeezed(text)
    return f"“{plain if len(plain) <= 60 else plain[:59] + '…'}”"
