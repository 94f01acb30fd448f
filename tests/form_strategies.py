"""Forms of every kind of field, made up by hypothesis: texts that YAML might take for something else included."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from workbench.forms import Form

KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True) | st.sampled_from(
    ["yes", "no", "on", "off", "null", "true", "false", "n", "y", "e1", "include", "key"]
)
TRICKY = st.sampled_from(
    [
        *("yes", "no", "null", "~", "true", "1e5", "1.5", ".5", "007", "0x1f", "1_000", "2020-01-01", "12:30", "-"),
        *("?", "# no remark", "a # b", "a: b", "- a", "[a]", "{a: b}", "&a", "*a", "!a", "%a", "@a", "`a`", "|", ">"),
        *("'", '"', " a", "a ", "two\nlines", "tab\there", "\u2028", "\x85", "“é”", "a" * 200, "word " * 60 + "end"),
        *("=", "<<", "long " * 30 + "  two spaces", "\ufeffmark", "emoji 🧲", "back\\slash", "1.0e+20", "+1", "0o7"),
        *(".inf", "...", "---", "a\n\n  b\n", "\x00", "\x7f", "\r", "a\r\nb", "x:", ":x", "a,b", "- ", "\n", "1."),
    ]
)
TEXTS = TRICKY | st.text(min_size=1, max_size=60)
LABELS = TEXTS.filter(lambda text: len(text) <= 300 and bool(text.strip()))
HELPS = st.just("") | TEXTS
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32) | st.integers(-1000, 1000).map(float)


@st.composite
def _common(draw: st.DrawFn, kind: str, key: str) -> dict[str, Any]:
    settings: dict[str, Any] = {"type": kind, "key": key, "label": draw(LABELS), "help": draw(HELPS)}
    if kind != "calculated":
        settings["required"] = draw(st.booleans())
    return settings


@st.composite
def _of_kind(draw: st.DrawFn, kind: str, key: str) -> dict[str, Any]:
    settings = draw(_common(kind, key))
    if kind in ("number", "count"):
        settings["unit"] = draw(st.just("") | TEXTS)
        low, high = sorted(draw(st.tuples(NUMBERS, NUMBERS)))
        settings |= (
            {"minimum": low, "maximum": high} if kind == "number" else {"minimum": int(low), "maximum": int(high)}
        )
    if kind in ("text", "long_text"):
        settings["max_length"] = draw(st.integers(1, 900))
    if kind in ("choice", "multi_choice"):
        values = draw(st.lists(LABELS.filter(lambda text: len(text) <= 200), min_size=1, max_size=4, unique=True))
        plain = draw(st.booleans())
        settings["options"] = [value if plain else {"value": value, "label": draw(LABELS)} for value in values]
        if draw(st.booleans()) and len(settings["options"]) > 1 and not plain:
            settings["options"][0]["formerly"] = ["an earlier name that is no option"]
    if kind == "calculated":
        settings |= {"expression": "1 + 2 * (3 - .5) / 4", "decimals": draw(st.integers(0, 10))}
    return settings


SCALARS = ("text", "long_text", "count", "number", "choice", "yes_no_unclear", "date", "calculated")


@st.composite
def _table(draw: st.DrawFn, key: str) -> dict[str, Any]:
    settings = draw(_common("table", key))
    keys = draw(st.lists(KEYS, min_size=1, max_size=3, unique=True))
    settings["columns"] = [draw(_of_kind(draw(st.sampled_from(SCALARS)), name)) for name in keys]
    settings["layout"] = draw(st.sampled_from(["grid", "cards"]))
    if draw(st.booleans()):
        rows = draw(st.lists(KEYS, min_size=1, max_size=3, unique=True))
        settings["rows"] = [row if draw(st.booleans()) else {"key": row, "label": draw(LABELS)} for row in rows]
    else:
        settings |= {"min_rows": draw(st.integers(0, 3)), "row_label": draw(LABELS)}
        naming = next((column for column in settings["columns"] if column["type"] in ("text", "choice")), None)
        if naming is not None:
            naming["names_row"] = draw(st.booleans())
    return settings


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """A form of kind trial (no field is required of it), sound as a whole."""
    keys = draw(st.lists(KEYS, min_size=1, max_size=6, unique=True))
    fields: list[dict[str, Any]] = []
    for key in keys:
        kind = draw(st.sampled_from((*SCALARS, "multi_choice", "quote", "table")))
        fields.append(draw(_table(key)) if kind == "table" else draw(_of_kind(kind, key)))
    choices = [item for item in fields if item["type"] == "yes_no_unclear"]
    for item in fields:
        if choices and item is not choices[0] and draw(st.booleans()):
            item[draw(st.sampled_from(["show_if", "hide_if"]))] = {choices[0]["key"]: ["yes", "unclear"]}
    if draw(st.booleans()):
        fields[-1]["formerly"] = ["a_key_of_old_that_nobody_has"]
    cut = draw(st.integers(1, len(fields)))
    sections = [{"key": "first", "title": draw(LABELS), "help": draw(HELPS), "fields": fields[:cut]}]
    if fields[cut:]:
        sections.append({"key": "second", "title": draw(LABELS), "fields": fields[cut:]})
    header = {"form": "made", "version": draw(st.integers(1, 99)), "title": draw(LABELS), "help": draw(HELPS)}
    return Form.model_validate({**header, "kind": "trial", "scope": "trial", "sections": sections})
