"""Answers for reading."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from workbench.forms import CountField, FormField, NumberField, TableField, is_empty, is_not_reported, rows
from workbench.forms.answers import ROW
from workbench.ui import text
from workbench.ui.form_widgets.single import options_of
from workbench.ui.form_widgets.table_rows import called


def shown_answer(field: FormField | None, answer: Any) -> Markup:
    """An answer for reading."""
    if is_empty(answer):
        return Markup('<span class="wb-quiet">empty</span>')
    if is_not_reported(answer):
        return Markup('<span class="wb-quiet">not reported</span>')
    if isinstance(answer, dict):
        return _quote(answer)
    if isinstance(answer, list | tuple) and answer and isinstance(answer[0], dict):
        return _table(field, answer)
    labels = options_of(field, ()) if field is not None else {}
    values = answer if isinstance(answer, list | tuple) else [answer]
    unit = f" {field.unit}" if isinstance(field, CountField | NumberField) and field.unit else ""
    return text.join((labels.get(str(value), _plain(value)) + unit for value in values), ", ")


def _quote(answer: dict[str, Any]) -> Markup:
    page = str(answer.get("page") or "").strip()
    return Markup("“{}”{}").format(text.clean(answer.get("quote") or ""), f" ({page})" if page else "")


def _table(field: FormField | None, answer: Any) -> Markup:
    """The rows with the columns in which anything stands."""
    columns = {column.key: column for column in field.columns} if isinstance(field, TableField) else {}
    fixed = {row.key: row.label for row in field.rows} if isinstance(field, TableField) else {}
    given = rows({"table": answer}, "table")
    keys = [key for key in columns if any(not is_empty(row.get(key)) for row in given)]
    keys += [key for key in dict.fromkeys(key for row in given for key in row) if key not in columns and key[0] != "_"]
    naming = field.naming if isinstance(field, TableField) else None
    return text.table(
        ("", *(columns[key].label if key in columns else key for key in keys if key != naming)),
        (
            (
                fixed.get(str(row.get(ROW))) or called(row) or str(row.get(naming or "") or row.get(ROW) or ""),
                *(shown_answer(columns.get(key), row.get(key)) for key in keys if key != naming),
            )
            for row in given
        ),
        caption=field.label if field is not None else "",
    )


def _plain(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)
