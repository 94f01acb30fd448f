"""What the sources say against reports that the review relies on: a warning on the pages, and who took note of it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from workbench.refresh.alerts import Alert, acknowledge, alerts, take_back
from workbench.ui import context, faults, parts, text

GRAVE = ("retracted", "expression of concern", "withdrawn")
SHOWN_AT_ONCE = 10
TONES: dict[str, text.Tone] = {"retracted": "error", "expression of concern": "error", "withdrawn": "warning"}


def current() -> tuple[Alert, ...]:
    """Every alert of the review as it stands."""
    return alerts(context.store(), reviewers_needed=context.review().screening.reviewers_needed)


def warn(found: Sequence[Alert], *, listed: str = "see the Overview") -> None:
    """Above a page: what was said against included reports and nobody took note of yet; `listed`: where all are."""
    unseen = [alert for alert in found if alert.included and alert.seen is None]
    for alert in [alert for alert in unseen if alert.kind in GRAVE][:3]:
        st.error(
            f"**Alert.** {text.literal(alert.words)} {text.literal(_short(alert.citation))}", icon=":material/report:"
        )
    rest = len(unseen) - min(3, sum(alert.kind in GRAVE for alert in unseen))
    if rest > 0:
        things = "other notice" if rest < len(unseen) else "notice"
        st.warning(f"{parts.spaced_number(rest)} {things}{'s' if rest > 1 else ''} about included reports: {listed}.")


def about_study(found: Sequence[Alert], study: str) -> None:
    """On a study's page: everything said of its reports, seen or not."""
    for alert in found:
        if study in alert.studies:
            show = st.error if alert.kind in GRAVE else st.info
            show(text.literal(f"{alert.words}{_seen_words(alert)}"))


def section(found: Sequence[Alert]) -> None:
    """On the overview: alerts of included reports one by one, to be noted; those of other reports folded away."""
    if not found:
        return
    included = [alert for alert in found if alert.included]
    unseen = [alert for alert in included if alert.seen is None]
    if included:
        st.header("Alerts", anchor=False)
        parts.quiet(
            "Retractions, concerns and corrections of included reports, as their sources tell them. Retracted results "
            "leave the pools if the review's settings say so; each pool is shown with and without them."
        )
    for alert in unseen[:SHOWN_AT_ONCE]:
        _one(alert)
    if len(unseen) > SHOWN_AT_ONCE:
        parts.quiet(f"{len(unseen) - SHOWN_AT_ONCE} more follow when these were noted.")
    seen = [alert for alert in included if alert.seen is not None]
    if seen:
        with st.expander(f"Noted ({len(seen)})"):
            for alert in seen:
                _one(alert)
    others = [alert for alert in found if not alert.included]
    if others:
        with st.expander(f"Notices about reports that are not included ({len(others)})"):
            parts.show(
                text.table(
                    ("Kind", "Report", "Since"),
                    ((alert.kind, _short(alert.citation), text.when(alert.since)) for alert in others[:200]),
                    caption=f"The gravest first ({min(len(others), 200)} of {len(others)})",
                )
            )


def _one(alert: Alert) -> None:
    names = {study.id: study.label for study in context.store().studies()} if alert.studies else {}
    studies = ", ".join(names.get(study, study) for study in alert.studies)
    with st.container(border=True):
        parts.show(
            Markup("<div>{} {}</div><div>{}</div><div class='wb-quiet'>{}{}</div>").format(
                text.badge(alert.kind, TONES.get(alert.kind, "plain")),
                text.clean(alert.words),
                text.clean(alert.citation),
                text.clean(f"Study: {studies}. " if studies else ""),
                text.clean(f"Known here since {text.when(alert.since)}."),
            )
        )
        key = f"{alert.record}:{alert.kind}"
        if alert.seen is None:
            field = f"alert-note:{key}"
            st.text_input("What was done about it (optional)", max_chars=500, key=field)
            st.button("Take note", key=f"alert:{key}", on_click=_note, args=(alert, field))
        else:
            parts.quiet(_seen_words(alert).strip())
            st.button("Not dealt with after all", key=f"alert-back:{key}", on_click=_take_back, args=(alert,))


def _seen_words(alert: Alert) -> str:
    if alert.seen is None:
        return ""
    note = f": {alert.seen.note}" if alert.seen.note else "."
    return f" Noted by {context.display_name(alert.seen.by)} on {text.when(alert.seen.at)}{note}"


def _short(citation: str) -> str:
    return text.one_line(citation, 160)


@faults.callback
def _note(alert: Alert, field: str) -> None:
    # read here: what was typed in the moment of pressing is in the session, not yet in the page that was drawn
    note = str(st.session_state.get(field) or "").strip()
    acknowledge(context.store(), alert, by=context.known_reviewer_name(), note=note)


@faults.callback
def _take_back(alert: Alert) -> None:
    take_back(context.store(), alert, by=context.known_reviewer_name())
