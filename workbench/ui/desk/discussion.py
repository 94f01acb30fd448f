"""What is said of a report on which the votes differ: a thread that only grows."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from workbench.screening import Stage
from workbench.store import Remark
from workbench.store.remarks import LONGEST_REMARK
from workbench.ui import context, faults, parts, text
from workbench.ui.desk.words import act_id

HANDED_OVER = "A third person is asked to settle this."
"""A remark that begins with it hands the conflict over."""


def is_handed_over(remarks: Sequence[Remark]) -> bool:
    """Whether somebody who voted asked a third person to settle it."""
    return any(remark.text.startswith(HANDED_OVER) for remark in remarks)


def show(report: str, stage: Stage, remarks: Sequence[Remark], *, may_hand_over: bool) -> None:
    """The thread, and a place to add to it. may_hand_over: this reviewer voted, and nobody is asked yet."""
    reviewer = context.known_reviewer_name()
    st.subheader("Discussion", anchor=False)
    if remarks:
        parts.show(text.join(map(_remark, remarks)))
    else:
        parts.quiet("Nobody has said anything yet.")
    key = f"remark:{stage.value}:{report}:{reviewer}:{len(remarks)}"
    with st.form(f"form:{key}", border=False):
        st.text_area(
            "Add a remark",
            key=key,
            height=80,
            max_chars=LONGEST_REMARK - 100,
            help="Everybody who may see this conflict can read it, with your name and the time. It cannot be changed.",
        )
        with st.container(horizontal=True, gap="small"):
            st.form_submit_button(
                "Add the remark", key=f"add:{key}", on_click=_add, args=(report, stage, reviewer, key, len(remarks), "")
            )
            if may_hand_over:
                st.form_submit_button(
                    "Ask a third person",
                    key=f"hand:{key}",
                    help="For when you cannot agree. What you typed goes with it.",
                    on_click=_add,
                    args=(report, stage, reviewer, key, len(remarks), HANDED_OVER),
                )


def _remark(remark: Remark) -> Markup:
    return Markup('<div class="wb-quote"><strong>{}</strong> <span class="wb-quiet">{}</span>\n{}</div>').format(
        context.display_name(remark.by), text.when(remark.at), text.clean(remark.text)
    )


@faults.callback
def _add(report: str, stage: Stage, reviewer: str, key: str, said: int, before: str) -> None:
    typed = text.clean(st.session_state.get(key) or "").strip()
    words = f"{before} {typed}".strip()
    if words:
        name = act_id("remark", report, stage, reviewer, said, words)
        context.store().add_remark(name, report, stage, words, by=reviewer)
