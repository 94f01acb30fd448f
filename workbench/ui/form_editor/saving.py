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
from workbench.forms.merging import merge_forms
from workbench.forms.remarks import remarks_inside
from workbench.forms.sharing import no_longer_shared
from workbench.forms.writing import Draft
from workbench.ui import context, faults, parts, text
from workbench.ui.form_editor import files, to_mend
from workbench.ui.form_editor.filled import Effect, Filled, effect_of
from workbench.ui.form_editor.work import Work

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
    """The text that would be written, and what is wrong with it; made once for each state of all that it hangs on."""
    form = to_save(work, kept)
    made_of = (form, context.settings(), tuple(sorted(kept)))
    if work.draft is None or work.draft[0] != made_of:
        work.draft = (made_of, draft(files.folder(), form, kept=kept))
    return work.draft[1]


def _theirs(work: Work) -> Form | None:
    """The form as its file, and the blocks that it includes, say it now; None where it is gone or cannot be read."""
    return files.now().forms.get(work.name)


def stale(work: Work) -> bool:
    """Whether the file, or a block that it includes, is otherwise than when the work began."""
    if file_hash(form_path(files.folder(), work.name)) != work.expected:
        return True
    return work.began is not None and _theirs(work) != work.began


def show_stale(work: Work) -> None:
    """Said when somebody else changed the form meanwhile: what is otherwise there, and the ways on."""
    if not stale(work):
        return
    found, theirs = file_hash(form_path(files.folder(), work.name)), _theirs(work)
    st.warning(
        "Somebody else changed this form, or a section that it shares, while you were at work. Your changes are here "
        "and are not saved."
    )
    if theirs is not None:
        with st.expander("What is otherwise in yours than in theirs", expanded=True):
            parts.show(_list(compare_forms(theirs, work.form).words or ("Nothing: both say the same.",)))
    with st.container(horizontal=True, gap="small"):
        if theirs is not None and work.began is not None:
            st.button(
                "Bring my changes into theirs",
                key=f"fe:{work.name}:merge",
                type="primary",
                help="What one of you changed stands as that one has it; where both did, yours stands and is named",
                on_click=_merge,
                args=(work, theirs, found),
            )
        st.button(
            "Go on from theirs: saving mine then replaces it, as the next version",
            key=f"fe:{work.name}:rebase",
            on_click=_rebase,
            args=(work, theirs, found),
        )


@faults.callback
def _rebase(work: Work, theirs: Form | None, found: str | None) -> None:
    work.began, work.expected = theirs, found
    work.keep()


@faults.callback
def _merge(work: Work, theirs: Form, found: str | None) -> None:
    merged = merge_forms(work.began or theirs, work.form, theirs)
    work.began, work.expected = theirs, found
    work.put(merged.form)
    work.keep()
    st.session_state[SAID] = " ".join(("Both changes are in the form now; it is not saved yet.", *merged.clashes))


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
    _show_left_behind(work, new)
    effect = effect_of(new, work.began, there, kept)
    agreed = _show_effect(work, effect)
    to_mend.show(work.name, made, files.now().blocks)
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


def _show_left_behind(work: Work, new: Form) -> None:
    """What the file holds that the form as it will be written does not: includes, remarks."""
    if work.began is not None:
        for title, block in no_longer_shared(work.began, new, files.now().blocks).items():
            parts.quiet(
                f"“{title}” is no longer shared: it will stand in this form alone, and later changes of "
                f"blocks/{block}.yaml do not reach it."
            )
    path = form_path(files.folder(), work.name)
    if path.is_file() and not path.is_symlink():
        lost = remarks_inside(path.read_text(encoding="utf-8", errors="replace"))
        if lost:
            parts.quiet(f"Remarks (#) inside the file that will not be kept: {lost}. Those at its beginning are.")


def _show_effect(work: Work, effect: Effect) -> bool:
    """What the change does to answers that there are; gives whether it may."""
    if effect.results:
        were = "result was" if effect.results == 1 else "results were"
        parts.quiet(
            f"{effect.results} {were} filled in under earlier versions than this one "
            f"({_some(effect.studies)}). Their answers will be read as this version asks; "
            "what was stored stays as it is."
        )
    if effect.unknown:
        parts.quiet(
            f"{effect.unknown} more were filled in under versions whose text cannot be read; "
            "their answers stay as given."
        )
    if effect.aside_already:
        parts.quiet(f"Answers that have no place in the saved version either: {effect.aside_already}.")
    if not effect.kept_aside:
        return True
    rows = [
        (question, sum(studies.values()), _some(studies))
        for question, studies in sorted(effect.kept_aside.items(), key=lambda item: -sum(item[1].values()))
    ]
    parts.show(
        text.table(
            ("Question", "Answers", "Studies"),
            rows,
            caption=f"Answers without a place in this version, kept aside: {effect.answers_aside}",
            numbers=(1,),
        )
    )
    return st.checkbox(
        "These answers may be kept aside (they stay with the extractions, and leave every analysis)",
        key=f"fe:{work.name}:{work.drawn}:agreed",
    )


def _some(names: Iterable[str]) -> str:
    """The first few of many."""
    found = list(names)
    more = f" and {len(found) - MOST_STUDIES} more" if len(found) > MOST_STUDIES else ""
    return ", ".join(found[:MOST_STUDIES]) + more


@faults.callback
def _save(work: Work, new: Form, kept: Mapping[int, str]) -> None:
    person = context.known_reviewer()
    if person is None or person.role != "lead":  # the role may have changed since the page was drawn
        raise NotALead("Only a lead can save a form.")
    if stale(work):  # a block may have changed, which the hash of the form's file does not tell
        message = "was changed by somebody else meanwhile; your changes are not written over theirs"
        raise FormError([Fault(file=f"{new.form}.yaml", message=message)])
    try:
        write_form(files.folder(), new, expected=work.expected, kept=kept)
    except OSError as error:
        message = f"cannot be written ({error.strerror or error}); nothing was changed"
        raise FormError([Fault(file=f"{new.form}.yaml", message=message)]) from error
    work.forget()
    st.session_state[SAID] = f"“{new.title}” is saved as version {new.version}."


class NotALead(Exception):
    """Said to somebody who may look and not save."""


def _list(lines: Iterable[str]) -> Markup:
    return Markup("<ul>{}</ul>").format(text.join(Markup("<li>{}</li>").format(text.clean(line)) for line in lines))
