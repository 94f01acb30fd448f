"""What is wrong with a text that is no YAML, in the words of those who write it, and in which line."""

from __future__ import annotations

import re

import yaml


def told(error: yaml.YAMLError, text: str) -> tuple[str, int | None]:
    """(what is wrong and what to do, its 1-based line)."""
    if isinstance(error, yaml.reader.ReaderError):  # a character that YAML does not allow
        line = text[: error.position].count("\n") + 1 if isinstance(error.position, int) else None
        return f"the character {_code(error)} cannot stand in a file of settings: take it out", line
    if not isinstance(error, yaml.MarkedYAMLError):
        return str(error), None
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return _plain(error), None
    lines = text.splitlines()
    written = lines[mark.line] if mark.line < len(lines) else ""
    return _said(error, written, mark.column), mark.line + 1


def _said(error: yaml.MarkedYAMLError, written: str, column: int) -> str:
    context, problem = error.context or "", error.problem or ""
    if "\t" in written[: column + 1] or "'\\t'" in problem:
        return "a tab stands here; set lines in with spaces, two for each step"
    if "mapping values are not allowed" in problem:
        if len(re.findall(r":(?=\s|$)", written)) > 1:
            return 'a text with a colon and a space in it needs quotes around it, such as label: "Note: this"'
        return "this line is set in further than those it belongs to; keys of one thing stand exactly below each other"
    if "flow" in context:
        return (
            "between { } or [ ], a text with a comma, colon or question mark needs quotes around it, "
            "and each bracket must be closed"
        )
    if "quoted scalar" in context and "end of stream" in problem:
        return "a quotation mark is opened and not closed"
    if "escape" in problem:
        return r"in double quotes, \ begins a sign of its own; use single quotes, or write \\"
    if "cannot start any token" in problem:
        return f"a text cannot begin with {written[column : column + 1]!r} without quotes around it"
    if "could not find expected ':'" in problem:
        return "a key needs a colon and a space after it"
    if "expected <block end>" in problem:
        return "this line is not set in as those it belongs to; keys of one thing stand exactly below each other"
    if context in (
        "while scanning an alias",
        "while scanning an anchor",
        "while scanning a tag",
        "while parsing a tag",
    ):
        return "a text that begins with *, & or ! needs quotes around it"
    return _plain(error)


def _plain(error: yaml.MarkedYAMLError) -> str:
    return " ".join(part for part in (error.context, error.problem) if part)


def _code(error: yaml.reader.ReaderError) -> str:
    return f"#x{error.character:04x}" if isinstance(error.character, int) else repr(error.character)
