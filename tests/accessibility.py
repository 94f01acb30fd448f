"""What axe-core finds on a page in a real browser, and what of it is not ours to mend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
GRAVE = ("serious", "critical")

# Rule -> parts of the markup of elements that Streamlit 1.67 makes so, and why it is left.
STREAMLITS: Mapping[str, tuple[str, ...]] = {}


def faults(page: Page, within: str = "html") -> list[str]:
    """The serious and critical violations on a page, one line an element, without those that are Streamlit's.

    within: a selector of the part of the page to look at.
    """
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "(within) => axe.run(document.querySelector(within), {resultTypes: ['violations']})", within
    )
    lines = []
    for violation in found["violations"]:
        if violation["impact"] not in GRAVE:
            continue
        for node in violation["nodes"]:
            markup = str(node["html"])
            if any(part in markup for part in STREAMLITS.get(violation["id"], ())):
                continue
            lines.append(f"{violation['id']} ({violation['help']}): {markup[:300]} | {node['target']}")
    return lines
