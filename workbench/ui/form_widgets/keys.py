"""How the widgets of a form are named in the session: by what is being filled in and the path of the answer."""

from __future__ import annotations

from workbench.forms import FormField
from workbench.forms.answers import path_of


def value_key(prefix: str, field: FormField | str) -> str:
    """The session's key of an answer's widget; field: a field, or the path of a cell."""
    return f"{prefix}:{field if isinstance(field, str) else field.key}"


def silent_key(prefix: str, field: FormField | str) -> str:
    """The session's key of an answer's "not reported" box."""
    return f"{value_key(prefix, field)}:not_reported"


def cell_key(prefix: str, table: str, row: str, column: str) -> str:
    """The session's key of the widget of a table's cell."""
    return value_key(prefix, path_of(table, row, column))


def rows_key(prefix: str, table: str) -> str:
    """The session's key of the ids of the rows that an extractor added to a table, in their order."""
    return f"{prefix}:{table}#rows"


def removed_key(prefix: str, table: str) -> str:
    """The session's key of the row that was taken away last: (place, row), to put it back."""
    return f"{prefix}:{table}#removed"


def page_key(prefix: str, field: str) -> str:
    """The session's key of the page of a quote."""
    return f"{prefix}:{field}#page"
