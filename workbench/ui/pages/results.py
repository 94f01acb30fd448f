"""Results: an analysis as a forest plot, in words and in tables, each number with its way back to the source."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from workbench.plots import ForestFigure, forest_layout, to_pdf_bytes, to_png_bytes, to_svg_bytes
from workbench.plots.numbers import effect_text, interval_text
from workbench.pooling import Model, Pool
from workbench.pooling.model import INTERVALS, METHODS
from workbench.reports import figure_html
from workbench.results import combined, forest_figure, trace
from workbench.results.figures import current_to, p_text
from workbench.review import ANY_TIME, MEASURES_OF, ReviewDefinition
from workbench.store import Store
from workbench.synthesis import (
    FLAGS,
    MODERATORS,
    Analysis,
    AnalysisResult,
    AnswerQuote,
    Contrast,
    EffectRow,
    Sensitivity,
    model_of,
    predicts,
)
from workbench.ui import alerting, analyses, context, faults, parts, refreshing, text
from workbench.ui.calculator import trail_view
from workbench.ui.extraction import choosing, quoting, value_history
from workbench.ui.sources import reading

TAU2 = ("REML", "DL", "PM", "CE")
CI = ("hksj", "wald")
ENGINES = {"workbench": "the workbench", "pythonmeta": "PythonMeta"}
SECOND_ENGINE: dict[bool | None, tuple[str, text.Tone]] = {
    None: ("Second engine: not offered", "plain"),
    True: ("Second engine agrees", "good"),
    False: ("Second engine differs", "error"),
}
LONGEST_FIGURE = 1100  # pixels on screen; the files have their own size


def page() -> None:
    """All indications at a glance, or one analysis with everything behind it."""
    parts.heading("Results")
    alerting.warn(alerting.current())
    store, review = context.store(), context.review()
    view = st.segmented_control(
        "Show",
        ["One analysis", "All indications"],
        default="One analysis",
        required=True,
        key="results:view",
        label_visibility="collapsed",
    )
    if view == "All indications":
        all_indications(review)
        return
    analysis = choose(review)
    if analysis is not None:
        show(store, review, analyses.made(analysis))


# --- what to pool and how ---------------------------------------------------------------------------------------------


def choose(review: ReviewDefinition) -> Analysis | None:
    """The analysis asked for; the review's own choices stand first."""
    indications = {item.key: item.label for item in review.indications}
    first, second, third = st.columns(3)
    indication = first.selectbox(
        "Indication", list(indications), format_func=lambda key: indications.get(key, key), key="results:indication"
    )
    outcomes = {key: review.outcome(key).label for key in review.indication(indication).outcomes}
    primary = list(outcomes).index(review.indication(indication).primary_outcome)
    outcome = second.selectbox(
        "Outcome",
        list(outcomes),
        index=primary,
        format_func=lambda key: outcomes.get(key, key),
        key=f"results:outcome:{indication}",
    )
    windows = {window.key: window.label for window in review.windows} | {ANY_TIME: review.window(ANY_TIME).label}
    window = third.selectbox(
        "Time after the end of treatment",
        list(windows),
        index=list(windows).index(review.window_of(outcome).key),
        format_func=lambda key: windows.get(key, key),
        key=f"results:window:{outcome}",
    )
    with st.expander("Measure, model and subgroups"):
        return _model(review, indication, outcome, window)


