"""What was published about a study's reports since."""

from __future__ import annotations

from ingest.notices import NoticeKind
from workbench.synthesis.flags.look import Look
from workbench.synthesis.values import Contrast


def retracted(at: Look) -> str:
    return _noticed(at.contrast, NoticeKind.RETRACTED)


def concern(at: Look) -> str:
    return _noticed(at.contrast, NoticeKind.CONCERN)


def corrected(at: Look) -> str:
    said = _noticed(at.contrast, NoticeKind.CORRECTED, NoticeKind.REPUBLISHED)
    return f"{said} Compare the extracted numbers with it." if said else ""


def _noticed(contrast: Contrast, *kinds: NoticeKind) -> str:
    """What was published about the study's reports, and how many reports the study has besides."""
    told = [notice for notice in contrast.notices if notice.kind in kinds]
    about = {notice.record for notice in told}
    others = len(contrast.reports) > len(about)
    rest = f" The study has {len(contrast.reports)} reports." if told and others else ""
    return " ".join(dict.fromkeys(notice.words for notice in told)) + rest
