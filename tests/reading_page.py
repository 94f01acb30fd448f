"""A page with the reading pane beside a small form, as the tests run it; for Streamlit to run."""

import streamlit as st

from workbench.ui import context, faults, theme
from workbench.ui.sources import reading
from workbench.ui.sources.attaching import AttachedQuote


def keep(quote: AttachedQuote) -> None:
    st.session_state["quote"] = quote.quote
    st.session_state["place"] = f"{quote.page} / {quote.full_text} / {quote.found}"


def page() -> None:
    store, reviewer = context.store(), context.known_reviewer_name()
    st.title("Reading", anchor=False)
    form, beside = st.columns(2)
    with form:
        st.text_area("Quote", key="quote")
        st.text_input("Place", key="place")
        sent = st.query_params.get("trace")
        if sent and not st.session_state.get("traced"):
            st.session_state["traced"] = True
            reading.open_at("study-1", quote=sent, full_text=st.query_params.get("text", ""))
    with beside:
        on_quote = None if st.query_params.get("only") else keep
        reading.pane(store, store.study("study-1"), reviewer, on_quote=on_quote)


st.set_page_config(page_title="Reading", layout="wide")
st.html(theme.STYLE)
faults.guarded(page)()
