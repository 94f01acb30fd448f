"""Calibration rounds: a sample that everybody screens first, and the talk about where they differed."""

from __future__ import annotations

import secrets
import uuid

import streamlit as st
from markupsafe import Markup

from workbench.results.agreeing import disagreements, review_agreement, settled_how, votes_at
from workbench.review import ReviewDefinition
from workbench.screening import Decision, Stage
from workbench.screening.sampling import draw
from workbench.store import Round, Store
from workbench.ui import context, faults, parts, text
from workbench.ui.teamwork import agreement_view, words

STAGE = Stage.TITLE_ABSTRACT
_ROUNDS = uuid.UUID("5b0d7f0a-64b5-4d8e-8d0c-6f6c3f6f1e11")  # names the ids below; never change it
SMALLEST, USUAL = 5, 50
DRAWN, ENDING = "calibration:drawn", "calibration:ending"


def show() -> None:
    """The round that is open, or the way to one, and the rounds before."""
    store, review = context.store(), context.review()
    rounds = store.rounds(STAGE, reviewers_needed=review.screening.reviewers_needed)
    current = next((item for item in rounds if item.sample.open), None)
    if current is None:
        _begin(store, review)
    else:
        _open(store, review, current)
    earlier = [item for item in rounds if not item.sample.open]
    if earlier:
        st.header("Earlier rounds", anchor=False)
        for item in earlier:
            with st.expander(text.literal(_name(item))):
                parts.quiet(f"Ended {text.when(item.sample.ended)} by {context.display_name(item.sample.ended_by)}.")
                _said(item)
                _comparison(store, review, item)


def _name(item: Round) -> str:
    return f"Round of {text.day(item.sample.at)}: {item.total} reports, {len(item.done)} reviewers"


def _begin(store: Store, review: ReviewDefinition) -> None:
    st.header("A calibration round", anchor=False)
    parts.quiet(
        "Everybody who takes part screens the same random sample before anything else, blind. Then you look at where "
        "you differed, sharpen the criteria, and go on. The votes count like all others."
    )
    if not words.is_lead():
        words.leads_only("Drawing a sample")
        return
    unread = store.unread(STAGE, reviewers_needed=review.screening.reviewers_needed)
    people = [person.name for person in store.reviewers()]
    if len(people) < 2:
        parts.empty("A round needs two reviewers or more.", then="Add reviewers on the start page.")
        return
    if len(unread) < SMALLEST:
        parts.empty(f"Only {len(unread)} reports are unread: a round needs {SMALLEST} or more.")
        return
    st.session_state.setdefault(DRAWN, secrets.randbelow(1_000_000))
    with st.form("calibration:draw"):
        size = st.number_input(
            "Reports", min_value=SMALLEST, max_value=len(unread), value=min(USUAL, len(unread)), step=1
        )
        chosen = st.multiselect("Reviewers", people, default=people, format_func=context.display_name)
        seed = st.number_input(
            "Seed",
            min_value=0,
            max_value=2**31 - 1,
            value=st.session_state[DRAWN],
            step=1,
            help="With the same seed and the same unread reports the same sample is drawn.",
        )
        note = st.text_input("Remark", max_chars=500, placeholder="What the round is for")
        if st.form_submit_button("Draw the sample", type="primary"):
            _draw(store, review, unread, int(size), tuple(chosen), int(seed), note)


@faults.act
def _draw(
    store: Store,
    review: ReviewDefinition,
    unread: tuple[str, ...],
    size: int,
    chosen: tuple[str, ...],
    seed: int,
    note: str,
) -> None:
    words.need_lead()
    if len(chosen) < 2:
        st.warning("Choose two reviewers or more.")
        return
    states = store.screening_progress("", STAGE, reviewers_needed=review.screening.reviewers_needed)
    store.draw_sample(
        str(uuid.uuid5(_ROUNDS, f"{seed} {size} {len(unread)} {' '.join(sorted(chosen))} {len(store.samples())}")),
        "calibration",
        STAGE,
        draw(unread, size, seed),
        unread=len(unread),
        found=states.included,
        seed=seed,
        reviewers=chosen,
        note=note.strip(),
        by=context.known_reviewer_name(),
    )
    st.session_state.pop(DRAWN, None)
    st.rerun()


