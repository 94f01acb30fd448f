"""The PRISMA flow for the pages: counted once for what the store holds, and again when a fact or a setting changes."""

from __future__ import annotations

import os
from datetime import date

import streamlit as st

from workbench.prisma import Prisma
from workbench.results import review_flow
from workbench.store.store import DATABASE_URL
from workbench.ui import context


def flow(*, indication: str | None = None, since: date | None = None, pooled: frozenset[str] | None = None) -> Prisma:
    """The flow as it stands now (see `workbench.results.review_flow`)."""
    where = (str(context.folder()), os.environ.get(DATABASE_URL, ""))
    return _counted(where, context.settings(), context.store().revision(), indication, since, pooled)


@st.cache_resource(show_spinner=False, max_entries=40)
def _counted(
    where: tuple[str, str],  # noqa: ARG001 - the first three are the cache's key
    settings: context.Settings,  # noqa: ARG001
    revision: tuple[int, ...],  # noqa: ARG001
    indication: str | None,
    since: date | None,
    pooled: frozenset[str] | None,
) -> Prisma:
    return review_flow(
        context.store(),
        context.review(),
        indication=indication,
        since=since,
        pooled=pooled,
        current=context.current_forms(),
    )
