"""Which review, which store and who is working: the same for every page.

The review comes from the environment variable WORKBENCH_REVIEW (`workbench serve` sets it). The store and the review's
settings are shared by all sessions of the process; settings are read again when one of their files changes. The
reviewer stands in the page's address, so that reloading the browser does not sign anybody out.
"""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from workbench.extraction import CurrentForms
from workbench.extraction import current_forms as make_current_forms
from workbench.forms import Form, load_forms
from workbench.review import ReviewDefinition, load_review
from workbench.review.reading import FORMS
from workbench.store import Store
from workbench.store.values import Reviewer
from workbench.ui.launch import REVIEW_VARIABLE

REVIEWER: str = "reviewer"
"""Name of the session's and of the address's entry for who is working."""
Settings = tuple[tuple[str, int, int], ...]  # file, time and size of each settings file


class NotSetUp(Exception):
    """The app was started without a review; the message says how to start it."""


def folder() -> Path:
    """The review's folder."""
    path = Path(os.environ.get(REVIEW_VARIABLE, "."))
    if not path.is_dir():
        raise NotSetUp(f"There is no folder {path}. Start the app with: workbench serve --review DIR")
    if not (path / "review.yaml").is_file():  # nothing is made in a folder that is no review
        raise NotSetUp(f"There is no review in {path.resolve()}. Start the app with: workbench serve --review DIR")
    return path.resolve()


@st.cache_resource(show_spinner=False)
def _open_store(path: str, database: str) -> Store:  # noqa: ARG001 - part of the cache's key
    return Store.open(Path(path))


def store() -> Store:
    """The review's database."""
    return _open_store(str(folder()), os.environ.get("WORKBENCH_DATABASE_URL", ""))


def _stamp(path: Path) -> Settings:
    """What tells one state of the review's settings from another."""
    files = sorted([*path.glob("*.yaml"), *path.glob("indications/*.yaml"), *path.glob(f"{FORMS}/**/*.yaml")])
    return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)


@st.cache_resource(show_spinner=False, max_entries=4)
def _load_review(path: str, settings: Settings) -> ReviewDefinition:  # noqa: ARG001 - part of the cache's key
    return load_review(Path(path))


@st.cache_resource(show_spinner=False, max_entries=4)
def _forms_as_written(path: str, settings: Settings) -> dict[str, Form]:  # noqa: ARG001
    return load_forms(Path(path) / FORMS)


def settings() -> Settings:
    """What tells the review's settings as they are now from earlier ones."""
    return _stamp(folder())


def review() -> ReviewDefinition:
    """The review's settings as they are in its files now."""
    path = folder()
    return _load_review(str(path), _stamp(path))


def forms() -> dict[str, Form]:
    """The review's extraction forms, with its own indications and outcomes filled in as options."""
    path = folder()
    settings = _stamp(path)
    written = _forms_as_written(str(path), settings)
    return {name: form.resolve(_load_review(str(path), settings)) for name, form in written.items()}


def known_reviewer() -> Reviewer | None:
    """Who has signed in: the name in the session or in the address, if the review knows it."""
    name = st.session_state.get(REVIEWER) or st.query_params.get(REVIEWER)
    found = next((person for person in store().reviewers() if person.name == name), None)
    if found is None:
        return None
    sign_in(found.name)
    return found


def known_reviewer_name() -> str:
    """The signed-in reviewer's short name; the app shows no page that records something without one."""
    person = known_reviewer()
    if person is None:
        raise NotSetUp("Choose who is working first: open the app's start page.")
    return person.name


GO_TO = "go-to-page"
"""The session's entry for the page to show next; `app` goes there."""


def go_to(path: str) -> None:
    """Show another page (by its address) from the next run on; for callbacks."""
    st.session_state[GO_TO] = path


def sign_in(name: str) -> None:
    """Work as this reviewer from now on, also after a reload."""
    st.session_state[REVIEWER] = name
    if st.query_params.get(REVIEWER) != name:
        st.query_params[REVIEWER] = name


def sign_out() -> None:
    """Nobody is working. Nothing of what the last reviewer looked at or made stays for the next one."""
    st.session_state.clear()
    st.query_params.pop(REVIEWER, None)


def display(person: Reviewer) -> str:
    """The name to show."""
    return person.display or person.name


def display_name(name: str) -> str:
    """The shown name of whoever recorded a fact."""
    return next((display(person) for person in store().reviewers() if person.name == name), name)


def current_forms() -> CurrentForms:
    """The forms of today with the older versions under which answers were given."""
    return make_current_forms(forms(), store().forms_kept(), folder=folder() / FORMS)


def form_text(name: str) -> str:
    """A form as its file says it, before the review's own options are filled in: what is kept with an extraction."""
    path = folder()
    return _forms_as_written(str(path), _stamp(path))[name].model_dump_json(indent=1)
