"""From the facts of a refresh to its digest: what is told, in which order, in which words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from ingest.notices import notices
from ingest.record import Record
from workbench.refresh.alerts import AlertKind
from workbench.refresh.digest.blocks import Block, Heading, Inline, Items, Line, Link, Paragraph, Strong, Table
from workbench.refresh.digest.cleaning import one_line, pubmed_address, shortened
from workbench.refresh.digest.markdown import markdown
from workbench.refresh.digest.news import GRAVE, Alert, News, change_of, news_of
from workbench.refresh.digest.page import page
from workbench.refresh.digest.plain import plain
from workbench.refresh.schedule import Currency, currency
from workbench.review import ReviewDefinition
from workbench.screening import State
from workbench.store import SearchRun, Store

Opinion: TypeAlias = Callable[[str], str | None]
"""What the ranking thinks of a record (by its key), in a few words; None where it has no opinion."""

SHOWN = 200  # records in one list; the app has them all
_LONGEST = 500  # characters of a title, an error or a translation
_FIELD_NAMES = {
    "mesh": "MeSH headings",
    "doi": "DOI",
    "pmid": "PMID",
    "pmcid": "PMCID",
    "links": "notices and other links",
    "retracted": "retraction",
    "retraction_notice": "notice of a retraction",
    "published": "date of publication",
}
_TOLD_BEFORE = ("title", "journal", "year", "volume", "issue", "pages", "doi", "pmcid")  # short enough to quote
_SAID: dict[AlertKind, str] = {
    "retracted": "Retracted",
    "expression of concern": "Expression of concern",
    "erratum": "Correction published",
    "republished": "Corrected and republished",
    "updated": "Updated",
    "withdrawn": "Withdrawn from PubMed",
}
_OTHER = ""  # the section of records that no indication's strategy found


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One refresh, told to people; in three forms that say the same."""

    review: str  # key
    title: str
    made: datetime  # UTC
    runs: tuple[int, ...]
    summary: str  # one sentence: the mail's subject and the index's line
    news: bool
    failed: bool
    blocks: tuple[Block, ...]

    def markdown(self) -> str:
        """As a Markdown file."""
        return markdown(self.blocks)

    def html(self) -> str:
        """As one HTML file that needs no other."""
        return page(self.title, self.blocks)

    def text(self) -> str:
        """As plain text of 78 columns."""
        return plain(self.blocks)


def make_digest(
    store: Store,
    review: ReviewDefinition,
    runs: Sequence[SearchRun],
    *,
    now: datetime,
    opinion: Opinion | None = None,
) -> Digest:
    """Tell what the runs of one refresh brought; what waits and how current the searches are, as of `now`."""
    return _Making(store, review, runs, now, opinion).digest()


