"""Remarks (#) in a form's file that writing it anew would not keep."""

from __future__ import annotations

import yaml

from workbench.forms.yaml_text import leading_remark


def remarks_inside(text: str) -> int:
    """How many remarks stand below the lines of `#` at the beginning, which are kept (0 if it cannot be read)."""
    try:
        tokens = list(yaml.scan(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return 0
    lines = text.removeprefix("\ufeff").splitlines()
    ends: dict[int, int] = {}  # line -> where its last token ends
    inside: set[int] = set()  # lines of a text of several lines, in which # is a character
    for token in tokens:
        start, end = token.start_mark, token.end_mark
        if isinstance(token, yaml.ScalarToken) and start.line < end.line:
            inside |= set(range(start.line + (token.style in ("|", ">")), end.line))
        ends[end.line] = max(ends.get(end.line, 0), end.column)
        ends[start.line] = max(ends.get(start.line, 0), end.column if end.line == start.line else 0)
    first = len(leading_remark(text).splitlines())
    return sum(
        1
        for number, line in enumerate(lines)
        if number >= first and number not in inside and line[ends.get(number, 0) :].lstrip().startswith("#")
    )
