"""The figures of what is agreed or settled, their files and their table."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.plots import to_pdf_bytes, to_png_bytes, to_svg_bytes
from workbench.plots.drawing import Page
from workbench.plots.risk_of_bias import summary_layout, traffic_light_layout
from workbench.results.risk_of_bias import AppraisedResult, answers_csv, risk_csv, risk_figure, told
from workbench.review import ReviewDefinition
from workbench.ui import parts, text
from workbench.ui.risk_of_bias import words

WIDEST = 860  # pixels on screen; the files have their own size


def show(results: Sequence[AppraisedResult], review: ReviewDefinition, *, held: frozenset[str] = frozenset()) -> None:
    """Both figures and the table.

    held: results of which the reader holds a draft; what others say about these is in no figure and no file.
    """
    closed = sum(one.slot.id in held and one.settled.usable for one in results)
    every = len(results)
    results = [one for one in results if one.slot.id not in held]
    settled = [one for one in results if one.settled.usable]
    if closed:
        parts.quiet(f"{closed} more are left out here while you hold a draft of your own.")
    if not settled:
        parts.empty(
            "There is no figure yet: no result's risk of bias is agreed or settled.",
            then="It appears when two appraisers have finished the same result and agree, or a consensus is recorded.",
        )
        return
    figure = risk_figure(results, review)
    parts.quiet(f"{len(settled)} of {every} results are agreed or settled; only these are shown.")
    for name, title, page in (
        ("traffic-light", "Judgement of each result", traffic_light_layout(figure)),
        ("summary", "Shares by domain", summary_layout(figure)),
    ):
        st.subheader(title, anchor=False)
        with st.container(key=f"rob-figure-{name}"):
            st.image(to_svg_bytes(page).decode("utf-8"), width=WIDEST, alt=text.clean(page.description))
        _files(name, page)
    rows = []
    for one in settled:
        rows += [
            (
                one.name,
                "Overall" if judged.domain == "overall" else judged.domain,
                words.said(judged.risk),
                told(one.settled, judged.domain, lambda found: found.reason, words.named),
            )
            for judged in one.settled.judgements
        ]
    with st.expander("The same as a table"):
        parts.show(text.table(("Result", "Domain", "Judgement", "Why"), rows, caption="Risk of bias"))
    with st.container(horizontal=True, gap="small"):
        for label, name, make in (
            ("Judgements (CSV)", "risk-of-bias.csv", risk_csv),
            ("Answers and sources (CSV)", "risk-of-bias-answers.csv", answers_csv),
        ):
            st.download_button(
                label, data=make(results), file_name=name, mime="text/csv", key=f"rob:{name}", on_click="ignore"
            )


def _files(name: str, page: Page) -> None:
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "SVG",
            data=lambda: to_svg_bytes(page),
            file_name=f"risk-of-bias-{name}.svg",
            mime="image/svg+xml",
            key=f"rob:{name}:svg",
            on_click="ignore",
        )
        st.download_button(
            "PDF",
            data=lambda: to_pdf_bytes(page),
            file_name=f"risk-of-bias-{name}.pdf",
            mime="application/pdf",
            key=f"rob:{name}:pdf",
            on_click="ignore",
        )
        st.download_button(
            "PNG",
            data=lambda: to_png_bytes(page),
            file_name=f"risk-of-bias-{name}.png",
            mime="image/png",
            key=f"rob:{name}:png",
            on_click="ignore",
        )
