"""What a sheet's columns probably mean: a mapping to begin with, each part of it with its reason and how sure it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz, process

from workbench.extraction_sheets.cell_text import folded, part_of
from workbench.extraction_sheets.errors import BadSheetMapping
from workbench.extraction_sheets.grid import Grid
from workbench.extraction_sheets.guessing_words import guess_outcome, guess_words
from workbench.extraction_sheets.heading_words import Heading, plain, read_heading
from workbench.extraction_sheets.mapping import Block, SheetMapping, Use
from workbench.extraction_sheets.proposing_trial import with_trial, words_of_trial
from workbench.extraction_sheets.table_finding import Column, Table, find_table
from workbench.extraction_sheets.trial_places import is_trial_target
from workbench.extraction_sheets.usual_headings import BY_NAME, RISK_OF_BIAS, TRIAL_BY_NAME
from workbench.extraction_sheets.what_is_not_said import constants_of, field_of, fill_down, shared_comparator
from workbench.forms import (
    ChoiceField,
    CountField,
    Form,
    MultiChoiceField,
    NumberField,
    YesNoUnclearField,
)
from workbench.review import ReviewDefinition

KINDS = ("parallel_means", "crossover_means", "events", "estimate")
"""Kinds of forms that a row of a sheet can be, in the order in which they are tried."""

_RUNNING = re.compile(r"(.*?\D)\s*(\d{1,2})")


def propose_mapping(
    grid: Grid, forms: Mapping[str, Form], review: ReviewDefinition, *, sheet: str | None = None
) -> SheetMapping:
    """A mapping to begin with. forms: the review's, its own options filled in. sheet: the first with a table if None.

    Nothing is hidden: a column about which nothing can be said has no use, and is then listed as not read.
    """
    if sheet is not None and sheet not in {each.name for each in grid.sheets}:
        known = ", ".join(repr(each.name) for each in grid.sheets)
        raise BadSheetMapping(f"{grid.name} has no sheet {sheet!r}; it has {known}")
    chosen = grid.sheet(sheet) if sheet is not None else _best_sheet(grid)
    table = find_table(chosen)
    usable = _usable_forms(forms)
    uses, blocks = _uses(table, usable, review)
    constants, reasons = constants_of(table, uses, usable, review)
    mapping = SheetMapping(
        sheet=chosen.name,
        columns=tuple(column.label for column in table.columns),
        forms=tuple(form.form for form in usable),
        uses=tuple(uses),
        constants=constants,
        reasons=reasons,
        row_is="arm" if any(use.field == "_arm" for use in uses) else "result",
        blocks=tuple(blocks),
        fill_down=fill_down(table, uses),
    )
    mapping = replace(mapping, shared_comparator=shared_comparator(table, mapping))
    return with_trial(mapping, table, forms, review)


def new_use(table: Table, column: str, field: str, forms: Mapping[str, Form], review: ReviewDefinition) -> Use:
    """A meaning that a person gives a column: with what its words probably stand for, where the field has options."""
    use = Use(column=column, field=field, reason="chosen by hand")
    if is_trial_target(field):
        return words_of_trial(use, table, forms, review)
    return _with_words(use, table, _usable_forms(forms), review)


def _best_sheet(grid: Grid) -> Any:
    """The sheet with the most cells that is not hidden."""
    shown = [sheet for sheet in grid.sheets if not sheet.hidden] or list(grid.sheets)
    return max(shown, key=lambda sheet: len(sheet.cells))


def _usable_forms(forms: Mapping[str, Form]) -> tuple[Form, ...]:
    found = [form for kind in KINDS for form in forms.values() if form.kind == kind]
    return tuple(found)


# -------------------------------------------------------------------------------------------------------------- columns


def _uses(table: Table, forms: Sequence[Form], review: ReviewDefinition) -> tuple[list[Use], list[Block]]:
    headings = {column.label: read_heading(column.label) for column in table.columns if column.named}
    by_arm = _one_arm_a_row(table, headings)
    groups = _blocks_of(table, headings)
    uses: list[Use] = []
    taken: set[tuple[str, str]] = set()
    for column in table.columns:
        heading = headings.get(column.label)
        block = groups.get(column.label, "")
        found = _number_use(column, heading, block, by_arm=by_arm) or _named_uses(column, forms)
        for use in found:
            if (use.field, use.block) in taken and not use.append and use.field in _ONCE:
                continue
            taken.add((use.field, use.block))
            uses.append(_with_words(use, table, forms, review))
    _name_study(table, uses)
    _name_first_column(table, uses)
    _name_active_arm(uses)
    _label_parts(table, uses, forms, review)
    if by_arm:
        _arm_column(table, uses, forms, review)
    blocks = [Block(key=key, constants=_block_constants(key, review)) for key in dict.fromkeys(groups.values()) if key]
    return uses, blocks


_ONCE = frozenset({"study_label", "outcome", "time_label", "estimate", "estimate_se", "direction", "design"})


def _one_arm_a_row(table: Table, headings: Mapping[str, Heading | None]) -> bool:
    """Whether the numbers have no arm in their headings, and a column tells arms apart."""
    numbers = [heading for heading in headings.values() if heading is not None]
    if any(heading.arm for heading in numbers) or not {"mean", "events"} & {heading.statistic for heading in numbers}:
        return False
    return any(_arm_share(table, column) >= 0.8 for column in table.columns)


def _arm_share(table: Table, column: Column) -> float:
    """The share of a column's rows whose text names an arm; 0 unless both arms occur."""
    if column.numbers or not column.filled or len(table.rows) < 2:
        return 0.0
    texts = table.texts(column)
    words = guess_words("_arm", None, texts, _NO_REVIEW)
    if set(words.values()) != {"active", "comparator"}:
        return 0.0
    return sum(count for text, count in texts.items() if text in words) / len(table.rows)