class _Making:
    """Gathers once what several parts of the digest need."""

    def __init__(
        self,
        store: Store,
        review: ReviewDefinition,
        runs: Sequence[SearchRun],
        now: datetime,
        opinion: Opinion | None,
    ) -> None:
        self.store, self.review, self.runs, self.now, self.opinion = store, review, runs, now, opinion
        self.labels = {indication.key: indication.label for indication in review.indications}
        self.facts = store.report_facts(reviewers_needed=review.screening.reviewers_needed)
        self.news: News = news_of(store, review, runs, self.facts)
        latest = {run.strategy: run for run in runs}  # one that failed and was then run again has not failed
        self.failed = [run for run in latest.values() if run.status != "complete"]
        self.reread = [run for run in runs if run.translation_changed]
        self.current: Currency = currency(store, review, now)

    def digest(self) -> Digest:
        title = f"Refresh of {self._day()}: {one_line(self.review.title)}"
        return Digest(
            review=self.review.key,
            title=title,
            made=self.now,
            runs=tuple(run.id for run in self.runs),
            summary=self._summary(),
            news=self.news.any or bool(self.reread),
            failed=bool(self.failed),
            blocks=(
                Heading(level=1, text=title),
                *self._opening(),
                *self._alerts(),
                *self._failures(),
                *self._by_indication(),
                *self._searches(),
                *self._waiting(),
                Paragraph(line=(f"Made on {self.now:%Y-%m-%d %H:%M} UTC from the ledger's {self._run_numbers()}.",)),
            ),
        )

    # --- what it comes to

    def _day(self) -> str:
        return f"{min((run.started for run in self.runs), default=self.now):%Y-%m-%d}"

    def _run_numbers(self) -> str:
        numbers = sorted(run.id for run in self.runs)
        if not numbers:
            return "runs so far"
        return f"run {numbers[0]}" if len(numbers) == 1 else f"runs {numbers[0]} to {numbers[-1]}"

    def _summary(self) -> str:
        counted = [
            (len(self.news.new), "new record", "new records"),
            (len(self.news.changed), "changed", "changed"),
            (len(self.news.withdrawn), "withdrawn", "withdrawn"),
        ]
        said = [f"{n:,} {one if n == 1 else many}" for n, one, many in counted if n]
        grave = sum(alert.kind in GRAVE for alert in self.news.alerts)
        if grave:
            said.insert(0, f"{grave} retraction{'s' * (grave > 1)} or concern{'s' * (grave > 1)} about reports in use")
        text = ", ".join(said) or "Nothing new"
        if self.failed:
            strategies = len({run.strategy for run in self.runs})
            text += f"; {len(self.failed)} of {strategies} searches failed"
        return text[0].upper() + text[1:]

    def _opening(self) -> Iterable[Block]:
        if self.review.example or self.review.notice.strip():
            label = "Worked example, not to be cited. " if self.review.example else ""
            notice = one_line(self.review.notice)
            yield Paragraph(line=(Strong(label.strip() or "Notice."), f" {notice}"), tone="warning")
        yield Paragraph(line=(Strong(f"{self._summary()}."), f" {self.current.words}."))
        if not self.runs:
            yield Paragraph(line=("No search was run.",))
        if self.current.warning:
            yield Paragraph(line=(self.current.warning,), tone="warning")

    # --- what may not be overlooked

    def _alerts(self) -> Iterable[Block]:
        if not (self.news.alerts or self.news.earlier):
            return
        yield Heading(level=2, text="Retractions, concerns and corrections of reports in use")
        records = self._records([alert.record for alert in (*self.news.alerts, *self.news.earlier)])
        if self.news.alerts:
            shown = self.news.alerts[:SHOWN]
            yield Items(items=tuple(self._alert(alert, records) for alert in shown), tone="alert")
            yield from _more(len(self.news.alerts) - len(shown))
        if self.news.earlier:
            yield Paragraph(line=("Known from earlier refreshes:",))
            shown = self.news.earlier[:SHOWN]
            yield Items(items=tuple(self._alert(alert, records) for alert in shown))
            yield from _more(len(self.news.earlier) - len(shown))

    def _alert(self, alert: Alert, records: Mapping[str, Record]) -> tuple[Line, ...]:
        record = records[alert.record]
        lines: list[Line] = [(Strong(_SAID[alert.kind]), ": ", _title(record)), self._place(record, found=False)]
        where: list[Inline] = [f"Said in: {one_line(alert.citation).rstrip('. ')}"] if alert.citation.strip() else []
        if address := pubmed_address(alert.pmid):
            where += [", " if where else "Said in: ", Link(f"PMID {alert.pmid}", address)]
        return (*lines, tuple(where)) if where else tuple(lines)

    def _failures(self) -> Iterable[Block]:
        if not self.failed:
            return
        yield Heading(level=2, text="Searches that failed")
        current = {item.key: item.current_to for item in self.current.strategies}
        items = []
        for run in self.failed:
            since = current.get(run.strategy)
            known = f"The review knows this search as of {since:%Y-%m-%d}" if since else "It was never complete"
            reason = shortened(run.error, _LONGEST) or "it did not end"
            items.append(
                (
                    (Strong(self._label(run.strategy)), f": {reason}"),
                    (f"{known}. The next refresh runs it again.",),
                )
            )
        yield Items(items=tuple(items), tone="alert")

    # --- what came, by indication

    def _by_indication(self) -> Iterable[Block]:
        first = {key: self._section(key) for key in self._told()}
        for section in (*self.labels, _OTHER):
            new = [key for key in self.news.new if first[key] == section]
            changed = [key for key in self.news.changed if first[key] == section]
            withdrawn = [key for key in self.news.withdrawn if first[key] == section]
            elsewhere = sum(
                section in self.news.found_by.get(key, ()) and first[key] != section for key in self.news.new
            )
            if not (new or changed or withdrawn or elsewhere):
                continue
            yield Heading(level=2, text=self.labels.get(section, "Found by none of the indications' searches"))
            yield from self._list("New", new)
            if elsewhere:
                listed = "1 new record of another indication, listed there"
                if elsewhere > 1:
                    listed = f"{elsewhere:,} new records of other indications, listed there"
                yield Paragraph(line=(f"Found by this search too: {listed}.",))
            yield from self._changed(changed)
            yield from self._list("Withdrawn by PubMed", withdrawn)

    def _told(self) -> Iterable[str]:
        yield from self.news.new
        yield from self.news.changed
        yield from self.news.withdrawn

    def _section(self, key: str) -> str:
        return next((name for name in self.news.found_by.get(key, ()) if name in self.labels), _OTHER)

    def _list(self, title: str, keys: Sequence[str]) -> Iterable[Block]:
        if not keys:
            return
        yield Heading(level=3, text=f"{title} ({len(keys):,})")
        records = self._records(keys[:SHOWN])
        yield Items(items=tuple(self._item(records[key]) for key in keys[:SHOWN]))
        yield from _more(len(keys) - SHOWN)

    def _changed(self, keys: Sequence[str]) -> Iterable[Block]:
        if not keys:
            return
        yield Heading(level=3, text=f"Changed ({len(keys):,})")
        records = self._records(keys[:SHOWN])
        ids = {run.id for run in self.runs}
        items = []
        for key in keys[:SHOWN]:
            change = change_of(self.store, key, ids)
            fields = "; ".join(_field(name, before) for name, before, _ in change.fields) or "nothing that is shown"
            items.append((*self._item(records[key]), (f"Changed: {fields}.",)))
        yield Items(items=tuple(items))
        yield from _more(len(keys) - SHOWN)

    def _item(self, record: Record) -> tuple[Line, ...]:
        marks = [_SAID[notice.kind.value] for notice in notices(record) if notice.kind in GRAVE]
        if record.retraction_notice:
            marks.append("Notice of a retraction")
        title: Line = (_title(record),)
        if marks:
            title = (Strong("; ".join(dict.fromkeys(marks))), ": ", *title)
        lines = [title, self._place(record, found=True)]
        said = self.opinion(record.key) if self.opinion is not None else None
        if said and said.strip():
            lines.append((f"Ranking: {shortened(said, _LONGEST)}",))
        return tuple(lines)

    def _place(self, record: Record, *, found: bool) -> Line:
        parts: list[Inline] = []
        place = ", ".join(part for part in (one_line(record.journal), str(record.year or "")) if part)
        if place:
            parts.append(f"{place}. ")
        address = pubmed_address(record.pmid)
        parts.append(Link(f"PMID {record.pmid}", address) if address else one_line(record.key))
        if use := self.news.uses.get(record.key):
            parts += [". ", Strong(use[0].upper() + use[1:])]
        if found:
            strategies = ", ".join(self._label(name) for name in self.news.found_by.get(record.key, ()))
            parts.append(f". Found by: {strategies or 'no search'}")
        return (*parts, ".")

    # --- the searches and what waits

    def _searches(self) -> Iterable[Block]:
        if not self.runs:
            return
        yield Heading(level=2, text="Searches")
        current = {item.key: item.current_to for item in self.current.strategies}
        yield Table(
            caption="Each search of this refresh",
            headers=("Search", "Status", "Found", "New", "Changed", "Withdrawn", "Current to"),
            rows=tuple(
                (
                    self._label(run.strategy),
                    run.status,
                    "–" if run.count is None else f"{run.count:,}",
                    f"{run.new:,}",
                    f"{run.changed:,}",
                    f"{run.withdrawn:,}",
                    f"{since:%Y-%m-%d}" if (since := current.get(run.strategy)) else "–",
                )
                for run in self.runs
            ),
            numbers=frozenset({2, 3, 4, 5}),
        )
        if self.reread:
            yield Heading(level=3, text="Read differently by PubMed than before")
            yield Items(items=tuple(self._reading(run) for run in self.reread), tone="warning")
        remarks = [run for run in self.runs if run.remarks.strip()]
        if remarks:
            yield Heading(level=3, text="Remarks")
            yield Items(
                items=tuple(
                    ((Strong(self._label(run.strategy)), f": {shortened(run.remarks, _LONGEST)}"),) for run in remarks
                )
            )

    def _reading(self, run: SearchRun) -> tuple[Line, ...]:
        earlier = [
            other for other in self.store.searches(run.strategy) if other.id < run.id and other.status == "complete"
        ]
        lines: list[Line] = [
            (Strong(self._label(run.strategy)), ": the query is the same, and finds something else now. Look at it.")
        ]
        if earlier:
            lines.append((f"Before: {shortened(earlier[-1].translation, _LONGEST)}",))
        return (*lines, (f"Now: {shortened(run.translation, _LONGEST)}",))

    def _waiting(self) -> Iterable[Block]:
        yield Heading(level=2, text="What waits")
        pending = [fact.key for fact in self.facts if fact.title_abstract is State.PENDING]
        conflicts = sum(fact.title_abstract is State.CONFLICT for fact in self.facts)
        duplicates = self.store.counts().unsure_pairs
        waits = [
            _counted(len(pending), "report to screen", "reports to screen"),
            _counted(conflicts, "screening conflict to settle", "screening conflicts to settle"),
            _counted(duplicates, "pair that may be one report", "pairs that may be one report"),
        ]
        yield Items(items=tuple(((said,),) for said in waits))
        found_for = self.store.report_indications()
        yield Table(
            caption="To be screened, by indication (a report may belong to several)",
            headers=("Indication", "To screen", "Search current to"),
            rows=tuple(
                (
                    item.label,
                    f"{sum(item.key in found_for.get(key, ()) for key in pending):,}",
                    f"{item.current_to:%Y-%m-%d}" if item.current_to else "never",
                )
                for item in self.current.strategies
            ),
            numbers=frozenset({1}),
        )
        if self.current.next_run is not None:
            yield Paragraph(
                line=(f"Next planned refresh: {self.current.next_run:%Y-%m-%d %H:%M} UTC ({self.current.plan}).",)
            )

    # --- words

    def _label(self, strategy: str) -> str:
        return self.labels.get(strategy, one_line(strategy))

    def _records(self, keys: Iterable[str]) -> dict[str, Record]:
        return {record.key: record for record in self.store.records_of(list(keys))}


def _title(record: Record) -> Inline:
    return shortened(record.title, _LONGEST) or "No title in the source"


def _field(name: str, before: Any) -> str:
    said = _FIELD_NAMES.get(name, name.replace("_", " "))
    if name not in _TOLD_BEFORE:
        return said
    return f"{said} (was: {shortened('nothing' if before in (None, '') else before, 200)})"


def _more(number: int) -> Iterable[Block]:
    if number > 0:
        yield Paragraph(line=(f"And {number:,} more: see “Records and searches” in the app.",))


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}" if number else f"No {many}"