def _model(review: ReviewDefinition, indication: str, outcome: str, window: str) -> Analysis | None:
    definition, model = review.outcome(outcome), model_of(review)
    measures = MEASURES_OF[definition.kind]
    one, two, three = st.columns(3)
    measure = one.selectbox(
        "Effect measure", measures, index=measures.index(definition.measure), key=f"results:measure:{outcome}"
    )
    engine = two.selectbox(
        "Computed by", list(ENGINES), format_func=lambda key: ENGINES.get(key, key), key="results:engine"
    )
    # The second engine has fewer models: only those are offered with it.
    methods = TAU2 if engine == "workbench" else ("DL", "CE")
    tau2 = three.selectbox(
        "Model",
        methods,
        index=methods.index(model.tau2) if model.tau2 in methods else 0,
        format_func=lambda key: METHODS[key],
        key=f"results:tau2:{engine}",
    )
    intervals = CI if engine == "workbench" and tau2 != "CE" else ("wald",)
    interval = one.selectbox(
        "Interval",
        intervals,
        index=intervals.index(model.interval) if model.interval in intervals else 0,
        format_func=lambda key: INTERVALS[key],
        key=f"results:interval:{engine}:{tau2 == 'CE'}",
    )
    groups = ["", *MODERATORS]
    subgroup = two.selectbox(
        "Subgroups",
        groups,
        format_func=lambda key: MODERATORS[key].label if key in MODERATORS else "none",
        key="results:subgroup",
    )
    worked_out = three.toggle(
        "With results that were worked out",
        value="approximate" in review.synthesis.include_certainty,
        key="results:approximate",
        help="Results from p values, figures or assumed values; they are marked in the figure",
    )
    if definition.measure_reason and measure == definition.measure:
        parts.quiet(f"Why {measure}: {definition.measure_reason}")
    certainty = ("arm data", "approximate") if worked_out else ("arm data",)
    return Analysis(
        indication=indication,
        outcome=outcome,
        window=window,
        measure=measure,
        model=Model(tau2=tau2, interval=interval, level=review.model.level),
        engine="pythonmeta" if engine == "pythonmeta" else "workbench",
        exclude_flags=review.synthesis.exclude_flags,
        include_certainty=certainty,
        subgroup=subgroup or None,
    )


# --- one analysis -----------------------------------------------------------------------------------------------------


def show(store: Store, review: ReviewDefinition, result: AnalysisResult) -> None:
    """The statement, the figure, the tables, and the way back."""
    st.header(text.literal(f"{result.title}, {result.window_label.lower()}"), anchor=False)
    parts.show(Markup('<p class="wb-statement">{}</p>').format(text.clean(result.statement)))
    if result.warnings:
        parts.show(text.join(Markup('<div class="wb-problem">{}</div>').format(line) for line in result.warnings))
    waiting = analyses.in_work(result.analysis.indication)
    if waiting:
        studies = "study has results" if len(waiting) == 1 else "studies have results"
        parts.quiet(
            f"{len(waiting)} {studies} in work for this indication ({', '.join(waiting)}). They belong to no pool "
            "before the extractors have finished."
        )
    current = current_to(store.current_to(), result.analysis.indication)
    figure = forest_figure(result, review, current=current)
    if figure is None:
        parts.empty("There is nothing to draw for this analysis.", then=_why_nothing(result))
    else:
        _figure(figure, result)
        _downloads(figure, result)
    if result.cross_check is not None:
        _second_engine(result)
    _settings(result, current)
    if figure is not None:
        _rows_table(result)
    _heterogeneity(result)
    _sensitivities("The same analysis made in other ways", result.sensitivity, result)
    _sensitivities("Leaving out one trial at a time", result.leave_one_out, result)
    _excluded(result)
    if result.rows:
        _way_back(store, result.rows)


def _why_nothing(result: AnalysisResult) -> str:
    if not result.considered:
        return "No extracted result on this indication and outcome is agreed or settled yet."
    return "Results were considered, and none of them entered; the table below gives the reason for each."


def _figure(figure: ForestFigure, result: AnalysisResult) -> None:
    layout = forest_layout(figure)
    with st.container(key="forest"):
        st.image(to_svg_bytes(layout).decode("utf-8"), width=LONGEST_FIGURE, alt=text.clean(figure.description))
    parts.quiet(f"{result.title}. The same numbers stand in the table below.")


def _downloads(figure: ForestFigure, result: AnalysisResult) -> None:
    layout, name = forest_layout(figure), result.analysis.key

    def page() -> bytes:
        svg = to_svg_bytes(layout)
        return figure_html(figure, svg, statement=result.statement, warnings=result.warnings).encode()

    files = (
        ("SVG", "svg", "image/svg+xml", lambda: to_svg_bytes(layout)),
        ("PDF", "pdf", "application/pdf", lambda: to_pdf_bytes(layout)),
        ("PNG", "png", "image/png", lambda: to_png_bytes(layout)),
        ("Table (CSV)", "csv", "text/csv", lambda: analyses.figure_csv(figure)),
        ("Page (HTML)", "html", "text/html", page),
    )
    with st.container(horizontal=True, gap="small"):
        for label, ending, mime, make in files:
            st.download_button(
                label,
                data=make,
                file_name=f"{name}.{ending}",
                mime=mime,
                key=f"download:{ending}:{name}",
                on_click="ignore",
            )


