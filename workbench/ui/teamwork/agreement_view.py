"""How far the reviewers agree: coefficients with intervals, and each pair's table."""

from __future__ import annotations

import json

import streamlit as st
from markupsafe import Markup

from workbench.results.agreeing import agreement_as_dict, agreement_csv, review_agreement, still_screened
from workbench.screening import Stage
from workbench.screening.agreement import Agreement, PairAgreement
from workbench.ui import context, parts, text
from workbench.ui.teamwork import words

ALL = ""
PAIRS = 3
"""Pairs that are shown in full; of more there is a table of one line each, and one in full by choice."""
LINES = 40
"""Pairs of that table: those with the most reports in common."""


def show() -> None:
    """Agreement over all reports of a stage, or over one calibration round."""
    store, review = context.store(), context.review()
    stage = st.segmented_control(
        "Stage",
        list(words.STAGES),
        format_func=words.STAGES.__getitem__,
        default=Stage.TITLE_ABSTRACT,
        required=True,
        key="agreement:stage",
    )
    # a round's votes are told once everybody is through with it
    rounds = {
        item.sample.id: item.sample
        for item in store.rounds(stage, reviewers_needed=review.screening.reviewers_needed)
        if item.finished or not item.sample.open
    }
    chosen = ALL
    if rounds:
        chosen = st.selectbox(
            "Over",
            [ALL, *rounds],
            format_func=lambda key: f"Calibration round of {text.day(rounds[key].at)}" if key else "All reports",
            key=f"agreement:over:{stage}",
        )
    own_category = True  # at full text a maybe is a conflict
    if stage is Stage.TITLE_ABSTRACT:
        own_category = st.toggle("Count a maybe as a category of its own", key="agreement:maybe")
    found = review_agreement(store, review, stage, sample=rounds.get(chosen), maybe_is_include=not own_category)
    if chosen == ALL and (hidden := still_screened(store, review, stage)):
        parts.quiet(
            f"{parts.spaced_number(len(hidden))} reports of the calibration round that is open are left out until "
            "everybody is through with it."
        )
    figures(found, level=review.model.level, name=f"all:{stage}:{chosen}")
    if found.records:
        _downloads(found, stage)


def figures(found: Agreement, *, level: float, name: str) -> None:
    """The coefficients of all together, then of each pair with its table. name: tells these figures from others."""
    if not found.records:
        parts.empty(
            "No report has the votes of two reviewers yet.",
            then="Agreement is worked out from the first votes of reviewers who read the same reports.",
        )
        return
    parts.quiet(
        f"{parts.spaced_number(found.records)} reports with two votes or more"
        + (f", {parts.spaced_number(found.single)} with one" if found.single else "")
        + f". First votes, before anybody changed their mind; intervals at {level:g} %. Votes given to many reports at "
        "once, and resolutions, do not count."
    )
    parts.show(
        text.table(
            ("All reviewers together", f"Value ({level:g} % interval)", "Reports"),
            ((item.name, words.share(item), item.records) for item in (found.raw, found.ac1, found.alpha)),
            caption="Agreement of all reviewers",
            numbers=(1, 2),
        )
    )
    parts.show(words.notes(found.raw, found.ac1, found.alpha))
    _pairs(found.pairs, level, name)
    parts.quiet(
        "Kappa falls where nearly all reports are excluded, although reviewers hardly differ; Gwet's AC1 does not "
        "(Feinstein & Cicchetti 1990). No figure says what agreement is enough: look at the reports behind it."
    )


def _pairs(pairs: tuple[PairAgreement, ...], level: float, name: str) -> None:
    if len(pairs) <= PAIRS:
        for pair in pairs:
            _pair(pair, level)
        return
    most = sorted(pairs, key=lambda pair: -pair.raw.records)[:LINES]
    st.subheader("Pairs of reviewers", anchor=False)
    parts.show(
        text.table(
            ("Reviewers", "Reports", *(item.name for item in (most[0].raw, most[0].kappa, most[0].ac1))),
            ((_who(pair), pair.raw.records, *map(words.share, (pair.raw, pair.kappa, pair.ac1))) for pair in most),
            caption=f"Each pair, with {level:g} % intervals",
            numbers=range(1, 5),
        )
    )
    if len(pairs) > len(most):
        parts.quiet(
            f"The {len(most)} pairs with the most reports in common, of {len(pairs)}. The downloads have them all."
        )
    chosen = st.selectbox(
        "Show one pair in full",
        range(len(pairs)),
        index=None,
        format_func=lambda place: text.literal(_who(pairs[place])),
        placeholder="Choose two reviewers",
        key=f"agreement:pair:{name}",
    )
    if chosen is not None and chosen < len(pairs):
        _pair(pairs[chosen], level)


def _who(pair: PairAgreement) -> str:
    return f"{context.display_name(pair.first)} and {context.display_name(pair.second)}"


def _pair(pair: PairAgreement, level: float) -> None:
    first, second = context.display_name(pair.first), context.display_name(pair.second)
    st.subheader(text.literal(_who(pair)), anchor=False)
    left, right = st.columns(2)
    with left:
        parts.show(
            text.table(
                ("Coefficient", f"Value ({level:g} % interval)"),
                ((item.name, words.share(item)) for item in (pair.raw, pair.kappa, pair.ac1)),
                caption=f"{first} and {second}, {pair.raw.records} reports",
                numbers=(1,),
            )
        )
        parts.show(words.notes(pair.raw, pair.kappa, pair.ac1))
    with right:
        parts.show(
            text.table(
                (f"{first} said", *(f"{second}: {category}" for category in pair.categories)),
                ((Markup("{}").format(category), *pair.table[row]) for row, category in enumerate(pair.categories)),
                caption="How often each said what",
                numbers=range(1, len(pair.categories) + 1),
            )
        )


def _downloads(found: Agreement, stage: Stage) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Download as CSV", agreement_csv(found), file_name=f"agreement-{stage.value}.csv", mime="text/csv"
        )
        st.download_button(
            "Download as JSON",
            json.dumps(agreement_as_dict(found), ensure_ascii=False, indent=1),
            file_name=f"agreement-{stage.value}.json",
            mime="application/json",
        )
