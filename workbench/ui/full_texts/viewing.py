"""A full text on the page: a PDF in its viewer, anything else as plain text; and the file itself to take along."""

from __future__ import annotations

import threading
from collections import OrderedDict

import streamlit as st
from markupsafe import Markup

from workbench.full_texts import KINDS, FullTextError, asks_for_password, plain_text, text_parts
from workbench.store import FullText, Store, StoreError
from workbench.ui import context, faults, parts, text
from workbench.ui.import_cards import size_words

HEIGHT = "full-texts:height"
HEIGHTS = {"Low": 420, "Middle": 700, "High": 1000, "Very high": 1500}  # pixels
HELD = 150_000_000  # bytes of files that the process keeps at hand


SCRIPT = """<script>
(() => {
  if (window.wbPdf) return;
  window.wbPdf = true;
  setInterval(() => {
    for (const host of document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')) {
      const pages = host.shadowRoot && host.shadowRoot.querySelector('[data-testid="pdf-content"]');
      if (!pages || pages.tabIndex === 0) continue;
      pages.tabIndex = 0;
      const style = document.createElement('style');
      style.textContent = '[class*="_virtualItem"] { left: 0 !important; right: 0; margin: 0 auto; }';
      pages.append(style);
    }
  }, 700);
})();
</script>"""
"""What the viewer forgets: the keyboard reaches the pages of a PDF and scrolls them in every browser, and a page that
is hardly narrower than its column is not pushed out of it by a margin on its left."""


class _Held:
    """The files that were looked at last, so that a page that is drawn again need not fetch them again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def bytes_of(self, store: Store, full_text: FullText) -> bytes:
        """The bytes of a file; raises StoreError where they cannot be had."""
        key = (store.name, full_text.sha256)
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
                return self._files[key]
        content = store.full_text_bytes(full_text.id)
        with self._lock:
            self._files[key] = content
            while len(self._files) > 1 and sum(map(len, self._files.values())) > HELD:
                self._files.popitem(last=False)
        return content


_held = _Held()


def bytes_of(full_text: FullText) -> bytes:
    """A file as it was uploaded."""
    return held_bytes(context.store(), full_text)


def held_bytes(store: Store, full_text: FullText) -> bytes:
    """A file as it was uploaded, of this store; raises StoreError where it cannot be had."""
    return _held.bytes_of(store, full_text)


def kind_name(full_text: FullText) -> str:
    """What kind of file it is, for a reviewer."""
    kind = KINDS.get(full_text.media_type)
    return kind.name if kind else full_text.media_type


def described(full_text: FullText) -> str:
    """A file on one line."""
    return f"{text.one_line(full_text.name, 80)} ({kind_name(full_text)}, {size_words(full_text.size)})"


def show_full_texts(texts: tuple[FullText, ...], *, key: str) -> None:
    """The files of a report, one of them open. key: names the widgets; not the same twice on one page."""
    names = {each.id: each for each in texts}
    chosen = texts[0]
    if len(texts) > 1:
        picked = st.selectbox(
            "File",
            list(names),
            format_func=lambda item: text.one_line(names[item].name, 80) if item in names else item,
            key=f"{key}:file",
        )
        chosen = names.get(picked, chosen)
    show_full_text(chosen, key=key)


def show_full_text(full_text: FullText, *, key: str) -> None:
    """One file: who added it, its pages or its words, and the file itself."""
    parts.quiet(f"{described(full_text)}, added by {context.display_name(full_text.by)} on {text.day(full_text.at)}")
    try:
        content = bytes_of(full_text)
    except StoreError as error:
        faults.show(str(error))
        return
    if full_text.media_type == "application/pdf" and _is_locked(full_text.sha256, content):
        st.warning("This PDF is locked with a password: it cannot be shown here. Add an unlocked copy, or download it.")
    elif full_text.media_type == "application/pdf":
        height = height_for(key)
        st.html(SCRIPT, unsafe_allow_javascript=True)
        st.pdf(content, height=height, key=f"{key}:pdf:{full_text.id}", alt=f"Full text: {text.clean(full_text.name)}")
    else:
        _words(full_text, height_for(key), key=key)
    st.download_button(
        "Download the file",
        data=content,
        file_name=_download_name(full_text),
        mime="application/octet-stream",  # no browser opens it by itself
        key=f"{key}:download:{full_text.id}",
        on_click="ignore",
        type="tertiary",
    )


def height_for(key: str) -> int:
    """How tall the viewer is; kept for the reviewer."""
    reviewer, store = context.known_reviewer_name(), context.store()
    widget = f"{key}:height"
    if st.session_state.get(widget) not in HEIGHTS:
        kept = store.preference(reviewer, HEIGHT)
        st.session_state[widget] = kept if kept in HEIGHTS else "Middle"
    chosen = st.segmented_control(
        "Height",
        list(HEIGHTS),
        required=True,
        key=widget,
        on_change=_keep_height,
        args=(reviewer, widget),
        help="How much of the text is on the page at once; kept for you",
    )
    return HEIGHTS.get(chosen or "", 700)


@faults.callback
def _keep_height(reviewer: str, widget: str) -> None:
    context.store().set_preference(reviewer, HEIGHT, st.session_state.get(widget))


@st.cache_data(show_spinner=False, max_entries=500)
def _is_locked(sha256: str, _content: bytes) -> bool:  # noqa: ARG001 - the cache's key
    return asks_for_password(_content)


@st.cache_data(show_spinner=False, max_entries=12)
def _parts_of(sha256: str, _content: bytes) -> tuple[tuple[str, ...], str]:  # noqa: ARG001 - the cache's key
    """The words of a file in parts, and what to say where there are none."""
    try:
        found = plain_text(_content)
    except FullTextError as error:
        return (), str(error)
    return text_parts(found), "" if found else "The file holds no text that can be shown. Download it to read it."


def _words(full_text: FullText, height: int, *, key: str) -> None:
    pieces, problem = _parts_of(full_text.sha256, bytes_of(full_text))
    if problem:
        st.warning(text.literal(problem))
        return
    number = 1
    if len(pieces) > 1:
        number = st.pagination(len(pieces), key=f"{key}:part:{full_text.id}")
        parts.quiet(f"Part {number} of {len(pieces)}. The words of the file, without its figures.")
    else:
        parts.quiet("The words of the file, without its figures.")
    lines = [line for line in pieces[number - 1].split("\n") if line.strip()]
    with st.container(height=height, border=True):
        parts.show(
            Markup('<div class="wb-abstract" lang="">{}</div>').format(
                text.join(Markup("<p>{}</p>").format(text.clean(line)) for line in lines)
            )
        )


def _download_name(full_text: FullText) -> str:
    """The file's own name with the ending of what it is: a web page that is called .pdf is none."""
    kind = KINDS.get(full_text.media_type)
    name = "".join(letter if letter.isalnum() or letter in " ._-()" else "_" for letter in full_text.name).strip(". ")
    if kind is None or name.lower().endswith(kind.suffix):
        return name or "full text"
    return f"{name or 'full text'}{kind.suffix}"
