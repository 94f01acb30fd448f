"""Commands on what is extracted: take in a sheet, take an import back, write everything to files."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.opening import opened, user
from workbench.cli.printing import print_json, print_table, say

if TYPE_CHECKING:
    from workbench.extraction_sheets import CellProblem, Grid, Imported, ImportedResult, ImportedTrial, SheetMapping
    from workbench.forms import Form
    from workbench.review import ReviewDefinition
    from workbench.store import Store

PROBLEMS_SAID = 40
LARGEST_MAPPING = 1 << 20  # bytes


def export(arguments: argparse.Namespace) -> int:
    """`workbench extraction export DIR`"""
    from workbench.extraction import current_forms
    from workbench.extraction_sheets.export_facts import visible_to
    from workbench.extraction_sheets.exporting import KINDS, export_files
    from workbench.reports import spreadsheet_text
    from workbench.results.files import write_file

    folder = Path(arguments.folder)
    what = tuple(dict.fromkeys(arguments.what or KINDS))
    with opened(arguments) as (review, store):
        needed = review.extraction.extractors_needed
        forms = _forms(arguments, review)[1]
        current = current_forms(forms, store.forms_kept(), folder=Path(arguments.review) / "extraction_forms")
        facts = store.extraction_facts(extractors_needed=needed, current=current)
        if not arguments.unfinished:
            facts = visible_to(facts, "", needed=needed)
        files = export_files(facts, review, forms, guard=spreadsheet_text, what=what)
    folder.mkdir(parents=True, exist_ok=True)
    written = [write_file(folder / name, body) for name, body in files.items()]
    counts = {"studies": len(facts.studies), "results": len(facts.results), "kept_back": facts.hidden}
    if arguments.json:
        print_json(counts | {"files": [str(path) for path in written]})
    else:
        print_table(["file", "bytes"], [[str(path), path.stat().st_size] for path in written])
    if facts.hidden:
        say(f"{facts.hidden} results wait for an extractor who must not see others' answers: they are kept back.")
    return 0


def take_in(arguments: argparse.Namespace) -> int:
    """`workbench extraction import FILE`"""
    from workbench.extraction_sheets import BadSheetMapping, UnreadableSheet, apply_mapping, read_grid

    path = Path(arguments.file)
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UnreadableSheet(
            f"{path} cannot be read ({error.strerror or error}): give the path of a CSV or XLSX file."
        ) from error
    by = arguments.by or user()
    with opened(arguments) as (review, store):
        written, forms = _forms(arguments, review)
        grid = read_grid(body, path.name)
        mapping, where, headers = _mapping(arguments, grid, forms, review, store)
        if arguments.write_mapping:
            text = json.dumps(mapping.as_dict(), ensure_ascii=False, indent=1)
            try:
                Path(arguments.write_mapping).write_text(text + "\n", encoding="utf-8")
            except OSError as error:
                raise BadSheetMapping(
                    f"{arguments.write_mapping} cannot be written ({error.strerror or error}): "
                    "name a file in a folder that is there."
                ) from error
            say(f"The mapping was written to {arguments.write_mapping}: correct it, then give it with --mapping.")
        imported = apply_mapping(grid, mapping, forms)
        said = _said(imported, forms, review) | {"mapping": where, "preview": arguments.preview}
        if not arguments.preview:
            sheet = store.keep_sheet(path.name, body, by=by)
            if where == "given":
                store.remember_sheet_mapping(headers, mapping, name=path.name, by=by)
            done = store.record_sheet_import(
                sheet,
                mapping,
                imported,
                written,
                by=by,
                state="final" if arguments.final else "draft",
                independent=arguments.independent,
            )
            said["import"] = {
                "id": done.id,
                "new_studies": done.new_studies,
                "known_studies": done.known_studies,
                "new_results": done.new_results,
                "final": done.final,
                "drafts": done.drafts,
                "unchanged": done.unchanged,
                "replaced": done.replaced,
                "known_results": done.known_results,
                "trials": done.trials,
                "otherwise": list(done.otherwise),
                "left_alone": list(done.left_alone),
                "kept_as_drafts": done.kept_as_drafts,
            }
    _tell(arguments, imported, said)
    return 0


def undo(arguments: argparse.Namespace) -> int:
    """`workbench extraction undo [IMPORT]`"""
    with opened(arguments) as (_, store):
        if arguments.import_id is None:
            listed = [
                {
                    "id": item.id,
                    "sheet": item.sheet.name,
                    "by": item.by,
                    "at": item.at.isoformat(),
                    "results": len(item.results),
                    "undone": item.undone_because if item.undone_at else None,
                }
                for item in store.sheet_imports()
            ]
            if arguments.json:
                print_json({"imports": listed})
            else:
                print_table(
                    ["import", "sheet", "by", "at", "results", "taken back"], [[*item.values()] for item in listed]
                )
            return 0
        done = store.undo_sheet_import(arguments.import_id, reason=arguments.reason, by=arguments.by or user())
    if arguments.json:
        counts = {"withdrawn": done.withdrawn, "restored": done.restored}
        print_json({"id": done.id, **counts, "left_alone": list(done.left_alone)})
    else:
        say(f"{done.withdrawn} results were taken back; {done.restored} stand again as another import reads them.")
    for line in done.left_alone:
        say(f"Left alone: {line}")
    return 0


def _forms(arguments: argparse.Namespace, review: ReviewDefinition) -> tuple[dict[str, Form], dict[str, Form]]:
    """The review's forms as written, and with its own options filled in."""
    from workbench.forms import load_forms
    from workbench.review.reading import FORMS

    written = load_forms(Path(arguments.review) / FORMS)
    return written, {name: form.resolve(review) for name, form in written.items()}


