"""Two appraisals side by side: what is judged differently, and the consensus that is being made of them."""

from __future__ import annotations

import streamlit as st

from workbench.extraction import ResultState
from workbench.results.risk_of_bias import told
from workbench.risk_of_bias import (
    ANSWERS,
    DIRECTIONS,
    OVERALL,
    Appraisal,
    Judgement,
    Quote,
    Risk,
    SettledAppraisal,
    as_json,
    assessment_of,
    judge,
    last_word,
    missing,
    relevant,
    variant,
    with_basis,
)
from workbench.risk_of_bias.settling import VARIANT
from workbench.store import Store
from workbench.ui import parts, text
from workbench.ui.extraction.words import after_seeing
from workbench.ui.faults import callback
from workbench.ui.risk_of_bias import choices, saving, words
from workbench.ui.risk_of_bias.choices import OWN, Case
from workbench.ui.risk_of_bias.saving import PROPOSED, Desk

Finals = tuple[Appraisal, ...]


def show(store: Store, settled: SettledAppraisal, finals: Finals, reviewer: str) -> None:
    """What stands, or the differences and the consensus."""
    _opened_again(store, settled)
    if settled.judgements:
        who = ", ".join(words.named(name) for name in settled.appraisers)
        reasons = {
            one.domain: told(settled, one.domain, lambda found: found.reason, words.named) for one in settled.judgements
        }
        parts.show(words.judged_table(settled.judgements, f"What stands, by {who}", reasons))
    if settled.state is ResultState.SETTLED:
        if settled.changed_after_consensus:
            st.warning("An appraiser finished again after the consensus: look whether it still holds.")
        if note := settled.basis[0].note:
            parts.quiet(f"Why: {text.one_line(note, 2000)}")
    if late := after_seeing(settled.changed_after_seeing):
        st.info(text.literal(late))
    if len(finals) > 1:
        _answers(finals, settled)
    if settled.state is ResultState.CONFLICT and len(finals) > 1:
        _consensus(store, settled, finals, reviewer)


def _opened_again(store: Store, settled: SettledAppraisal) -> None:
    word = last_word(store.appraisals(result=settled.result))
    if word is not None and word.state == "withdrawn":
        said = f"{words.named(word.appraiser)} opened the consensus again, {text.when(word.recorded_at)}: {word.note}"
        st.info(text.literal(said))


def _answers(finals: Finals, settled: SettledAppraisal) -> None:
    """The questions that were answered differently, and the directions that differ."""
    if not settled.differing_answers and not settled.differing_directions:
        return
    said = [assessment_of(one) for one in finals]
    known = variant(said[0].variant, finals[0].tool_version)
    given = [relevant(known, one.answers) for one in said]
    prompts = {question.key: question.prompt for question in known.questions}
    rows = []
    for key in settled.differing_answers:
        cells = []
        for one, answers in zip(said, given, strict=True):
            place = _place(one.quotes.get(key))
            answer = ANSWERS[answers[key]] if key in answers else "not asked"
            cells.append(f"{answer} ({place})" if place else answer)
        rows.append((f"{key} {prompts[key]}", *cells))
    for code in settled.differing_directions:
        cells = [DIRECTIONS.get(one.directions.get(code, ""), "not said") for one in said]
        rows.append((f"Direction of bias, {'overall' if code == OVERALL else code}", *cells))
    names = tuple(words.named(one.appraiser) for one in finals)
    parts.show(text.table(("Question", *names), rows, caption=f"Answered differently: {len(rows)}"))


def _place(quote: Quote | None) -> str:
    return text.one_line(" – ".join(part for part in (quote.page, quote.quote) if part), 200) if quote else ""


def _consensus(store: Store, settled: SettledAppraisal, finals: Finals, reviewer: str) -> None:
    if VARIANT in settled.differences:
        st.error("The appraisers used different variants. Agree on one; whoever used the other changes their own.")
        return
    desk = Desk(study=settled.study, result=settled.result, reviewer=reviewer, role="consensus")
    case = choices.case_of(settled, finals)
    _begin(store, desk, case)
    _stale(store, desk)
    differing = ", ".join("overall" if code == OVERALL else code for code in settled.differences)
    st.subheader(f"Judged differently: {differing}", anchor=False)
    parts.quiet(
        f"Where they judge alike, the answers of {words.named(finals[0].appraiser)} stand unless you choose another's. "
        "A domain is taken whole: answers, sources and direction. What you choose is kept as you go."
    )
    names = {one.id: words.named(one.appraiser) for one in finals}
    judged = {one.id: {part.domain: part for part in judge(assessment_of(one), one.tool_version)} for one in finals}
    for code in case.domains:
        _domain(desk, case, code, names, {key: group[code] for key, group in judged.items()})
    chosen = choices.on_screen(desk, case)
    made = choices.made(case, chosen, "")
    _overall(desk, case, choices.overall_options(case, made) if not choices.open_codes(case, chosen) else ())
    st.text_area("Why (needed)", key=choices.why_key(desk), max_chars=2000, on_change=_keep, args=(desk, case))
    _record_button(desk, case)