def _second_engine(result: AnalysisResult) -> None:
    check = result.cross_check
    if check is None:
        return
    tone: text.Tone = "plain" if not check.offered else "good" if check.agrees else "error"
    word = (
        "Second engine: not offered"
        if not check.offered
        else "Second engine agrees"
        if check.agrees
        else "Second engine differs"
    )
    parts.show(
        Markup("<p>{} {}</p>").format(text.badge(word, tone), text.clean(" ".join((check.statement, *check.notes))))
    )


def _settings(result: AnalysisResult, current: str) -> None:
    parts.show(
        Markup('<p class="wb-figure-note">{} Search current to {}.</p>').format(
            text.clean(result.settings), current or "no complete search yet"
        )
    )


def _effect(result: AnalysisResult, estimate: float | None, low: float | None, high: float | None) -> str:
    return effect_text(estimate, low, high, ratio=result.ratio) if estimate is not None else "–"


def _rows_table(result: AnalysisResult) -> None:
    weights: Sequence[float | None] = [None] * len(result.rows) if result.pool is None else list(result.pool.weights)
    effect = f"{result.analysis.measure} [{result.analysis.model.level:g}% CI]"
    rows: list[tuple[object, ...]] = [
        (
            row.label,
            row.arms[0] or "–",
            row.arms[1] or "–",
            _effect(result, row.yi, *_bounds(result, row)),
            text.number(weight, 1) if weight is not None else "–",
            row.note,
            text.join((text.badge(mark, "warning") for mark in _marks(row)), " "),
        )
        for row, weight in zip(result.rows, weights, strict=True)
    ]
    if result.pool is not None:
        pool = result.pool
        rows.append(
            ("Pooled", "", "", _effect(result, pool.estimate, pool.ci_low, pool.ci_high), "100.0", _pool_name(pool), "")
        )
        if predicts(result) and pool.method != "CE":
            interval = interval_text(pool.pi_low, pool.pi_high, ratio=result.ratio)
            rows.append(
                ("Prediction interval", "", "", interval, "", "where the true effect of a new trial may lie", "")
            )
    parts.show(
        text.table(
            (
                "Study",
                "Active",
                "Comparator",
                effect,
                "Weight %",
                "How computed",
                "Marks",
            ),
            rows,
            caption=f"{result.title}: the figure as a table",
            numbers=(1, 2, 3, 4),
        )
    )


def _bounds(result: AnalysisResult, row: EffectRow) -> tuple[float, float]:
    return analyses.row_interval(row, result.analysis.model.level)


def _pool_name(pool: Pool) -> str:
    return METHODS.get(pool.method, pool.method)


def _marks(row: EffectRow) -> list[str]:
    marks = ["worked out"] if row.approximate else []
    return marks + [FLAGS[flag.code].label for flag in row.contrast.flags if flag.level == "warning"]


def _heterogeneity(result: AnalysisResult) -> None:
    pool = result.pool
    if pool is None:
        return
    with st.expander("Heterogeneity and tests"):
        letter = "z" if pool.df is None else f"t ({pool.df} degrees of freedom)"
        parts.show(
            text.facts(
                {
                    "Trials, results": f"{len(result.studies)}, {pool.k}",
                    "Participants": None if result.participants is None else f"{result.participants:g}",
                    "Overall effect": f"{letter} = {text.number(pool.statistic)}, {p_text(pool.p)}",
                    "τ²": _with_interval(pool.tau2, pool.tau2_low, pool.tau2_high),
                    "I²": "–" if pool.i2 is None else f"{text.number(pool.i2, 1)}%",
                    "H²": text.number(pool.h2),
                    "Q": f"{text.number(pool.q)} with {pool.q_df} degrees of freedom, {p_text(pool.q_p)}",
                }
            )
        )
        if result.subgroups:
            parts.show(
                text.table(
                    ("Subgroup", "Results", result.analysis.measure, "τ²", "I² %"),
                    (
                        (
                            group.name,
                            group.pool.k,
                            _effect(result, group.pool.estimate, group.pool.ci_low, group.pool.ci_high),
                            text.number(group.pool.tau2, 3),
                            text.number(group.pool.i2, 0),
                        )
                        for group in result.subgroups
                    ),
                    caption="Subgroups",
                    numbers=range(1, 5),
                )
            )
            test = result.subgroup_test
            if test is not None and test.q is not None:
                parts.quiet(f"Between subgroups: Q({test.df}) = {text.number(test.q)}, {p_text(test.p)}")


