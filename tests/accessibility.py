"""What axe-core finds on a page in a real browser, and what of it is not ours to mend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
GRAVE = ("serious", "critical")

# Rule -> selector of the elements that Streamlit 1.67 makes so: each group of the sidebar's list of pages is an element
# of its own between the <ul> and its <li>.
STREAMLITS: Mapping[str, str] = {
    "list": '[data-testid="stSidebarNavItems"]',
    "listitem": '[data-testid="stSidebarNavItems"] li',
}
RUN = """async ([within, streamlits]) => {
  const found = await axe.run(document.querySelector(within), {resultTypes: ['violations']});
  return found.violations.map(({id, impact, help, nodes}) => ({id, impact, help, nodes: nodes.filter(({target}) => {
    const element = target.length === 1 && document.querySelector(target[0]);
    return !(streamlits[id] && element && element.matches(streamlits[id]));
  }).map(({html, target}) => ({html, target}))}));
}"""


# What is being drawn again is faint for a moment, and what is pressed changes its colour by and by.
STILL = """() => !document.querySelector('[data-stale="true"], [data-testid="stStatusWidget"]')"""
SETTLED = """() => Promise.race([
  Promise.all(document.getAnimations().map(one => one.finished.catch(() => null))),
  new Promise(done => setTimeout(done, 1000)),
])"""


def faults(page: Page, within: str = "html") -> list[str]:
    """The serious and critical violations on a page, one line an element, without those that are Streamlit's.

    within: a selector of the part of the page to look at.
    """
    page.wait_for_function(STILL)
    page.evaluate(SETTLED)
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(RUN, [within, dict(STREAMLITS)])
    lines = []
    for violation in found:
        if violation["impact"] not in GRAVE:
            continue
        for node in violation["nodes"]:
            markup = str(node["html"])[:300]
            lines.append(f"{violation['id']} ({violation['help']}): {markup} | {node['target']}")
    return lines
