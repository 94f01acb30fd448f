"""Answers for reading: one's own while the other extractor is at work, what stands once both are done."""

from __future__ import annotations

import streamlit as st

from workbench.extraction import ResultState, common_path
from workbench.forms import Answers, Form
from workbench.forms.answers import QUOTES, RESERVED, is_empty
from workbench.store import Store
from workbench.ui import context, form_widgets, parts, text
from workbench.ui.extraction import effect_preview, value_history
from workbench.ui.extraction.saving import Desk
from workbench.ui.extraction.words import after_seeing
from workbench.ui.worklists import ResultLine


def show(store: Store, line: ResultLine, form: Form, reviewer: str, trial: Answers) -> None:
    """What this reviewer may see of a result, section by section."""
    settled = line.settled
    if settled is None:
        parts.empty("This result is with other extractors.", then="You will see it when they have finished.")
        return
    if line.state in (ResultState.AGREED, ResultState.SETTLED):
        who = ", ".join(context.display_name(name) for name in settled.extractors)
        parts.quiet(f"What stands, by {who}.")
        if settled.changed_after_consensus:
            st.warning(
                "An extractor changed their answers after the consensus: look at the history, and have it opened again."
            )
        if late := after_seeing(settled.changed_after_seeing):
            st.info(text.literal(late))
        answers = dict(settled.answers)
    else:
        own = Desk(slot=line.slot, form=form, reviewer=reviewer).saved(store)
        if own is None:
            parts.empty("This result is with other extractors.", then="You will see it when they have finished.")
            return
        parts.quiet("Your answers are final. The other extractor has not finished; until then nobody sees the other's.")
        answers = dict(own.answers)
    if form.scope == "result":
        effect_preview.show(form, answers, line.slot, line.study, trial)
    asked = {field.key for field in form.asked(answers)}
    silent: list[str] = []
    for section in form.sections_asked(answers):
        fields = [field for field in section.fields if field.key in asked and field.type != "calculated"]
        if all(is_empty(answers.get(field.key)) for field in fields):
            silent.append(section.title)
            continue
        with st.expander(
            text.literal(section.title), expanded=any(field.key in effect_preview.NUMBERS for field in fields)
        ):
            parts.show(
                text.facts(
                    [(field.label, form_widgets.shown_answer(field, answers.get(field.key))) for field in fields]
                )
            )
    if silent:
        parts.quiet(f"Nothing is answered under {', '.join(silent)}.")
    left = [key for key, value in answers.items() if key not in (*form.keys, *RESERVED) and not is_empty(value)]
    if left:
        with st.expander(f"Answers to {len(left)} questions that the form no longer asks"):
            parts.show(text.facts([(key, form_widgets.shown_answer(None, answers[key])) for key in left]))
    quotes = answers.get(QUOTES)
    if isinstance(quotes, dict) and quotes:
        with st.expander(f"Where single answers stand ({len(quotes)})"):
            parts.show(
                text.facts(
                    [
                        (
                            value_history.called(form, common_path(answers, path)) if path else "The result as a whole",
                            form_widgets.shown_answer(None, quote),
                        )
                        for path, quote in quotes.items()
                    ]
                )
            )
