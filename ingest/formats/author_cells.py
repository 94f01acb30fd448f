"""A table's cell of author names taken apart, in the ways in which exports join them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

# What names are joined by -> how it is found, in the order of trust. "," needs a closer look: see `names_of`.
SEPARATORS: dict[str, re.Pattern[str]] = {
    "and, after a comma": re.compile(r"\s+and\s+(?=[^,;]+,)", re.IGNORECASE),
    ";": re.compile(r"\s*;\s*"),
    "|": re.compile(r"\s*\|+\s*"),
    "line": re.compile(r"\s*[\r\n]+\s*"),
    "and": re.compile(r"\s+(?:and|AND|&)\s+"),
    ",": re.compile(r"\s*,\s*"),
}
_BLANKS = re.compile(r"\s+")
_FAMILY = r"[^\W\d_][^\d;|]{0,60}?"
_INITIALS = r"(?:[^\W\d_a-zß-öø-ÿ]\.?[ -]?){1,4}"
# "Smith JA, van der Berg P" lists people; "Smith, John A" is one, and so is "Smith, J.A., Doe, B." two.
_FAMILY_INITIALS = re.compile(rf"{_FAMILY} {_INITIALS}(?: ?(?:Jr|Sr|II|III|2nd|3rd))?\.?")
# "Adeli K.Lewis G. F.": the line ends between the names were lost.
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ]"
_GLUED = re.compile(
    rf"(?<={_CAPITAL}\.)"
    rf"(?={_CAPITAL}[\w'’-]*[a-zß-öø-ÿ]|(?:van|von|de|del|della|di|da|le|la|el|ten|ter|den) )"
)
_ONLY_INITIALS = re.compile(_INITIALS)


def separator_of(cells: Iterable[str]) -> str:
    """What joins the names of most of these cells (a key of `SEPARATORS`); "" where each has to be looked at."""
    seen: Counter[str] = Counter()
    joined = 0
    for cell in cells:
        found = [name for name, pattern in SEPARATORS.items() if name != "," and pattern.search(cell)]
        if found:
            joined += 1
            seen[found[0]] += 1
    if not seen:
        return ""
    name, count = seen.most_common(1)[0]
    return name if count >= 3 and count >= 0.9 * joined else ""


def names_of(cell: str, separator: str = "") -> tuple[str, ...]:
    """Each name as "Family Given", without the comma between the two.

    separator: a key of `SEPARATORS`; "": the first of them that the cell has.
    """
    text = cell.strip().rstrip(";|")
    if text.startswith(("['", '["')):  # a list as Python prints it
        text = "\n".join(single or double for single, double in re.findall(r"'([^']*)'|\"([^\"]*)\"", text))
        separator = "line"
    parts = _parts(text, separator)
    return tuple(name for part in parts if (name := _BLANKS.sub(" ", part.replace(",", " ")).strip(" ,;|")))


def _parts(text: str, separator: str) -> list[str]:
    for name in (separator,) if separator in SEPARATORS and separator != "," else SEPARATORS:
        parts = [part for part in SEPARATORS[name].split(text) if part]
        if name == "," or len(parts) < 2:
            continue
        return parts
    glued = [part for part in _GLUED.split(text) if part]
    if len(glued) > 1:
        return glued
    return _comma_parts(text) if separator in ("", ",") else [text]


def _comma_parts(text: str) -> list[str]:
    """Names joined by commas, where what stands between them shows that they are."""
    parts = [part for part in SEPARATORS[","].split(text) if part]
    if len(parts) < 2:
        return [text]
    # PubMed ends its list with a full stop.
    people = [*parts[:-1], parts[-1].removesuffix(".")] if not any(part.endswith(".") for part in parts[:-1]) else parts
    if all(_FAMILY_INITIALS.fullmatch(part) for part in people):
        return people
    # "Smith, J.A., Doe, B.": every second part is initials.
    if len(parts) > 2 and len(parts) % 2 == 0 and all(_ONLY_INITIALS.fullmatch(part) for part in parts[1::2]):
        return [f"{family} {given}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    # "Jane A Smith, Peter van der Berg, R Doe" and PubMed's groups among people.
    if len(parts) > 2 and sum(" " in part for part in parts) >= len(parts) - 1:
        return people
    if len(parts) > 2 and sum(bool(_FAMILY_INITIALS.fullmatch(part)) for part in people) * 2 >= len(parts):
        return people
    return [text]