def _with_interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None:
        return text.number(value, 3)
    return f"{text.number(value, 3)} ({text.number(low, 3)} to {text.number(high, 3) if high is not None else '∞'})"


def _sensitivities(title: str, runs: Sequence[Sensitivity], result: AnalysisResult) -> None:
    if not runs:
        return
    with st.expander(title):
        parts.show(
            text.table(
                ("Analysis", result.analysis.measure, "k", "τ²", "Without"),
                (
                    (
                        run.name,
                        _effect(result, run.pool.estimate, run.pool.ci_low, run.pool.ci_high)
                        if run.pool is not None
                        else run.note or "too few trials",
                        run.pool.k if run.pool is not None else None,
                        text.number(run.pool.tau2, 3) if run.pool is not None else None,
                        ", ".join(run.dropped) or "–",
                    )
                    for run in runs
                ),
                caption=title,
                numbers=(1, 2, 3),
            )
        )


def _excluded(result: AnalysisResult) -> None:
    if not result.excluded:
        return
    with st.expander(f"Considered and not in this pool: {len(result.excluded)} of {result.considered}"):
        parts.show(
            text.table(
                ("Study", "Comparison", "Time", "Why not"),
                (
                    (
                        item.contrast.study_label,
                        " – ".join(filter(None, (item.contrast.active_label, item.contrast.comparator_label))),
                        item.contrast.time_label,
                        item.reason,
                    )
                    for item in result.excluded
                ),
                caption="Every result on this indication and outcome that is not in the pool, with the reason",
            )
        )


# --- the way back -----------------------------------------------------------------------------------------------------


def _way_back(store: Store, rows: Sequence[EffectRow]) -> None:
    """One row of the figure, followed back to the quoted sentence and to the search that found its report."""
    st.header("Where a number comes from", anchor=False)
    chosen = st.selectbox(
        "Row of the figure",
        range(len(rows)),
        index=None,
        format_func=lambda place: (
            f"{rows[place].label} – {rows[place].contrast.time_label}" if place < len(rows) else ""
        ),
        placeholder="Choose a row",
        key=f"results:row:{hash(tuple(row.contrast.id for row in rows))}",
    )
    if chosen is None:
        return
    row = rows[chosen]
    contrast, back = row.contrast, trace(store, row)
    whole = AnswerQuote(path="", quote=contrast.quote, page=contrast.page, full_text=contrast.full_text)
    quote = Markup('<blockquote class="wb-quote">{}</blockquote>').format(text.clean(contrast.quote))
    with st.container(border=True):
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Open its form",
                key=f"results:open:{contrast.id}",
                on_click=_open_form,
                args=(contrast, context.known_reviewer_name(), None),
            )
            if contrast.quote:
                st.button(
                    "Show the quote in the report",
                    key=f"results:quote:{contrast.id}",
                    on_click=_open_form,
                    args=(contrast, context.known_reviewer_name(), whole),
                )
        parts.show(
            text.facts(
                [
                    ("Effect", f"{row.yi:.6g} with variance {row.vi:.6g} on the analysis scale"),
                    ("How computed", row.note),
                    ("Numbers as extracted", _numbers(contrast)),
                    ("Spread", contrast.spread_kind),
                    ("Comparison", f"{contrast.active_label} against {contrast.comparator_label}"),
                    ("Instrument and time", ", ".join(filter(None, (contrast.instrument, contrast.time_label)))),
                    ("Certainty", f"{contrast.certainty}. {contrast.certainty_note}".strip()),
                    ("Quoted", quote if contrast.quote else ""),
                    ("Place", contrast.page),
                    ("Source", text.source_place(contrast.source_address)),
                    ("Form", f"{contrast.form}, version {contrast.form_version}"),
                ]
            )
        )
        _answer_quotes(contrast)
        if contrast.flags:
            parts.show(text.join(Markup('<div class="wb-problem">{}</div>').format(f.message) for f in contrast.flags))
        if row.derivation is not None:
            with st.expander(f"Every step of the computation ({len(row.derivation.steps)})"):
                trail_view.steps(row.derivation)
                trail_view.downloads(row.derivation, context.review().model.level)
        parts.show(
            text.table(
                ("Who", "When", "As", "Revision", "Remark"),
                (
                    (
                        context.display_name(item.extractor),
                        text.when(item.recorded_at),
                        item.role,
                        item.revision,
                        item.note,
                    )
                    for item in back.extractions
                ),
                caption="Extractions that these numbers rest on",
            )
        )
        parts.show(
            text.table(
                ("Record", "Links", "Found by"),
                (
                    (
                        f"{source.record.title} ({source.record.year or 'no year'})",
                        text.record_links(source.record),
                        "; ".join(f"{run.strategy}, run {run.id}, {text.day(run.started)}" for run in source.runs)
                        or "–",
                    )
                    for source in back.sources
                ),
                caption="Reports of the study, and the searches that found them",
            )
        )


