"""The digests on the page: what each refresh brought, to read here or to take along."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from markupsafe import Markup

from workbench.refresh.digest import Kept, kept_digests
from workbench.ui import context, parts, text

CHOICES = 200


def section() -> None:
    """Choose one digest, the newest first; read it as text, download it, see whether it was mailed."""
    kept = kept_digests(context.folder())[:CHOICES]
    if not kept:
        parts.empty("No digest was written yet.", then="Every refresh writes one.", command="workbench refresh")
        return
    named = {each.name: each for each in kept}
    chosen = st.selectbox(
        "Digest",
        list(named),
        format_func=lambda name: f"{text.when(named[name].made)}: {text.one_line(named[name].summary, 90)}",
        key=f"searches:digest:{kept[0].name}",  # a newer one is what is looked at next
    )
    one = named[chosen]
    _mail(one)
    with st.expander("Read it here"):
        parts.show(Markup('<pre class="wb-log" tabindex="0">{}</pre>').format(text.clean(one.text)))
    with st.container(horizontal=True):
        _download(one.html_file, "Download as HTML", "text/html")
        _download(one.markdown_file, "Download as Markdown", "text/markdown")


def _mail(one: Kept) -> None:
    match one.mail.status:
        case "sent":
            remark = f"; {one.mail.error}" if one.mail.error else ""
            parts.quiet(f"Mailed at {text.when(one.mail.at)}{remark}.")
        case "waiting":
            why = f": {one.mail.error}" if one.mail.error else ""
            st.warning(text.literal(f"Not mailed yet{why}. The next refresh tries again."))


def _download(path: Path, label: str, mime: str) -> None:
    if path.is_file():
        st.download_button(
            label, path.read_bytes, file_name=path.name, mime=mime, key=f"searches:{path.name}", on_click="ignore"
        )