_NO_REVIEW: Any = None  # guessing arms asks nothing of a review


def _arm_column(table: Table, uses: list[Use], forms: Sequence[Form], review: ReviewDefinition) -> None:
    best = max(table.columns, key=lambda column: _arm_share(table, column))
    words = guess_words("_arm", None, table.texts(best), review)
    uses[:] = [use for use in uses if use.column != best.label or use.field == "study_label"]
    uses.append(Use(column=best.label, field="_arm", words=words, confidence=0.7, reason="its words name the two arms"))
    uses.append(Use(column=best.label, field="_arm_label", confidence=0.7, reason="it names the arm"))
    if field_of(forms, "sham_type") is not None:
        texts = [text for text in table.texts(best) if words.get(text) == "comparator"]
        found = guess_words("sham_type", field_of(forms, "sham_type"), texts, review)
        blank = {text: None for text in table.texts(best) if text not in found}
        uses.append(
            Use(column=best.label, field="sham_type", words=blank | found, confidence=0.4, reason="as it is named")
        )


def _number_use(column: Column, heading: Heading | None, block: str, *, by_arm: bool) -> list[Use]:
    if heading is None or (column.words and not column.numbers and not _compound(column)):
        return []
    if not by_arm and not heading.arm:
        return []
    target = _target(heading, by_arm=by_arm)
    if target is None:
        return []
    words = [heading.statistic.upper() if heading.statistic in ("sd", "se", "n") else heading.statistic]
    words += [heading.arm] if heading.arm else []
    words += {"pre": ["before treatment"], "change": ["change from baseline"]}.get(heading.time, [])
    sure = heading.sure if column.filled else heading.sure / 2
    reason = f"the heading reads as: {', '.join(words)}"
    compound = _compound(column)
    uses = [
        Use(
            column=column.label,
            field=target,
            part="first number" if compound else "",
            block=block,
            confidence=sure - (0.2 if compound else 0.0),
            reason=reason + ("; the cells hold several numbers" if compound else ""),
        )
    ]
    if compound and heading.statistic == "mean":
        spread = (
            target.replace("baseline_mean", "baseline_sd")
            .replace("mean_", "spread_")
            .replace("_arm_mean", "_arm_spread")
        )
        uses.append(replace(uses[0], field=spread, part="second number"))
    if compound and heading.statistic == "events" and heading.arm:
        uses.append(replace(uses[0], field=f"n_{heading.arm}", part="second number", confidence=0.5))
    return uses


def _compound(column: Column) -> bool:
    """Whether cells hold a number and another behind it: "7.2 ± 0.8", "7.2 (0.8)", "19/27"."""
    return bool(column.samples) and all(
        re.fullmatch(r"\s*[-−]?\d+(?:[.,]\d+)?\s*(?:±|\+/-|\+-|\(|\[|/|SD).*\d.*", text) for text in column.samples
    )


