"""From one number on a figure back to where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.record import Record
from workbench.extraction import Extraction
from workbench.store import Found, SearchRun, Store
from workbench.synthesis import EffectRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One record of the study's reports, and which searches found it when."""

    record: Record
    found: tuple[Found, ...]
    runs: tuple[SearchRun, ...]
    raw_sha256: str | None  # the answer it was read from


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Everything that one effect rests on."""

    row: EffectRow
    extractions: tuple[Extraction, ...]  # the ones the numbers were taken from, in order of recording
    sources: tuple[Source, ...]

    def lines(self) -> tuple[tuple[str, str], ...]:
        """The chain in words, (what, value) pairs, from the effect to the search."""
        contrast = self.row.contrast
        found: list[tuple[str, str]] = [
            ("Effect", f"yi {self.row.yi:.6g}, vi {self.row.vi:.6g}; {self.row.note}"),
            ("Numbers", ", ".join(f"{name} {value:g}" for name, value in contrast.numbers.items())),
            ("Form", f"{contrast.form}, version {contrast.form_version}"),
        ]
        for extraction in self.extractions:
            found.append(
                (
                    "Consensus" if extraction.role == "consensus" else "Extraction",
                    f"{extraction.extractor}, {extraction.recorded_at:%Y-%m-%d %H:%M} UTC, revision "
                    f"{extraction.revision} ({extraction.id})"
                    + (
                        f", under version {extraction.form_version} of the form"
                        if extraction.form_version != contrast.form_version
                        else ""
                    ),
                )
            )
        found += [("Quote", contrast.quote), ("Place", contrast.page), ("Source", contrast.source_address)]
        found += [(f"Quote of {one.path}", f"{one.quote} ({one.page})") for one in contrast.answer_quotes]
        found += [("Certainty", f"{contrast.certainty}. {contrast.certainty_note}".strip())]
        for source in self.sources:
            record = source.record
            found.append(("Record", f"{record.key}: {record.title} ({record.year or 'no year'})"))
            for run in source.runs:
                found.append(
                    ("Search", f"{run.strategy}, {run.source}, run {run.id} of {run.started:%Y-%m-%d %H:%M} UTC")
                )
            if source.raw_sha256:
                found.append(("Raw answer", f"SHA-256 {source.raw_sha256}"))
        return tuple((what, value) for what, value in found if value)


def trace(store: Store, row: EffectRow) -> Trace:
    """Follow an effect back through contrast, extractions, reports and records to the searches."""
    wanted = set(row.contrast.extraction_ids)
    extractions = tuple(e for e in store.extractions(result=row.contrast.result) if e.id in wanted)
    runs = {run.id: run for run in store.searches()}
    sources = []
    for report in dict.fromkeys(row.contrast.reports):
        for key in store.report_of(report).record_keys:
            found = store.found_by(key)
            version = store.record_versions(key)[-1]
            sources.append(
                Source(
                    record=version.record,
                    found=found,
                    runs=tuple(runs[item.run] for item in found if item.run in runs),
                    raw_sha256=version.raw_sha256,
                )
            )
    return Trace(row=row, extractions=extractions, sources=tuple(sources))