def _open(store: Store, review: ReviewDefinition, item: Round) -> None:
    st.header("The round that is open", anchor=False)
    parts.quiet(
        f"{item.total} reports, drawn {text.when(item.sample.at)} by {context.display_name(item.sample.by)} from "
        f"{parts.spaced_number(item.sample.unread)} unread ones with the seed {item.sample.seed}. Until it ends, its "
        "reviewers are given nothing else."
    )
    _said(item)
    for name, done in item.done.items():
        st.progress(done / item.total, text=text.literal(f"{context.display_name(name)}: {done} of {item.total}"))
    if item.finished:
        st.success("Everybody is through. Look at the differences together, then end the round.")
        _comparison(store, review, item)
    else:
        waiting = [context.display_name(name) for name, done in item.done.items() if done < item.total]
        parts.quiet(f"What was said is shown when everybody is through. Still reading: {', '.join(waiting)}.")
    if words.is_lead():
        _ending(item)
    else:
        words.leads_only("Ending the round")


def _said(item: Round) -> None:
    if item.sample.note:
        parts.quiet(f"Remark: {item.sample.note}")
    if item.sample.end_reason:
        parts.quiet(f"At its end: {item.sample.end_reason}")


def _ending(item: Round) -> None:
    with st.form("calibration:end"):
        reason = st.text_input("What you agreed on", max_chars=2000, help="Kept with the round; criteria are settings")
        withdraw = st.checkbox(
            "Withdraw it: as if it had never been drawn (votes stay)", value=False, key=f"withdraw:{item.sample.id}"
        )
        if st.form_submit_button("End the round"):
            _end(item, reason, withdrawn=withdraw)


@faults.act
def _end(item: Round, reason: str, *, withdrawn: bool) -> None:
    words.need_lead()
    if not item.finished and not reason.strip():
        st.warning("Not everybody is through: say why the round ends now.")
        return
    context.store().end_sample(
        item.sample.id, withdrawn=withdrawn, reason=reason.strip(), by=context.known_reviewer_name()
    )
    st.rerun()


def _comparison(store: Store, review: ReviewDefinition, item: Round) -> None:
    """Agreement on the round, and every report on which somebody differed, with all votes beside each other."""
    found = review_agreement(store, review, STAGE, sample=item.sample)
    agreement_view.figures(found, level=review.model.level, name=item.sample.id)
    by_report = votes_at(store, STAGE, item.sample)
    different = disagreements(by_report)
    st.subheader(f"Where you differed: {len(different)} of {item.total}", anchor=False)
    titles = {record.key: record for record in store.records_of(tuple(different))}
    for report, votes in different.items():
        record = titles.get(report)
        with st.container(border=True):
            parts.show(
                Markup('<div class="wb-title">{}</div><div class="wb-quiet">{}</div>').format(
                    text.clean(record.title if record else report), settled_how(by_report[report])
                )
            )
            parts.show(
                text.table(
                    ("Reviewer", "Said", "Reason", "Note"),
                    (_vote(review, vote) for vote in votes.values()),
                    caption="First votes",
                )
            )
    if not different:
        parts.quiet("Everybody said the same of every report.")


def _vote(review: ReviewDefinition, vote: Decision) -> tuple[object, ...]:
    labels = {reason.key: reason.label for reason in review.screening.exclusion_reasons}
    return (
        context.display_name(vote.reviewer),
        words.VERDICTS[vote.verdict] if vote.verdict is not None else "",
        labels.get(vote.reason or "", vote.reason or ""),
        vote.note,
    )