def _target(heading: Heading, *, by_arm: bool) -> str | None:
    statistic, arm, before = heading.statistic, heading.arm, heading.time == "pre"
    if by_arm:
        known = {"n": "_arm_n", "events": "_arm_events"}
        if statistic in ("mean", "sd", "se"):
            kind = "mean" if statistic == "mean" else "sd" if before else "spread"
            return f"_arm_baseline_{kind}" if before else f"_arm_{kind}"
        return None if before else known.get(statistic)
    if statistic == "mean":
        return f"baseline_mean_{arm}" if before else f"mean_{arm}"
    if statistic in ("sd", "se"):
        if before:
            return f"baseline_sd_{arm}" if statistic == "sd" else None
        return f"spread_{arm}"
    if before:
        return None
    if statistic in ("n", "events"):
        return f"{statistic}_{arm}"
    return f"_{statistic}_{arm}"


def _blocks_of(table: Table, headings: Mapping[str, Heading | None]) -> dict[str, str]:
    """Which columns stand side by side for several outcomes or times: label -> block, "" for what all share."""
    keyed: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for column in table.columns:
        heading = headings.get(column.label)
        if heading is None or not heading.arm or (column.words and not column.numbers and not _compound(column)):
            continue
        time = "" if heading.time == "post" else heading.time
        said = (heading.time_word if heading.time == "post" else "", *heading.rest)
        keyed.setdefault((heading.statistic, heading.arm, time), []).append(
            (column.label, " ".join(word for word in said if word))
        )
    if not any(len({name for _, name in found}) > 1 for found in keyed.values()):
        return {}
    groups = {label: name for found in keyed.values() for label, name in found}
    values: dict[str, set[str]] = {}
    for (statistic, _, time), found in keyed.items():
        for _, name in found:
            values.setdefault(name, set()).add("pre" if time == "pre" else statistic)
    real = {name for name, kinds in values.items() if kinds & {"mean", "events", "percent"}}
    return {label: (name if name in real else "") for label, name in groups.items()}


def _block_constants(key: str, review: ReviewDefinition) -> dict[str, Any]:
    constants: dict[str, Any] = {}
    outcome = guess_outcome(key, review)
    if outcome is not None:
        constants["outcome"] = outcome
    when = re.search(r"\d+ (?:day|week|month|d|w|wk|mo|h|hour|year)s?\b|(?:day|week|month|wk|w|d) \d+", key)
    constants["time_label"] = when[0] if when else key
    return constants


def _named_uses(column: Column, forms: Sequence[Form]) -> list[Use]:
    if not column.named:
        return []
    short = plain(column.label)
    target, sure, reason = "", 0.0, ""
    if short in BY_NAME:
        target, sure, reason = BY_NAME[short], 0.9, "a usual heading for it"
    elif short in {plain(name) for name in RISK_OF_BIAS} or short in TRIAL_BY_NAME:
        return []
    else:
        best = process.extractOne(short, list(BY_NAME), scorer=fuzz.ratio, score_cutoff=88) if len(short) > 3 else None
        if best is not None:
            target, sure, reason = BY_NAME[best[0]], 0.7, "close to a usual heading for it"
        else:
            labels = {field.key: field.label for form in forms for field in form.fields}
            close = process.extractOne(
                folded(column.label),
                {key: folded(label) for key, label in labels.items()} | {key: key.replace("_", " ") for key in labels},
                scorer=fuzz.token_sort_ratio,
                score_cutoff=85,
            )
            if close is not None:
                target, sure, reason = str(close[2]), 0.6, "close to the name of the form's field"
    if not target or (not target.startswith("_") and field_of(forms, target) is None):
        return []
    field = field_of(forms, target)
    if isinstance(field, CountField | NumberField) and column.words and not column.numbers:
        return []
    if target == "study_label" and column.numbers == column.filled and column.filled:
        return []
    uses = [Use(column=column.label, field=target, confidence=sure if column.filled else sure / 2, reason=reason)]
    beside = {
        "indication_detail": ("indications", "primary_indication"),
        "comparator_label": ("sham_type",),
        "outcome": ("instrument",),
        "direction": ("event_is",),
        "stim_target": ("stim_target_detail",),
        "time_label": ("days_after_treatment",),
    }
    for more in beside.get(target, ()):
        if field_of(forms, more) is not None:
            part = "days after treatment" if more == "days_after_treatment" else ""
            uses.append(
                Use(
                    column=column.label,
                    field=more,
                    part=part,
                    confidence=sure * 0.7,
                    reason=f"from the same words: {reason}",
                )
            )
    return uses


