"""What will change, what that does to the answers there are, and the saving."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st
from markupsafe import Markup

from workbench.forms import (
    ChangeForm,
    Fault,
    Form,
    FormError,
    compare_forms,
    draft,
    edited,
    file_hash,
    form_path,
    next_version,
    write_form,
)
from workbench.forms.reading import read_form
from workbench.forms.writing import Draft
from workbench.ui import context, faults, parts, text
from workbench.ui.form_editor.filled import Filled, effect_of
from workbench.ui.form_editor.work import Work, folder

SAID = "form-editor:said"
MOST_STUDIES = 8


def to_save(work: Work, kept: Mapping[int, str]) -> Form:
    """The form with the version that it will be saved under."""
    if not work.changed:
        return work.form
    if work.began is None and not kept:
        return work.form
    version = next_version(work.began or work.form, kept)
    return work.form if work.form.version >= version else edited(work.form, ChangeForm(settings={"version": version}))


def checked(work: Work, kept: Mapping[int, str]) -> Draft:
    """The text that would be written, and what is wrong with it."""
    return draft(folder(), to_save(work, kept), kept=kept)


def show_check(made: Draft) -> None:
    """What is wrong, each with its place."""
    if not made.faults:
        parts.show(Markup('<p role="status">{} {}</p>').format(text.badge("no faults", "good"), "It can be saved."))
        return
    parts.show(
        text.table(
            ("Where", "What"),
            ((fault.place or f"line {fault.line or 1}", fault.message) for fault in made.faults),
            caption=f"To mend before it can be saved: {len(made.faults)}",
        )
    )


def show_stale(work: Work) -> None:
    """Said when somebody else saved the form meanwhile, with what is otherwise there and a way on."""
    path = form_path(folder(), work.name)
    found = file_hash(path)
    if found == work.expected:
        return
    st.warning("Somebody else saved this form while you were at work. Your changes are here and are not saved.")
    theirs, faults_ = read_form(path) if path.is_file() else (None, ())
    if theirs is not None and not faults_:
        with st.expander("What is otherwise in yours than in theirs", expanded=True):
            parts.show(_list(compare_forms(theirs, work.form).words or ("Nothing: both say the same.",)))
    st.button(
        "Go on from theirs: saving mine then replaces it, as the next version",
        key=f"fe:{work.name}:rebase",
        on_click=_rebase,
        args=(work, theirs if not faults_ else None, found),
    )


@faults.callback
def _rebase(work: Work, theirs: Form | None, found: str | None) -> None:
    work.began, work.expected = theirs, found
    work.keep()


def show(work: Work, made: Draft, there: Filled, kept: Mapping[int, str], *, lead: bool) -> None:
    """What changes, then the button."""
    if not work.changed:
        parts.quiet(f"Version {work.form.version}, as it is in the file. Nothing is to be saved.")
        return
    new = made.form
    st.subheader(f"To be saved as version {new.version}", anchor=False)
    if work.began is None:
        parts.quiet(f"A new form with {len(new.keys)} questions.")
        words: tuple[str, ...] = ()
    else:
        words = tuple(line for line in compare_forms(work.began, new).words)
        parts.show(_list(words))
    effect = effect_of(new, work.began, there, kept)
    if effect.results:
        named = ", ".join(effect.studies[:MOST_STUDIES])
        more = f" and {len(effect.studies) - MOST_STUDIES} more" if len(effect.studies) > MOST_STUDIES else ""
        were = "result was" if effect.results == 1 else "results were"
        parts.quiet(
            f"{effect.results} {were} filled in under older versions "
            f"({named}{more}). Their answers will be read as this version asks; what was stored stays as it is."
        )
    agreed = True
    if effect.kept_aside:
        parts.show(
            text.table(
                ("Question", "Answers"),
                effect.kept_aside.items(),
                caption=f"Answers without a place in this version, kept aside: {effect.answers_aside}",
                numbers=(1,),
            )
        )
        agreed = st.checkbox(
            "These answers may be kept aside (they stay with the extractions, and leave every analysis)",
            key=f"fe:{work.name}:{work.drawn}:agreed",
        )
    show_check(made)
    if not lead:
        leads = ", ".join(context.display(person) for person in context.store().reviewers() if person.role == "lead")
        parts.quiet(f"Only a lead can save a form ({leads or 'this review has none'}).")
        return
    st.button(
        f"Save as version {new.version}",
        key=f"fe:{work.name}:save",
        type="primary",
        disabled=bool(made.faults) or not agreed,
        on_click=_save,
        args=(work, new, kept),
    )


@faults.callback
def _save(work: Work, new: Form, kept: Mapping[int, str]) -> None:
    person = context.known_reviewer()
    if person is None or person.role != "lead":  # the role may have changed since the page was drawn
        raise NotALead("Only a lead can save a form.")
    try:
        write_form(folder(), new, expected=work.expected, kept=kept)
    except OSError as error:
        message = f"cannot be written ({error.strerror or error}); nothing was changed"
        raise FormError([Fault(file=f"{new.form}.yaml", message=message)]) from error
    work.forget()
    st.session_state[SAID] = f"“{new.title}” is saved as version {new.version}."


class NotALead(Exception):
    """Said to somebody who may look and not save."""


def _list(lines: Iterable[str]) -> Markup:
    return Markup("<ul>{}</ul>").format(text.join(Markup("<li>{}</li>").format(text.clean(line)) for line in lines))
