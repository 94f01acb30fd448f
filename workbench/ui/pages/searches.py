"""The ledger of searches: what was asked, how PubMed understood it, and what came of it."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from workbench.store.values import SearchRun
from workbench.ui import context, parts, text

LEDGER_SHOWN = 40


def view() -> None:
    """The ledger: what was asked, how PubMed understood it, and what came of it."""
    runs = sorted(context.store().searches(), key=lambda run: run.id, reverse=True)
    if not runs:
        parts.empty(
            "No search was run yet.", then="Run the review's strategies on PubMed.", command="workbench refresh"
        )
        return
    parts.show(
        text.table(
            ("Strategy", "Started", "Status", "Found", "New", "Changed", "Withdrawn", "Retracted", "Requests"),
            (_ledger_line(run) for run in runs[:LEDGER_SHOWN]),
            caption=f"Searches, newest first ({min(len(runs), LEDGER_SHOWN)} of {len(runs)})",
            numbers=range(3, 9),
        )
    )
    chosen = st.selectbox(
        "Look at one search",
        runs,
        format_func=lambda run: f"{run.strategy} – {text.when(run.started)} – {run.status}",
        key="records:search",
    )
    if chosen is not None:
        parts.show(
            text.facts(
                {
                    "Source": chosen.source,
                    "Started by": context.display_name(chosen.by),
                    "Started": text.when(chosen.started),
                    "Finished": text.when(chosen.finished),
                    "Query as sent": Markup('<div class="wb-quote">{}</div>').format(text.clean(chosen.query)),
                    "As the source read it": Markup('<div class="wb-quote">{}</div>').format(
                        text.clean(chosen.translation or "not given")
                    ),
                    "Kind of source": chosen.kind,
                    "Read in another way than before": "yes, compare" if chosen.translation_changed else "",
                    "Error": chosen.error,
                    "Remarks": chosen.remarks,
                }
            )
        )


def _ledger_line(run: SearchRun) -> tuple[object, ...]:
    tones: dict[str, text.Tone] = {"complete": "good", "failed": "error", "running": "warning"}
    return (
        run.strategy,
        text.when(run.started),
        text.badge(run.status, tones[run.status]),
        run.count,
        run.new,
        run.changed,
        run.withdrawn,
        run.retracted,
        run.requests,
    )