def _with_words(use: Use, table: Table, forms: Sequence[Form], review: ReviewDefinition) -> Use:
    """The use with what the column's words stand for, where its field has options."""
    field = field_of(forms, use.field)
    if use.field not in ("_form", "_arm") and not isinstance(field, ChoiceField | MultiChoiceField | YesNoUnclearField):
        return use
    column = table.column(use.column)
    if column is None or use.words:
        return use
    texts = dict.fromkeys(part_of(text, use.part) for text in table.texts(column))
    words = guess_words(use.field, field, [text for text in texts if text], review)
    if use.field == "event_is":  # the same column says which way is better for means
        words |= {text: None for text in texts if text and text not in words}
    if use.field == "direction":
        words |= {text: None for text in texts if text and re.search(r"\bevent", text, re.IGNORECASE)}
    if use.field == "statistic":
        words |= {text: None for text in texts if text and text not in words}
    return replace(use, words=words)


def _name_study(table: Table, uses: list[Use]) -> None:
    """A column whose heading has the word study or author among others, where none is called so."""
    if any(use.field == "study_label" for use in uses):
        return
    read = {use.column for use in uses}
    for column in table.columns:
        words = set(re.findall(r"[a-z]+", column.label.lower()))
        if (
            column.named
            and column.words
            and column.label not in read
            and words & {"study", "author", "trial", "authors"}
        ):
            reason = "its heading speaks of a study"
            uses.insert(0, Use(column=column.label, field="study_label", confidence=0.5, reason=reason))
            return


def _name_first_column(table: Table, uses: list[Use]) -> None:
    """A first column without a heading: groups of rows, perhaps time points of the same studies."""
    if not table.columns or table.columns[0].named or any(use.column == table.columns[0].label for use in uses):
        return
    first = table.columns[0]
    texts = table.texts(first)
    if first.numbers or not texts or first.filled < 0.5 * len(table.rows) or len(texts) > 0.6 * len(table.rows):
        return
    stems: dict[str, set[str]] = {}
    for text in texts:
        running = _RUNNING.fullmatch(text)
        if running:
            stems.setdefault(running[1].strip(), set()).add(running[2])
    reason = f"no heading; {len(texts)} texts that repeat: groups of rows"
    uses.append(Use(column=first.label, field="indication_detail", confidence=0.4, reason=reason))
    if any(len(numbers) > 1 for numbers in stems.values()) and not any(use.field == "time_label" for use in uses):
        running_stem = next(stem for stem, numbers in stems.items() if len(numbers) > 1)
        uses.append(
            Use(
                column=first.label,
                field="time_label",
                confidence=0.4,
                reason=f"no heading; “{running_stem}” comes with running numbers: time points, perhaps",
            )
        )


def _name_active_arm(uses: list[Use]) -> None:
    """The target names the active arm where nothing else does."""
    target = next((use for use in uses if use.field == "stim_target"), None)
    if target is not None and not any(use.field == "active_label" for use in uses):
        reason = "nothing else names the active arm"
        uses.append(Use(column=target.column, field="active_label", part=target.part, confidence=0.4, reason=reason))


def _label_parts(table: Table, uses: list[Use], forms: Sequence[Form], review: ReviewDefinition) -> None:
    """Where the study's column also holds the year and the arm, as in "Wang (2023) rTMS M1" or "Wang [rTMS M1]"."""
    place = next((index for index, use in enumerate(uses) if use.field == "study_label"), None)
    if place is None:
        return
    use = uses[place]
    column = table.column(use.column)
    texts = list(table.texts(column)) if column is not None else []
    if not texts:
        return
    square = sum(bool(part_of(text, "in square brackets")) for text in texts)
    after = sum(bool(part_of(text, "after the year")) for text in texts)
    if 2 * after > len(texts):
        parts = ("author and year", "after the year", "the cells go on after the year")
    elif square:
        parts = ("before brackets", "in square brackets", "cells have a part in [ ]")
    elif any(use.field == "_year" for use in uses) or not any(re.search(r"(19|20)\d\d", text) for text in texts):
        return
    else:
        uses[place] = replace(use, part="author and year", reason=f"{use.reason}; author and year")
        return
    whole, arm, why = parts
    uses[place] = replace(use, part=whole, reason=f"{use.reason}; {why}", confidence=min(use.confidence, 0.8))
    active = Use(column=use.column, field="active_label", part=arm, confidence=0.6, reason=why)
    uses.insert(0, active)  # before whatever else would name the arm
    target = field_of(forms, "stim_target")
    if target is not None and not any(other.field == "stim_target" for other in uses):
        words = guess_words("stim_target", target, dict.fromkeys(part_of(text, arm) for text in texts), review)
        if words:
            blank = {part_of(text, arm): None for text in texts if part_of(text, arm) not in words}
            uses.append(
                Use(column=use.column, field="stim_target", part=arm, words=blank | words, confidence=0.5, reason=why)
            )
