"""What each reviewer settled for their own desk; kept under their name, read once a session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import streamlit as st

from workbench.store import Store
from workbench.ui import context, faults

KEPT = "desk"
"""The name of the preference in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """As they are until somebody changes them."""

    single_keys: bool = True  # letters and digits act at once (WCAG 2.1.4 asks for a switch)
    marks: bool = True  # the team's words are marked
    ranked: bool = True  # the likeliest first, where the team uses the ranking
    include: tuple[str, ...] = ()  # own words to mark, beside the team's
    exclude: tuple[str, ...] = ()


def preferences(store: Store, reviewer: str) -> Preferences:
    """What this reviewer settled."""
    slot = f"desk:preferences:{reviewer}"
    known = st.session_state.get(slot)
    if not isinstance(known, Preferences):
        known = st.session_state[slot] = _read(store.preference(reviewer, KEPT))
    return known


def keep(store: Store, reviewer: str, **changes: Any) -> None:
    """Settle something anew; what another window settled meanwhile stays."""
    settled = replace(_read(store.preference(reviewer, KEPT)), **changes)
    store.set_preference(reviewer, KEPT, asdict(settled))
    st.session_state[f"desk:preferences:{reviewer}"] = settled


def _read(kept: Any) -> Preferences:
    """Kept preferences; what cannot be read is as if it had never been settled."""
    if not isinstance(kept, dict):
        return Preferences()
    found: dict[str, Any] = {
        name: kept[name] for name in ("single_keys", "marks", "ranked") if isinstance(kept.get(name), bool)
    }
    found |= {name: terms(kept[name]) for name in ("include", "exclude") if isinstance(kept.get(name), list)}
    return Preferences(**found)


def terms(lines: Iterable[Any]) -> tuple[str, ...]:
    """Words to mark from what was typed, one a line: each once, in order."""
    found = dict.fromkeys(" ".join(str(line).split()) for line in lines)
    return tuple(term for term in found if term)


def switch(store: Store, reviewer: str, name: str, label: str, *, explanation: str) -> bool:
    """A toggle that is kept."""
    widget = f"desk:{name}:{reviewer}"
    st.session_state.setdefault(widget, getattr(preferences(store, reviewer), name))
    return st.toggle(label, key=widget, help=explanation, on_change=_keep_switch, args=(reviewer, name, widget))


@faults.callback
def _keep_switch(reviewer: str, name: str, widget: str) -> None:
    keep(context.store(), reviewer, **{name: bool(st.session_state.get(widget))})
