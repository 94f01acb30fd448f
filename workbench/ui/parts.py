"""Pieces that several pages use: our own markup on the page, the heading with its notice, empty states."""

from __future__ import annotations

import re
from collections.abc import Container

import streamlit as st
from markupsafe import Markup

from workbench.review import ReviewDefinition
from workbench.ui import context, text

EXAMPLE = "Worked example – not to be cited"
_SAYS_IT_TOO = re.compile(r"^worked example\W+not to be cited\W*", re.IGNORECASE)


def show(markup: Markup) -> None:
    """Put our own escaped markup on the page; nothing where there is none."""
    if markup:
        st.html(str(markup))


def notice(review: ReviewDefinition) -> None:
    """What must stand on every page: that this is an example, and the review's own notice."""
    label, more = (EXAMPLE if review.example else "Notice"), " ".join(review.notice.split())
    if review.example:
        more = _SAYS_IT_TOO.sub("", more)
    if review.example or more:
        show(
            Markup('<div class="wb-banner" role="note"><strong>{}</strong>{}</div>').format(
                label, Markup(". {}").format(text.clean(more)) if more else ""
            )
        )


def heading(title: str) -> None:
    """The page's title under the review's notice."""
    notice(context.review())
    st.title(title, anchor=False)


def empty(message: str, *, then: str = "", command: str = "") -> None:
    """Say that there is nothing here yet and what makes it otherwise."""
    show(
        Markup('<div class="wb-empty"><strong>{}</strong>{}{}</div>').format(
            text.clean(message),
            Markup(" {}").format(text.clean(then)) if then else "",
            Markup("<br>Command: <code>{}</code>").format(text.clean(command)) if command else "",
        )
    )


def quiet(message: object) -> None:
    """A remark in small type."""
    show(Markup('<p class="wb-quiet">{}</p>').format(text.safe(message)))


def hold(key: str, options: Container[object], otherwise: object) -> None:
    """Put what a menu holds on screen anew, before it is drawn; `otherwise` where that is no option any more.

    For menus whose options' words change, as with a count or a state: the browser sends back the words that it was
    shown, and a choice in words of before would be taken for none.
    """
    held = st.session_state.get(key, otherwise)
    st.session_state[key] = held if held in options else otherwise


def spaced_number(count: int) -> str:
    """A count with a narrow space between thousands, at which no line is broken."""
    return f"{count:,}".replace(",", "\u202f")