def _mapping(
    arguments: argparse.Namespace, grid: Grid, forms: dict[str, Form], review: ReviewDefinition, store: Store
) -> tuple[SheetMapping, str, str]:
    """The mapping, where it is from (given, remembered, proposed), and the headings' fingerprint."""
    from workbench.extraction_sheets import BadSheetMapping, SheetMapping, find_table, propose_mapping
    from workbench.extraction_sheets.remembered import recalled

    said = arguments.mapping or ""
    proposed = propose_mapping(grid, forms, review, sheet=arguments.sheet)
    headers = find_table(grid.sheet(proposed.sheet)).headers
    if said not in ("", "proposed", "remembered"):
        path = Path(said)
        try:
            size = path.stat().st_size
            text = path.read_text(encoding="utf-8-sig", errors="replace") if size <= LARGEST_MAPPING else ""
        except OSError as error:
            raise BadSheetMapping(
                f"{path} cannot be read ({error.strerror or error}): give the path of a mapping, as --write-mapping "
                "writes it, or the word proposed or remembered."
            ) from error
        if size > LARGEST_MAPPING:
            raise BadSheetMapping(f"{path.name} is too large to be a mapping.")
        try:
            given = SheetMapping.from_dict(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise BadSheetMapping(f"{path.name}: {error}") from error
        return given, "given", find_table(grid.sheet(given.sheet), given.header_rows).headers
    held = store.sheet_mapping(headers) if said != "proposed" else None
    fitting = recalled(held, find_table(grid.sheet(proposed.sheet)), forms) if held is not None else None
    if fitting is not None:
        return fitting, "remembered", headers
    if said == "remembered":
        raise BadSheetMapping(f"{grid.name}: no mapping is remembered that fits a sheet with these headings.")
    return proposed, "proposed", headers


def _said(imported: Imported, forms: dict[str, Form], review: ReviewDefinition) -> dict[str, Any]:
    return {
        "file": imported.file,
        "sheet": imported.sheet,
        "rows": imported.rows,
        "studies": len(imported.studies),
        "results": [_result(result, forms, review) for result in imported.results],
        "trials": [_trial(trial) for trial in imported.trials],
        "cells": dict(imported.counts),
        "rows_without_result": [_row(item) for item in imported.rows_without_result],
        "left_out_rows": [_row(item) for item in imported.left_out_rows],
        "left_out_columns": [
            {"column": item.column, "heading": item.label, "cells": item.cells, "reason": item.reason}
            for item in imported.left_out_columns
        ],
        "problems": [_problem(item) for item in imported.problems],
    }


def _result(result: ImportedResult, forms: dict[str, Form], review: ReviewDefinition) -> dict[str, Any]:
    from workbench.extraction_sheets.effects import effect_of

    effect = effect_of(result, forms[result.form], review)
    none = isinstance(effect, str)
    return {
        "row": result.rows[0],
        "name": result.row_name,
        "study": result.study,
        "form": result.form,
        "label": result.label,
        "yi": None if isinstance(effect, str) else effect.yi,
        "vi": None if isinstance(effect, str) else effect.vi,
        "why_not": effect if none else None,
        "can_be_final": result.can_be_final,
    }


def _trial(trial: ImportedTrial) -> dict[str, Any]:
    from workbench.forms import paths

    return {
        "study": trial.study,
        "form": trial.form,
        "rows": list(trial.rows),
        "answers": len(paths(trial.answers)),
        "disagreements": list(trial.disagreements),
        "missing": list(trial.missing),
        "can_be_final": trial.can_be_final,
    }


def _row(item: Any) -> dict[str, Any]:
    return {"row": item.row, "reason": item.reason, "text": item.text}


def _problem(item: CellProblem) -> dict[str, Any]:
    return {
        "sheet": item.sheet,
        "cell": item.cell,
        "value": item.value,
        "level": item.level,
        "message": item.message,
        "mend": item.mend,
        "field": item.field,
    }


def _tell(arguments: argparse.Namespace, imported: Imported, said: dict[str, Any]) -> None:
    if arguments.json:
        print_json(said)
    else:
        rows = [
            [item["row"], item["study"], item["label"], item["yi"], item["why_not"] or ""] for item in said["results"]
        ]
        if rows:
            print_table(["row", "study", "result", "effect", "why none"], rows)
        done = said.get("import")
        if done is not None:
            names = ["new_studies", "new_results", "final", "drafts", "unchanged", "trials"]
            print_table([name.replace("_", " ") for name in names], [[done[name] for name in names]])
    if imported.trials and not arguments.json:
        apart = sum(bool(trial.disagreements) for trial in imported.trials)
        say(f"{len(imported.trials)} trials are described; of {apart} the rows disagree on something.")
    for line in said.get("import", {}).get("otherwise", ()):
        say(f"Replaced: {line}")
    for line in said.get("import", {}).get("left_alone", ()):
        say(f"Left alone: {line}")
    levels = Counter(problem.level for problem in imported.problems)
    shown = [problem for problem in imported.problems if problem.level != "note"]
    for problem in shown[:PROBLEMS_SAID]:
        say(f"{problem.cell} {problem.value!r}: {problem.message.rstrip('.')}. To mend: {problem.mend}")
    if len(shown) > PROBLEMS_SAID:
        say(f"and {len(shown) - PROBLEMS_SAID} more: see --json")
    say(f"{levels['error']} cells were not taken, {levels['warning']} warnings, {levels['note']} notes.")
    left = sum(item.cells for item in imported.left_out_columns)
    say(
        f"{len(imported.left_out_columns)} columns ({left} cells) and {len(imported.left_out_rows)} rows were not read."
    )
