"""Commands about full texts: where each stands, the list for the library, adding a file."""

from __future__ import annotations

import argparse
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from workbench.cli.opening import opened, user
from workbench.cli.printing import print_json, print_table, say


def full_texts(arguments: argparse.Namespace) -> int:
    """`workbench full-texts [--wanted FILE] [--attach FILE --to KEY]`"""
    from ingest.exports import EXPORTS, write_file
    from workbench.full_texts import for_the_library
    from workbench.store import Store
    from workbench.store.full_texts import SOUGHT_STATES

    if (arguments.attach is None) != (arguments.to is None):
        say("workbench full-texts: --attach and --to go together: a file, and the report it belongs to")
        return 2
    wanted = None if arguments.wanted is None else Path(arguments.wanted)
    format = next((name for name in ("ris", "csv") if wanted and wanted.suffix.lower() == EXPORTS[name].suffix), None)
    if wanted is not None and format is None:
        say("workbench full-texts: --wanted takes a file that ends in .ris or .csv")
        return 2
    store: Store
    with opened(arguments) as (review, store):
        if arguments.attach is not None:
            _attach(store, Path(arguments.attach), arguments.to, arguments.by or user())
        order = [reason.key for reason in review.screening.exclusion_reasons]
        sought = store.sought(reviewers_needed=review.screening.reviewers_needed, reason_order=order)
        if wanted is not None and format is not None:
            keys = [key for key, each in sought.items() if each.state in ("waiting", "requested")]
            written = write_file(for_the_library(store.merged(key).record for key in keys), wanted, format)
            say(f"{written} reports that are still to be had were written to {wanted}")
        counts = Counter(each.state for each in sought.values())
        document: dict[str, Any] = {
            "sought": len(sought),
            **{state.replace(" ", "_"): counts[state] for state in SOUGHT_STATES},
            "reports": [
                {
                    "report": key,
                    "state": each.state,
                    "note": each.word.note if each.word else "",
                    "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in each.files],
                }
                for key, each in sought.items()
            ],
        }
    if arguments.json:
        print_json(document)
        return 0
    print_table(["Sought", *SOUGHT_STATES], [[len(sought), *(counts[state] for state in SOUGHT_STATES)]])
    if sought:
        print()
        print_table(
            ["Report", "State", "Files", "Note"],
            [[line["report"], line["state"], len(line["files"]), line["note"][:80]] for line in document["reports"]],
        )
    return 0


def _attach(store: Any, path: Path, report: str, by: str) -> None:
    """Add a file to a report; what it is, is told from its bytes."""
    from workbench.full_texts import LARGEST, FullTextError, kind_of, oddity

    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise FullTextError(f"{path}: cannot be read ({error.strerror or error}).") from error
    held = {text.id for text in store.full_texts(report)}
    kind = kind_of(content)
    added = store.add_full_text(str(uuid.uuid4()), report, path.name, kind.media_type, content, by=by)
    say(f"{added.name}: {'was there already' if added.id in held else 'added'} ({added.report})")
    if odd := oddity(path.name, content, kind):
        say(f"{added.name}: {odd}")
