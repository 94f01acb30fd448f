"""What each column means: its heading and samples beside the fields it feeds, all of it to be corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st
from markupsafe import Markup

from workbench.extraction_sheets import BadSheetMapping, Column, SheetMapping, Use, find_table, new_use
from workbench.extraction_sheets.cell_text import PARTS
from workbench.extraction_sheets.trial_places import THIS_ARM, is_trial_target, trial_place
from workbench.forms import Form
from workbench.review import ReviewDefinition
from workbench.ui import context, faults, parts, text
from workbench.ui.extraction_sheets import fields, opened
from workbench.ui.extraction_sheets.opened import Opened

CLEAR, LIKELY = 0.9, 0.7  # from which confidence a proposal is called so
MANY = 16  # columns from which those that are clear are folded away


def show(held: Opened, forms: Mapping[str, Form], review: ReviewDefinition) -> None:
    """One line for each column with something in it."""
    table, mapping = held.table, held.mapping
    names = fields.targets(mapping, forms)
    read = {use.column for use in mapping.uses}
    filled = [column for column in table.columns if column.filled or column.label in read]
    unread = [column for column in filled if column.label not in read]
    st.subheader("What the columns mean", anchor=False)
    how = "as remembered for these headings" if held.origin == "remembered" else "as proposed"
    parts.quiet(
        f"{len(filled) - len(unread)} of {len(filled)} columns are read, {how}. Correct what is wrong: choose other "
        "fields, or none for a column that is not to be read. A column can feed several fields."
    )
    both = fields.for_the_trial(mapping, forms)
    clear = [column for column in filled if len(filled) > MANY and _is_clear(mapping.uses_of(column.label))]
    for column in filled:
        if column not in clear:
            _line(held, column, mapping.uses_of(column.label), names, both)
    if clear:
        with st.expander(
            f"{len(clear)} column{'' if len(clear) == 1 else 's'} whose meaning is clear",
            key=f"sheets:clear:{held.file_id}",
        ):
            for column in clear:
                _line(held, column, mapping.uses_of(column.label), names, both)
    _details(held, names, forms, review)


def _line(held: Opened, column: Column, uses: Sequence[Use], names: Mapping[str, str], both: frozenset[str]) -> None:
    left, middle, right = st.columns([3, 5, 3])
    with left:
        samples = " · ".join(column.samples) or "only signs that stand for empty"
        heading = column.label if column.named else "no heading"
        parts.show(
            Markup('<div><strong>{}</strong> {} <span class="wb-quiet">({} filled)</span><br>{}</div>').format(
                column.letters, text.one_line(heading, 60), column.filled, _quiet(text.one_line(samples, 110))
            )
        )
    chosen = list(dict.fromkeys(use.field for use in uses))
    key = f"sheets:column:{held.file_id}:{held.mapping.sheet}:{column.number}"
    st.session_state[key] = chosen
    middle.multiselect(
        f"Column {column.letters} means",
        [*names, *(field for field in chosen if field not in names)],
        format_func=lambda name: text.literal(text.one_line(names.get(name, name), 70)),
        placeholder="Not read",
        filter_mode="contains",  # and nothing that takes all that match with one press of Enter
        select_all=False,
        key=key,
        on_change=_choose,
        args=(held.file_id, column.label, key),
    )
    with right:
        parts.show(_reason(uses, both))


def _is_clear(uses: Sequence[Use]) -> bool:
    """Whether all that a column feeds was proposed with confidence; what somebody corrected stays in sight."""
    return bool(uses) and all(CLEAR <= use.confidence < 1 for use in uses)


def _quiet(words: str) -> Markup:
    return Markup('<span class="wb-quiet">{}</span>').format(text.clean(words))


def _reason(uses: Sequence[Use], both: frozenset[str]) -> Markup:
    if not uses:
        return _quiet("Not read; its cells are counted.")
    least = min(use.confidence for use in uses)
    words = "as you said" if least == 1 else "clear" if least >= CLEAR else "likely" if least >= LIKELY else "a guess"
    mark = text.badge(words, "good" if least >= LIKELY else "warning")
    reasons = dict.fromkeys(use.reason for use in uses if use.reason)
    trial = any(use.field in both or is_trial_target(use.field) for use in uses)
    marks = text.join([mark, *([text.badge("for the trial too")] if trial else [])], " ")
    return Markup("{} {}").format(marks, _quiet(text.one_line("; ".join(reasons), 130)))


@faults.callback
def _choose(file_id: str, column: str, key: str) -> None:
    """Other fields for a column: what stood there stays as it was, what is new gets its words proposed."""
    held = opened.current()
    if held is None or held.file_id != file_id:
        return
    chosen: list[str] = list(st.session_state.get(key) or [])
    uses = [use for use in held.mapping.uses_of(column) if use.field in chosen]
    known = {use.field for use in uses}
    added = [
        new_use(held.table, column, field, context.forms(), context.review()) for field in chosen if field not in known
    ]
    opened.change(held.mapping.with_uses(column, (*uses, *added)))


# -------------------------------------------------------------------------------------------------------------- details


def _details(held: Opened, names: Mapping[str, str], forms: Mapping[str, Form], review: ReviewDefinition) -> None:
    with st.expander("Parts of cells, and how the sheet is read", key=f"sheets:details:{held.file_id}"):
        _parts(held, names)
        _reading(held, forms, review)


def _parts(held: Opened, names: Mapping[str, str]) -> None:
    labels = [f"{use.column} → {names.get(use.field, use.field)}" for use in held.mapping.uses]
    if not labels:
        return
    place = st.selectbox(
        "Take a part of the cells of",
        range(len(labels)),
        format_func=lambda number: text.literal(text.one_line(labels[number], 90)) if number < len(labels) else "",
        key=f"sheets:part of:{held.file_id}:{held.mapping.sheet}",
    )
    use = held.mapping.uses[place if isinstance(place, int) and place < len(labels) else 0]
    key = f"sheets:part:{held.file_id}:{use.column}:{use.field}:{use.block}"
    st.session_state[key] = use.part
    st.selectbox(
        "Part that is taken",
        list(PARTS),
        format_func=lambda part: text.literal(PARTS[part][0]),
        key=key,
        on_change=_set_part,
        args=(held.file_id, use, key),
    )


@faults.callback
def _set_part(file_id: str, use: Use, key: str) -> None:
    held = opened.current()
    if held is None or held.file_id != file_id:
        return
    changed = replace(use, part=st.session_state[key], confidence=1.0, reason="chosen by hand")
    uses = tuple(changed if each == use else each for each in held.mapping.uses)
    opened.change(replace(held.mapping, uses=uses))


ROWS = {
    "result": "one result: two arms compared",
    "arm": "one arm",
    "trial": "one trial: it gives no result",
}


def _reading(held: Opened, forms: Mapping[str, Form], review: ReviewDefinition) -> None:
    trial_forms = [form for form in forms.values() if form.scope == "trial"]
    mapping, key = held.mapping, f"sheets:reading:{held.file_id}:{held.mapping.sheet}"
    with st.form(key, border=False):
        left, right = st.columns(2)
        heads = left.text_input(
            "Rows with the headings",
            value=", ".join(map(str, held.table.header_rows)),
            help="One row, or two where the upper one groups the lower",
            key=f"{key}:heads",
        )
        out = right.text_input(
            "Rows to leave out",
            value=", ".join(map(str, mapping.left_out_rows)),
            placeholder="12, 15",
            key=f"{key}:out",
        )
        row_is = left.selectbox(
            "One row is",
            list(ROWS) if trial_forms else ["result", "arm"],
            index=list(ROWS).index(mapping.row_is),
            format_func=lambda each: ROWS[each],
            key=f"{key}:row is",
        )
        shared = right.selectbox(
            "Comparator arms in several rows",
            ["", "whole", "already divided"],
            index=["", "whole", "already divided"].index(mapping.shared_comparator),
            format_func=lambda each: {
                "": "are not looked for",
                "whole": "are entered whole",
                "already divided": "are already divided among the rows",
            }[each],
            key=f"{key}:shared",
        )
        change = left.checkbox(
            "Take changes from baseline instead of final values",
            value=mapping.change_scores is not None,
            help="Worked out from the means and SDs before and after; marked approximate, the formula is kept",
            key=f"{key}:change",
        )
        held_r = mapping.change_scores.correlation if mapping.change_scores else review.extraction.crossover_r
        correlation = right.number_input(
            "Correlation of before and after (assumed)", -1.0, 1.0, value=held_r, step=0.05, key=f"{key}:r"
        )
        also = [
            form.form
            for form in trial_forms
            if left.checkbox(
                text.literal(f"Fill in “{text.one_line(form.title, 60)}” as well"),
                value=form.form in mapping.trial_forms,
                help="Once for each study, from all of its rows; what rows disagree on is left empty and listed",
                key=f"{key}:trial:{form.form}",
            )
        ]
        if st.form_submit_button("Read the sheet like this"):
            changes = {"row_is": row_is or "result", "shared_comparator": shared or "", "trial_forms": also}
            _read_like_this(held, heads, out, changes, correlation if change else None)


def _read_like_this(
    held: Opened, heads: str, out: str, changes: Mapping[str, object], correlation: float | None
) -> None:
    rows, left = _numbers(heads), _numbers(out)
    if rows is None or left is None:
        st.error("Write row numbers with commas between them, such as 1, 2.")
        return
    document = held.mapping.as_dict() | {
        "header_rows": list(rows) or None,
        "left_out_rows": list(left),
        **changes,
        "change_scores": None if correlation is None else {"correlation": correlation},
    }
    try:
        mapping = SheetMapping.from_dict(document)
        labels = {column.label for column in find_table(held.grid.sheet(mapping.sheet), rows or None, left).columns}
    except BadSheetMapping as error:
        faults.show(str(error))
        return
    # other headings, or no trial's form: what was said of columns and fields that are not there any more is let go
    uses = (use for use in mapping.uses if use.column in labels and _can_stay(use.field, mapping))
    kept = {key: answer for key, answer in mapping.constants.items() if _can_stay(key, mapping)}
    opened.change(replace(mapping, uses=tuple(uses), constants=kept))
    st.rerun()


def _can_stay(target: str, mapping: SheetMapping) -> bool:
    place = trial_place(target) if is_trial_target(target) else None
    if place is None:
        return True
    return place.form in mapping.trial_forms and (place.row != THIS_ARM or mapping.row_is == "arm")


def _numbers(typed: str) -> tuple[int, ...] | None:
    pieces = [piece.strip() for piece in typed.split(",") if piece.strip()]
    if not all(piece.isdecimal() and 0 < int(piece) < 2_000_000 for piece in pieces if len(piece) < 9):
        return None
    return tuple(sorted({int(piece) for piece in pieces if len(piece) < 9}))