def _answer_quotes(contrast: Contrast) -> None:
    """The sentences that single answers were read from, each a click away."""
    form = context.forms().get(contrast.form)
    if contrast.answer_quotes:
        parts.quiet("Where single answers stand:")
    for one in contrast.answer_quotes:
        name = value_history.called(form, one.path) if form is not None else one.path
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            said = Markup('<div><strong>{}</strong> “{}” <span class="wb-quiet">{}</span>{}</div>')
            missed = text.badge("not found in the text", "warning") if one.found == "no" else ""
            parts.show(said.format(text.clean(name), text.clean(one.quote), text.clean(one.page), missed))
            st.button(
                "Show it in the report",
                key=f"results:quote:{contrast.id}:{one.path}",
                on_click=_open_form,
                args=(contrast, context.known_reviewer_name(), one),
            )


def _numbers(contrast: Contrast) -> Markup:
    """The numbers under the labels of the form they were entered in."""
    form = context.forms().get(contrast.form)
    labels = {field.key: field.label for field in form.fields} if form is not None else {}
    return text.join((f"{labels.get(key, key)} {value:g}" for key, value in contrast.numbers.items()), Markup("<br>"))


# --- all indications --------------------------------------------------------------------------------------------------


def all_indications(review: ReviewDefinition) -> None:
    """One line an analysis, and the pooled estimates side by side where they are on one scale."""
    found = analyses.defaults()
    current = text.day(refreshing.now_current().current_to)
    for number, figure in enumerate(combined(found, review, current=current)):
        with st.container(key=f"forest-{number}"):
            st.image(
                to_svg_bytes(forest_layout(figure)).decode("utf-8"),
                width=LONGEST_FIGURE,
                alt=text.clean(figure.description),
            )
    parts.show(
        text.table(
            ("Indication", "Outcome", "Time", "Pooled or why not", "k"),
            (
                (
                    result.indication_label,
                    result.outcome_label,
                    result.window_label,
                    analyses.pooled_or_why(result),
                    len(result.rows),
                )
                for result in found
            ),
            caption="Every analysis that the review makes by itself",
            numbers=(4,),
        )
    )


@faults.callback
def _open_form(contrast: Contrast, reviewer: str, at: AnswerQuote | None) -> None:
    """Go to the result's form; with the place of a quote open in the report beside it, if asked."""
    choosing.choose(reviewer, contrast.study, contrast.result)
    if at is not None:
        reading.open_at(contrast.study, quote=at.quote, page=at.page, full_text=at.full_text)
        st.session_state[quoting.beside_key(reviewer)] = True
    context.go_to("studies")
