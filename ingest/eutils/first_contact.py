"""A checklist for the first contact with the real service: is PubMed as this program takes it to be?

`python -m ingest.eutils check` asks each question of `ingest.eutils.questions` once and prints what came.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingest.eutils.answers import one_line
from ingest.eutils.errors import EutilsError
from ingest.eutils.questions import FACTS, Different, NotAnswered, Questions
from ingest.eutils.transport import CAP, Transport


class Finding(StrEnum):
    """How a fact stands."""

    AS_DOCUMENTED = "as documented"
    DIFFERENT = "different"
    NOT_ANSWERED = "not answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the checklist."""

    name: str
    finding: Finding
    seen: str  # in short, one line


def check(questions: Questions, tell: Callable[[Fact], None] = lambda _: None) -> tuple[Fact, ...]:
    """Ask every question; one that fails does not keep the others from being asked."""
    facts = []
    for name, ask in FACTS.items():
        try:
            finding, seen = Finding.AS_DOCUMENTED, ask(questions)
        except Different as different:
            finding, seen = Finding.DIFFERENT, str(different)
        except (NotAnswered, EutilsError) as silent:
            finding, seen = Finding.NOT_ANSWERED, str(silent)
        facts.append(Fact(name=name, finding=finding, seen=one_line(questions.transport.redact(seen))))
        tell(facts[-1])
    return tuple(facts)


def main(argv: Sequence[str] | None = None, *, broad: str = "pain[tiab]", cap: int = CAP) -> int:
    """`python -m ingest.eutils check`: print each fact; 0 if all are as documented, 1 if one differs, 2 if one was not
    answered.
    """
    parser = argparse.ArgumentParser(
        prog="python -m ingest.eutils check",
        description="Ask the E-utilities whether they behave as this program takes them to: about 40 requests. "
        "Reads WORKBENCH_EUTILS_URL, NCBI_EMAIL and NCBI_API_KEY.",
    )
    parser.add_argument("--json", action="store_true", help="print the facts as JSON")
    options = parser.parse_args(argv)
    try:
        transport = Transport.from_environment()
    except EutilsError as error:
        print(error, file=sys.stderr)
        return 2
    if not transport.local and not transport.has_email:
        print("NCBI asks for an e-mail address it can write to: set NCBI_EMAIL", file=sys.stderr)
    print(f"asking {transport.base_url}", file=sys.stderr)

    def tell(fact: Fact) -> None:
        if not options.json:
            print(f"{fact.finding.value:<13}  {fact.name}: {fact.seen}", flush=True)

    facts = check(Questions(transport, broad=broad, cap=cap), tell)
    found = [fact.finding for fact in facts]
    if options.json:
        listed = [{"fact": f.name, "finding": f.finding.value, "seen": f.seen} for f in facts]
        print(json.dumps(listed, indent=1, ensure_ascii=False))
    else:
        print(", ".join(f"{found.count(kind)} {kind.value}" for kind in Finding))
    if Finding.NOT_ANSWERED in found:
        return 2
    return 1 if Finding.DIFFERENT in found else 0