def _begin(store: Store, desk: Desk, case: Case) -> None:
    """Put on screen what was chosen so far: by this reviewer, or in the consensus that was opened again."""
    known = store.appraisals(result=desk.result)
    own = desk.saved(store)
    before = own if own is not None else last_word(known)
    there = any(choices.take_key(desk, code) in st.session_state for code in case.domains)
    if not there or desk.revision_key not in st.session_state:
        st.session_state[desk.revision_key] = max((one.revision for one in known if one.role == "consensus"), default=0)
        st.session_state.pop(desk.stale_key, None)
    note = before.note if before is not None and before.state != "withdrawn" else ""
    st.session_state.setdefault(choices.why_key(desk), note)
    held = before.answers if before is not None else {}
    choices.preset(desk, case, {one.id: one for one in known}, held)


def _stale(store: Store, desk: Desk) -> None:
    """What was not recorded, and why; and the ways on."""
    if desk.stale_key not in st.session_state:
        return
    st.warning(text.literal(st.session_state[desk.stale_key]))
    known = [one.revision for one in store.appraisals(result=desk.result) if one.role == "consensus"]
    newest = max(known, default=0)
    if newest <= st.session_state.get(desk.revision_key, 0):
        return
    with st.container(horizontal=True, gap="small"):
        st.button("Go on with what is on screen", key=desk.key("go-on"), on_click=_go_on, args=(desk, newest))
        st.button("Show what was saved last", key=desk.key("load"), on_click=_show_saved, args=(desk,))


@callback
def _go_on(desk: Desk, newest: int) -> None:
    st.session_state[desk.revision_key] = newest
    st.session_state.pop(desk.stale_key, None)


@callback
def _show_saved(desk: Desk) -> None:
    for key in [key for key in st.session_state if isinstance(key, str) and key.startswith(desk.prefix)]:
        del st.session_state[key]


def _domain(desk: Desk, case: Case, code: str, names: dict[str, str], judged: dict[str, Judgement]) -> None:
    """One domain: what each judges and why, and whose is taken."""
    with st.container(border=True):
        rows = [(names[key], words.badge(one.risk), one.reason) for key, one in judged.items()]
        title = next(iter(judged.values())).title
        alike = " (judged alike)" if code in case.alike else ""
        parts.show(text.table(("Appraiser", "Judgement", "Why"), rows, caption=f"{code} {title}{alike}"))
        again = st.session_state.get(choices.asked_again_key(desk, code))
        if again:
            st.info(text.literal(f"{words.named(again)} changed this domain after it was chosen: choose again."))
        st.radio(
            f"Take for {code}",
            choices.offered(case),
            index=None,
            format_func=lambda key: text.literal(names.get(key, key)),
            horizontal=True,
            key=choices.take_key(desk, code),
            on_change=_keep,
            args=(desk, case),
        )
        if st.session_state.get(choices.take_key(desk, code)) == OWN:
            st.selectbox(
                f"Judgement of {code}",
                [str(risk) for risk in Risk],
                index=None,
                format_func=lambda risk: words.said(Risk(risk)),
                placeholder="Choose a judgement",
                key=choices.own_key(desk, code),
                on_change=_keep,
                args=(desk, case),
            )


def _overall(desk: Desk, case: Case, options: tuple[str, ...]) -> None:
    """The overall judgement, where it is for the settler to say."""
    if not options:
        return
    widget = choices.overall_key(desk)
    if st.session_state.get(widget) not in options:
        st.session_state[widget] = options[0] if options[0] == PROPOSED else None
    st.selectbox(
        "Overall judgement",
        options,
        index=None,
        format_func=lambda item: item if item == PROPOSED else words.said(Risk(item)),
        placeholder="Choose a judgement",
        key=widget,
        on_change=_keep,
        args=(desk, case),
    )


def _record_button(desk: Desk, case: Case) -> None:
    """What would be recorded, what is still open, and the button."""
    chosen = choices.on_screen(desk, case)
    why = _why(desk)
    made = choices.made(case, chosen, why)
    waiting = choices.open_codes(case, chosen)
    if waiting:
        parts.quiet(f"Still to choose: {', '.join(waiting)}.")
    else:
        parts.show(words.judged_table(judge(choices.made(case, chosen, why or "…")), "The consensus as it would be"))
        if not why:
            parts.quiet("Say why.")
        elif unsaid := missing(made):
            parts.quiet(f"Still to say: {'; '.join(unsaid)}.")
    st.button(
        "Record the consensus",
        type="primary",
        key=desk.key("record"),
        disabled=bool(waiting or not why or missing(made)),
        on_click=_record,
        args=(desk, case),
    )


def _why(desk: Desk) -> str:
    return str(st.session_state.get(choices.why_key(desk)) or "").strip()


@callback
def _keep(desk: Desk, case: Case) -> None:
    chosen = choices.on_screen(desk, case)
    for code in chosen:
        st.session_state.pop(choices.asked_again_key(desk, code), None)
    made = choices.made(case, chosen, _why(desk))
    saving.save(desk, with_basis(as_json(made), case.finals, chosen), "draft", note=_why(desk))


@callback
def _record(desk: Desk, case: Case) -> None:
    chosen, why = choices.on_screen(desk, case), _why(desk)
    made = choices.made(case, chosen, why)
    if not choices.open_codes(case, chosen) and why and not missing(made):
        saving.save(desk, with_basis(as_json(made), case.finals, chosen), "final", note=why)
